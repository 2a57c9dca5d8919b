/*
 * How the work tree's data stands to its pointers.
 *
 *     scan ──► stat differs, racy or new ──► hashed on all cores
 *                                               │ in path order
 *                files, then their root ◄───────┴──► stat cache refreshed
 *
 * Nothing but the stat cache is written. A file counts as modified only if its
 * content or kind is another.
 */
#ifndef MVC_WORK_STATUS_H
#define MVC_WORK_STATUS_H

#include "work/work.h"

enum mvc_status_what {
	MVC_STATUS_ADDED,
	MVC_STATUS_MODIFIED,
	MVC_STATUS_DELETED,
	MVC_STATUS_BAD, /* cannot be tracked; the text says why */
	MVC_STATUS_WHATS,
};

/* One root, or the part of it that was asked for; for the call only. */
struct mvc_status_root {
	const char *path; /* what was asked for, or the root */
	const char *root;
	/* NULL where there is none that can be read: text says why (code
	 * MVC_ENOTFOUND: it is gone, and its data is still here). */
	const struct mvc_pointer *pointer;
	int code; /* MVC_ECONFLICT: a merge left it so, perhaps readable */
	const char *text;
	uint64_t files[MVC_STATUS_WHATS];
	uint64_t folders; /* empty ones that came or went */
	uint64_t here; /* files seen */
	/* Of the pointer's files neither here nor deleted: never brought, or
	 * not wanted here (`sparse`). Only for whole roots. */
	uint64_t absent;
	bool no_folder; /* nor is the folder itself, which holds no file */
	bool sparse; /* patterns are in force, or: */
	bool left_out; /* by Git's sparse checkout, and not here */
	bool other_version; /* what was brought is not what the pointer names:
			     * mvc checkout */
	bool vanished; /* over half of what was here, which add refuses */
	bool missing; /* the store does not have all of it: mvc fetch */
};

/* One file, or an empty folder that came or went; for the call only. */
struct mvc_status_file {
	const char *path;
	enum mvc_status_what what;
	const char *text; /* BAD: why; else NULL */
	/* As it was recorded, and as it lies here; NULL where there is none.
	 * Of files, now->oid is known only where they had to be read. */
	const struct mvc_stat_entry *was, *now;
	/* Its root's pointer lies there and cannot be read: `was` is what mvc
	 * last saw, not what the pointer says. */
	bool unread;
	bool unsure; /* MODIFIED, or touched only: now->oid is not known */
};

struct mvc_status_ops {
	/* Each that differs, in path order, before its root; may be NULL. From
	 * another thread. */
	int (*file)(void *arg, const struct mvc_status_file *f);
	/* From another thread. */
	int (*root)(void *arg, const struct mvc_status_root *r);
	void *arg;
	/* file() reads what is modified itself: big files of the same size are
	 * not read here, but told as unsure. The sums count them as modified. */
	bool unsure;
};

/* Of roots at and below the paths (n 0: all), and of parts of roots. A path
 * with nothing tracked is MVC_ENOTFOUND. */
int mvc_status(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_status_ops *ops) MVC_MUST;

#endif
