/*
 * All that the roots of one remote promise, of all holders, and the Git history
 * that is kept there, onto another:
 *
 *     roots ─► segments ─► packs, each checked whole ─► put, many at once
 *                      └─► put when all its packs are there
 *     holders, bundles, states; then the roots whose segments are there
 *
 * What is there already is not read. So a mirror that was stopped goes on where
 * it was, and one that is up to date costs its lists.
 */
#ifndef MVC_REMOTE_MIRROR_H
#define MVC_REMOTE_MIRROR_H

#include "hash/oidset.h"
#include "store/backend.h"
#include "store/folder.h"
#include "util/ctx.h"

struct mvc_mirror {
	struct mvc_ctx *ctx;
	struct mvc_backend *from, *to;
	const struct mvc_folder *folder; /* for temporaries */
	bool dry_run;
	/* What could not be copied; the text is for the call. */
	void (*finding)(void *arg, const char *text);
	void *arg;

	/* Results. */
	uint64_t packs, bytes; /* put now, or would be */
	uint64_t found; /* packs that were there */
	uint64_t roots; /* that are there now */
	uint64_t damaged; /* told */
};

/* MVC_EFINDING: something was damaged or missing, and all else was copied.
 * MVC_EAGAIN: the network, or a collection over there: run it again. */
int mvc_mirror(struct mvc_mirror *m) MVC_MUST;

#endif
