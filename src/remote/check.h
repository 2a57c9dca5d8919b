/*
 * Whether a remote has what a holder's roots there promise: each root, each
 * segment that it names, each pack that those name. What the local store has
 * under the same name is put back.
 */
#ifndef MVC_REMOTE_CHECK_H
#define MVC_REMOTE_CHECK_H

#include "remote/far.h"
#include "store/store.h"

struct mvc_check {
	struct mvc_ctx *ctx;
	struct mvc_store *store; /* to put back from */
	struct mvc_far *far;
	const char *holder;
	bool full; /* read and check every byte; else names and lengths */
	bool repair;
	/* A line for what is wrong, and what became of it; for the call. */
	void (*finding)(void *arg, const char *text);
	void *arg;

	/* Results. */
	uint64_t roots, packs, bytes;
	uint64_t damaged, repaired;
};

/* MVC_EFINDING: something is damaged or missing, and was not put back. */
int mvc_check(struct mvc_check *c) MVC_MUST;

#endif
