/*
 * Proof that a remote holds a version: its root there says so and nothing that
 * it names is condemned, its segments find every object, and each pack that
 * has one is there with its length.
 */
#ifndef MVC_REMOTE_PROVE_H
#define MVC_REMOTE_PROVE_H

#include "remote/far.h"
#include "store/store.h"

struct mvc_prove {
	struct mvc_store *store; /* trees and recipes are read from here */
	struct mvc_far *far;
	const char *holder;
	struct mvc_oid oid;
	bool tree;
	uint64_t size;
};

/* MVC_ENOTFOUND or MVC_ECORRUPT, and the text says what is wrong: it does not
 * hold all of it. */
int mvc_prove(const struct mvc_prove *p) MVC_MUST;

#endif
