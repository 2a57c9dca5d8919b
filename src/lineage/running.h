/*
 * A run that is recorded, as it goes:
 *
 *     begin ──► inputs, parameters and code as they are ──► the command runs
 *     end   ──► inputs again; outputs stored ──► environment, record ──►
 *               pointers that name it ──► staged, in one go
 *
 * What is named is durable before what names it, and Git's index is written
 * once, so that two runs at once keep both records, and one that is killed
 * leaves at most files that nothing names.
 */
#ifndef MVC_LINEAGE_RUNNING_H
#define MVC_LINEAGE_RUNNING_H

#include "lineage/record.h"

struct mvc_writer_sums;

/* Paths are relative to the work tree, lists NULL-ended. */
struct mvc_running_opts {
	const char *name; /* NULL: none */
	const char *const *command;
	const char *cwd; /* below the work tree, "" for its top */
	const char *const *deps, *const *outs, *const *metrics;
	/* Each a FILE, FILE:KEY,… or KEY,… (of params.yaml); FILEs as paths. */
	const char *const *params;
	/* What other commands make just now: no code. May be NULL. */
	const char *const *others;
	/* Whose packages are the environment's; NULL: the command's. */
	const char *const *interpreter;
	bool anonymous; /* neither who nor host */
	uint64_t
	    large; /* untracked files from here on are no code; 0: 16 MiB */
};

struct mvc_running;
/* The work tree and opts must outlive it. Whatever cannot be recorded is an
 * error now, before the command has run. */
int mvc_running_begin(struct mvc_running **out, struct mvc_work *w,
    const struct mvc_running_opts *o) MVC_MUST;
void mvc_running_free(struct mvc_running *r);
MVC_OWN_DEFINE(mvc_running)

/* What is known so far: command, inputs, parameters. */
const struct mvc_record *mvc_running_record(const struct mvc_running *r);

struct mvc_strace;
/* Between them, of a command that was traced: what it opened and was not told
 * of is recorded, and warned of. A trace that fails is a warning. */
int mvc_running_traced(struct mvc_running *r, struct mvc_strace *from) MVC_MUST;

struct mvc_run_result {
	int status, signal; /* as util/command.h */
	uint64_t ns;
};
/*
 * Record it. *record (borrowed) is what was written, with `id`; MVC_EFINDING,
 * with a text, where the command succeeded and did not make what it should:
 * recorded as failed.
 */
int mvc_running_end(struct mvc_running *r, const struct mvc_run_result *res,
    const struct mvc_record **record, struct mvc_oid *id,
    struct mvc_writer_sums *sums) MVC_MUST;

#endif
