/* Stop tracking data, or parts of it; its content stays in the store. */
#ifndef MVC_WORK_RM_H
#define MVC_WORK_RM_H

#include "work/work.h"

struct mvc_rm_opts {
	bool force; /* also what is not recorded, or in no commit */
	bool cached; /* the files stay */
	bool recursive; /* also all roots below a folder */
	bool dry_run;
};

/* What became of one path; for the call only. */
struct mvc_removed {
	const char *path;
	const char *root; /* its root; path itself, or above it */
	bool is_root;
	bool is_dir;
	uint64_t size, files; /* as recorded */
	bool left; /* ignored files keep the folder there */
};

struct mvc_rm_ops {
	int (*removed)(void *arg, const struct mvc_removed *r);
	void *arg;
};

/*
 * Paths are relative to the work tree: roots, or what lies in one; a pointer's
 * path stands for its data. Nothing is changed unless all may go:
 * MVC_EFINDING where data has changes that are not recorded, or a version that
 * HEAD does not have.
 */
int mvc_rm(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_rm_opts *opts, const struct mvc_rm_ops *ops) MVC_MUST;

#endif
