/*
 * The code as it is in the work tree, uncommitted: a tree of Git's, made of
 * what Git tracks and of what is neither tracked nor ignored, as `git add -A`
 * would stage it. The index is not touched and no filter's program is run.
 */
#ifndef MVC_GIT_CODETREE_H
#define MVC_GIT_CODETREE_H

#include "git/gitid.h"

#include <stdbool.h>
#include <stdint.h>

struct mvc_repo;

struct mvc_codetree_opts {
	/* Not to be in the tree, whatever it is. May be NULL. */
	bool (*leave_out)(void *arg, const char *path);
	/* What Git does not track and is of this size or more is left out, and
	 * told of. */
	uint64_t large;
	int (*omitted)(void *arg, const char *path);
	void *arg;
};

/* Write its objects, durably, and give its id. */
int mvc_codetree_write(struct mvc_gitid *tree, struct mvc_repo *r,
    const struct mvc_codetree_opts *o) MVC_MUST;

/* HEAD's commit and its tree; both n 0 before the first commit. */
int mvc_codetree_head(struct mvc_gitid *commit, struct mvc_gitid *tree,
    struct mvc_repo *r) MVC_MUST;

/* Keep a tree from Git's own collection, by refs/mvc/code/TREE. */
int
mvc_codetree_keep(struct mvc_repo *r, const struct mvc_gitid *tree) MVC_MUST;

/* What a tree has at a path. */
struct mvc_code_entry {
	struct mvc_gitid id;
	bool folder, executable;
	uint64_t size, files; /* of all below */
};
/* MVC_ENOTFOUND; MVC_EINVALID where a link or a submodule is there. */
int mvc_codetree_find(struct mvc_code_entry *out, struct mvc_repo *r,
    const struct mvc_gitid *tree, const char *path) MVC_MUST;

#endif
