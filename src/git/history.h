/*
 * Git's history: revisions, the pointers in them, a path's versions, and
 * every pointer that anything in Git can still reach.
 *
 * A pointer here is a regular file whose path ends in ".mvc", of at most
 * MVC_GIT_POINTER_MAX bytes; what is in it is for the caller to judge.
 */
#ifndef MVC_GIT_HISTORY_H
#define MVC_GIT_HISTORY_H

#include "git/gitid.h"
#include "util/buf.h"

#include <stdint.h>

struct mvc_repo;

#define MVC_GIT_POINTER_MAX 4096

/* The commit that a revision names (tags peeled); MVC_ENOTFOUND. */
int mvc_rev_resolve(
    struct mvc_gitid *commit, struct mvc_repo *r, const char *rev) MVC_MUST;

/*
 * "REV:PATH" taken apart: the commit, and the path relative to the top of the
 * tree, for free() ("" when it is empty; "./x" and "../x" are relative to the
 * current folder, as git has it). MVC_EUSAGE when there is no ':'.
 */
int mvc_rev_path(struct mvc_gitid *commit, char **path, struct mvc_repo *r,
    const char *arg) MVC_MUST;

/* Append the blob at a path of a commit to out. MVC_ENOTFOUND, MVC_ETOOBIG
 * past out's maximum; MVC_EINVALID when a folder or submodule is there. */
int mvc_rev_read(struct mvc_buf *out, struct mvc_repo *r,
    const struct mvc_gitid *commit, const char *path) MVC_MUST;

/* The same of a tree. MVC_ENOTFOUND also where the tree is not here. */
int mvc_tree_read(struct mvc_buf *out, struct mvc_repo *r,
    const struct mvc_gitid *tree, const char *path) MVC_MUST;

/* Whether an object is here. */
bool mvc_rev_has(struct mvc_repo *r, const struct mvc_gitid *id);

/* What a commit says of itself. */
struct mvc_commit_about {
	char *author, *email, *subject; /* owned */
	int64_t time; /* of the author, seconds since 1970 */
	bool has_signature; /* nobody has checked it */
};
void mvc_commit_about_release(struct mvc_commit_about *a);
int mvc_commit_about(struct mvc_commit_about *out, struct mvc_repo *r,
    const struct mvc_gitid *commit) MVC_MUST;

/* A pointer found; all is for the call only. */
struct mvc_git_pointer {
	const char *path; /* "a/b.mvc" */
	const char *p; /* its bytes, a NUL after them */
	size_t n;
	struct mvc_gitid blob;
	struct mvc_gitid commit; /* one that has it; n is 0: an index has it */
};
typedef int (*mvc_git_pointer_fn)(void *arg, const struct mvc_git_pointer *p);

/* The pointers of a commit, at and below `under` ("" for all), by path. A
 * non-zero answer of each stops and is returned, here and below. */
int mvc_rev_pointers(struct mvc_repo *r, const struct mvc_gitid *commit,
    const char *under, mvc_git_pointer_fn each, void *arg) MVC_MUST;

/*
 * Every distinct pointer blob, once, of every commit reachable from any ref,
 * reflog, pseudo ref (ORIG_HEAD, FETCH_HEAD, …) or operation under way, and of
 * the indexes, of all work trees. Files in the work trees are not read. What
 * cannot be read is an error: in a partial clone MVC_EAGAIN, saying how to
 * fetch the rest. History before a shallow boundary is not there.
 */
int mvc_history_pointers(
    struct mvc_repo *r, mvc_git_pointer_fn each, void *arg) MVC_MUST;

/* One version of a path; strings are for the call only. */
struct mvc_version {
	struct mvc_gitid commit;
	const char *author; /* name */
	const char *email;
	int64_t time; /* of the author, seconds since 1970 */
	int offset; /* minutes east of UTC */
	const char *committer;
	int64_t committed; /* as time and offset */
	int committed_offset;
	const char *subject;
	const char *p; /* the file's bytes, a NUL after; NULL: deleted here */
	size_t n;
};
typedef int (*mvc_version_fn)(void *arg, const struct mvc_version *v);

/* The commits, newest first and at most `limit` (0: all), that changed the
 * file at path, from `commit` back, as `git log -- PATH` would show them.
 * Files over MVC_GIT_POINTER_MAX are MVC_ETOOBIG. */
int mvc_history_log(struct mvc_repo *r, const struct mvc_gitid *commit,
    const char *path, unsigned limit, mvc_version_fn each, void *arg) MVC_MUST;

#endif
