/* Inside room git: pointers in trees. */
#ifndef MVC_GIT_SCAN_H
#define MVC_GIT_SCAN_H

#include "git/history.h"
#include "git/idset.h"

struct mvc_scan {
	struct mvc_repo *r;
	struct mvc_idset *seen; /* NULL: each tree and blob as it comes */
	struct mvc_gitid commit; /* for the callback */
	bool skip_missing; /* what is not there is passed over */
	mvc_git_pointer_fn each;
	void *arg;
	struct mvc_buf path, blob; /* MVC_SCAN_INIT */
	unsigned depth;
};
#define MVC_SCAN_PATH_MAX 65536
#define MVC_SCAN_BUFS                            \
	.path = MVC_BUF_INIT(MVC_SCAN_PATH_MAX), \
	.blob = MVC_BUF_INIT(MVC_GIT_POINTER_MAX)
void mvc_scan_release(struct mvc_scan *s);

/* All pointers below a tree; s->path holds its path with '/' at the end. */
int mvc_scan_tree(struct mvc_scan *s, const git_oid *tree) MVC_MUST;
/* One blob whose path is in s->path, if it is a pointer. */
int
mvc_scan_blob(struct mvc_scan *s, const git_oid *id, uint32_t mode) MVC_MUST;

/* A tree, or mvc_git_missing. */
int
mvc_git_tree(git_tree **out, struct mvc_repo *r, const git_oid *id) MVC_MUST;
int mvc_git_commit(
    git_commit **out, struct mvc_repo *r, const git_oid *id) MVC_MUST;

/* What a commit has at a path; mode 0: nothing. */
struct mvc_git_at {
	git_oid id;
	uint32_t mode;
};
int mvc_git_lookup(struct mvc_git_at *out, struct mvc_repo *r,
    const git_commit *commit, const char *path) MVC_MUST;

#endif
