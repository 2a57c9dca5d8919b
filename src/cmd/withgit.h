/* Git's history beside the data: push and fetch --with-git, clone. */
#ifndef MVC_CMD_WITHGIT_H
#define MVC_CMD_WITHGIT_H

#include "cmd/sharing.h"

struct mvc_withgit {
	bool dry_run, force;
	bool prune; /* what is not here goes there */
	uint64_t refs, bytes; /* results: sent, or fetched */
	uint64_t gone;
	uint64_t rejected; /* each was told */
};

/* MVC_EINVALID where not all of the history is here. */
int mvc_withgit_check(const struct mvc_env *env) MVC_MUST;

/*
 * Send branches and tags, with what of the history the remote has not, after
 * the data was sent. A branch that is behind there is moved on, one that has
 * other commits there is told, and left unless `force`; so is one that is to be
 * pruned, and has commits that were never here.
 */
int mvc_withgit_push(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s) MVC_MUST;

/* Bring what the remote has: its branches as refs/remotes/NAME/…, new tags. */
int mvc_withgit_fetch(
    struct mvc_withgit *g, struct mvc_env *env, struct mvc_sharing *s) MVC_MUST;

/* Whether a store of data lies at the URL, and no Git repository; opened. NULL
 * where it is none. */
int mvc_withgit_open(
    struct mvc_backend **out, struct mvc_env *env, const char *url) MVC_MUST;

/*
 * A Git repository in a new folder, from the history at an open remote: of
 * `holder`, or (NULL) of the only one that is there. Every bundle is checked
 * against its id, the history for being whole.
 */
int mvc_withgit_clone(struct mvc_backend *b, const char *holder,
    const char *branch, const char *dir) MVC_MUST;

#endif
