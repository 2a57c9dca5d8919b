/*
 * Pointers set to another version, in the work tree and in the index: that of
 * a revision, or one side of a merge that Git could not finish. The data is
 * for mvc_checkout to bring.
 */
#ifndef MVC_WORK_CHOOSE_H
#define MVC_WORK_CHOOSE_H

#include "work/work.h"

enum mvc_side {
	MVC_SIDE_OURS = 2, /* Git's stages */
	MVC_SIDE_THEIRS = 3,
	MVC_SIDE_MERGE = 4, /* both, path by path */
};

struct mvc_choose_ops {
	/* MVC_SIDE_MERGE: both sides changed `path` in the root ("": the
	 * pointer as a whole); `beside` is where theirs is, or NULL. */
	int (*conflict)(void *arg, const char *root, const char *path,
	    const char *what, const char *beside);
	void *arg;
};

/*
 * The paths, roots or folders above them or parts of roots, as they are in a
 * revision; what is beside a part stays. *set lists what to check out, for
 * mvc_names_release. MVC_ENOTFOUND names the path that the revision has not.
 */
int mvc_choose_rev(struct mvc_names *set, struct mvc_work *w, const char *rev,
    const char *const *paths, size_t n) MVC_MUST;

/*
 * A side of each conflict at and below the paths, by the index, whatever the
 * pointer's file says. MVC_ENOTFOUND where there is none.
 */
int mvc_choose_side(struct mvc_names *set, struct mvc_work *w,
    enum mvc_side side, const char *const *paths, size_t n,
    const struct mvc_choose_ops *ops) MVC_MUST;

#endif
