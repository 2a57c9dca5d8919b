/*
 * The refs of other repositories: who may still need something.
 *
 * A clone knows of its remotes' branches what it fetched last, and often not
 * all of them. What must not overlook one brings them all here first, below
 * refs/mvc-collect/REMOTE/, where they are until they are forgotten.
 */
#ifndef MVC_GIT_REFS_H
#define MVC_GIT_REFS_H

#include "util/error.h"

#include <stdbool.h>

struct mvc_repo;

/* Call each with the remotes that Git knows; a nonzero answer ends it and is
 * returned. url may be "". */
int mvc_refs_remotes(struct mvc_repo *r,
    int (*each)(void *arg, const char *name, const char *url),
    void *arg) MVC_MUST;

/*
 * Fetch the heads, tags and refs/mvc of every remote as they are now, with all
 * that they reach, whatever its refspec. MVC_EAGAIN, naming the remote, where
 * one cannot be had; MVC_EINVALID where the clone is shallow, or would become
 * so.
 */
int mvc_refs_fetch(struct mvc_repo *r) MVC_MUST;
/* Remove them again. */
int mvc_refs_forget(struct mvc_repo *r) MVC_MUST;

/* Whether two URLs or paths name the same repository: the same path on the
 * same host, however it is reached, with or without ".git". */
bool mvc_refs_same(const char *a, const char *b);

#endif
