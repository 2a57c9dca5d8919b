/*
 * Git's history as bundles, made and taken in by git itself: libgit2 writes
 * none. No hot path.
 */
#ifndef MVC_GIT_GITBUNDLE_H
#define MVC_GIT_GITBUNDLE_H

#include "util/buf.h"

#include <stdbool.h>

/* What git's commands say is at most this long. */
#define MVC_GIT_TEXT_MAX ((size_t)64 << 20)

/* Append "OID NAME\n" for each branch and tag, by name. */
int mvc_git_refs(const char *gitdir, struct mvc_buf *out) MVC_MUST;
/* Append the id of each commit that refs, reflogs and HEAD reach, a line. */
int mvc_git_commits(const char *gitdir, struct mvc_buf *out) MVC_MUST;
/* The branch that HEAD is, for free(); NULL: none. */
int mvc_git_head(const char *gitdir, char **out) MVC_MUST;

/* Of the ids in `oids`, one a line, append those of objects that are here. */
int mvc_git_known(const char *gitdir, const struct mvc_buf *oids,
    struct mvc_buf *out) MVC_MUST;
/* Whether commit a is b, or before it; both are here. */
int mvc_git_is_before(
    bool *is, const char *gitdir, const char *a, const char *b) MVC_MUST;

/* A name for a new bundle in a folder, for free(); what is left of it there is
 * found by gc. */
int mvc_gitbundle_name(char **out, const char *folder) MVC_MUST;
/* Write what `revs` (lines of git rev-list: "NAME", "^OID") says into a bundle;
 * *empty: there was nothing to write, and is none. */
int mvc_gitbundle_create(const char *gitdir, const char *path,
    const struct mvc_buf *revs, bool *empty) MVC_MUST;
/* Take a bundle's objects in, checked by git. MVC_ECORRUPT. */
int mvc_gitbundle_apply(const char *gitdir, const char *path) MVC_MUST;

/* git update-ref --stdin */
int mvc_git_set_refs(const char *gitdir, const struct mvc_buf *lines) MVC_MUST;
/* That all that refs reach is there. MVC_ECORRUPT. */
int mvc_git_check(const char *gitdir) MVC_MUST;
/* Make a branch HEAD, and put its files into the work tree. */
int mvc_git_checkout(
    const char *gitdir, const char *worktree, const char *branch) MVC_MUST;

#endif
