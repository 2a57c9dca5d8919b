/*
 * The code of runs, on its way: what records of commits name as their code is
 * kept below refs/mvc/code/, and sent to Git's remote beside the commits, so
 * that it outlives squash merges and deleted branches.
 *
 *     .git/mvc/code/ID      of each URL (its hash): what was sent there. Lines
 *                           are added, and never changed; without the file
 *                           things are sent once more.
 */
#ifndef MVC_LINEAGE_CODES_H
#define MVC_LINEAGE_CODES_H

#include "git/gitid.h"

struct mvc_repo;

struct mvc_codes {
	struct mvc_repo *repo;
	const char *remote; /* of Git's: a name or a URL */
	const struct mvc_gitid *tips; /* commits */
	size_t n;
	bool dry_run;
	size_t trees; /* result: sent, or fetched, or found to be missing */
};

/*
 * Send the code that records of these commits name, that a run of this clone
 * kept, and that was not sent there before. With nothing new no one is asked.
 * MVC_EIO: git's answer; then none of it counts as sent.
 */
int mvc_codes_push(struct mvc_codes *c) MVC_MUST;

/* Bring the code that records of these commits name and that is not here, as
 * far as the remote has it; *missing: what it has not. */
int mvc_codes_fetch(struct mvc_codes *c, size_t *missing) MVC_MUST;

#endif
