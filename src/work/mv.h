/* Tracked data, and parts of it, under another name. */
#ifndef MVC_WORK_MV_H
#define MVC_WORK_MV_H

#include "work/work.h"

struct mvc_mv_opts {
	bool force; /* over a recorded file */
	bool into; /* the target must be a folder */
	bool dry_run;
	bool drop_labels; /* else they are never lost: see mvc_mv */
};

struct mvc_mv_ops {
	/* For the call only. */
	int (*moved)(void *arg, const char *from, const char *to);
	void *arg;
};

/*
 * Paths are relative to the work tree: roots, or what lies in one; a pointer's
 * path stands for its data. With several, or where `to` is a folder, they get
 * a place in it. Nothing is changed unless all can be moved. Data that was
 * moved by hand already is taken to be where it is. Labels stay true of what
 * they were said of: a part that becomes a root takes its root's, and a root that
 * has not all labels of what shall go into it refuses that.
 */
int
mvc_mv(struct mvc_work *w, const char *const *paths, size_t n, const char *to,
    const struct mvc_mv_opts *opts, const struct mvc_mv_ops *ops) MVC_MUST;

#endif
