/*
 * The work tree brought to what the pointers say.
 *
 *     pointers ──► targets: what shall be there, from trees of the store
 *                     │
 *     scan: what is ──┴─► plan: what to do, in path order ──► room?
 *                                                                 │
 *     stat cache ◄── in path order ◄── workers write beside, rename
 *
 * Targets and plan lie in files without a name, so memory does not grow with
 * the tree. Nothing is changed before the plan is whole.
 *
 * A file that is neither what mvc left here nor what shall be there is the
 * user's: it stays, and is reported, unless `force`. What mvc knows nothing of
 * and no pointer names is left alone. Where a pointer got another name its data
 * and ignore line get it too, first of all.
 */
#ifndef MVC_WORK_CHECKOUT_H
#define MVC_WORK_CHECKOUT_H

#include "work/work.h"

struct mvc_ready;

struct mvc_checkout_opts {
	bool force; /* local changes are overwritten */
	bool dry_run;
	struct mvc_ready *ready; /* files that are made already; may be NULL */
};

enum mvc_checkout_what {
	MVC_CHECKOUT_ADDED,
	MVC_CHECKOUT_UPDATED,
	MVC_CHECKOUT_RESTORED, /* mvc had put it here, and it was gone */
	MVC_CHECKOUT_DELETED,
	MVC_CHECKOUT_KEPT, /* a local change */
	MVC_CHECKOUT_MISSING, /* its content is not in the store, or damaged */
};

/* What became of one path; for the call only. */
struct mvc_checkout_path {
	enum mvc_checkout_what what;
	const char *root;
	const char *path;
	enum mvc_entry_kind kind; /* 0 where there shall be nothing */
	uint64_t size;
	struct mvc_oid oid;
	const char *text; /* kept, missing: why; else NULL */
};

struct mvc_checkout_sums {
	uint64_t added, updated, restored, deleted, kept, missing;
	uint64_t bytes; /* written */
};

struct mvc_checkout_ops {
	/* A pointer had been renamed, and its data was now. May be NULL. */
	int (*renamed)(void *arg, const char *from, const char *to);
	/* In path order, from one thread. May be NULL. */
	int (*path)(void *arg, const struct mvc_checkout_path *p);
	/* Each root once, after all paths; `gone`: it has no pointer. */
	int (*root)(void *arg, const char *root,
	    const struct mvc_checkout_sums *sums, bool gone);
	void *arg;
};

/*
 * Bring paths, roots or parts of them or folders above them, to what the
 * pointers say; none: all, and data goes whose pointer went. MVC_EFINDING
 * where something was kept or missing (all else is done); MVC_ENOSPACE before
 * anything is changed.
 */
int mvc_checkout(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_checkout_opts *opts,
    const struct mvc_checkout_ops *ops) MVC_MUST;

/* What a checkout that was cut off had put is mvc's own, and no change of the
 * user's: the stat cache learns it, and is opened anew. */
int mvc_checkout_adopt(struct mvc_work *w) MVC_MUST;
/* Each root that a checkout was putting, and what of, which was cut off. */
typedef int (*mvc_unfinished_fn)(void *arg, const char *root,
    enum mvc_entry_kind kind, const struct mvc_oid *oid, uint64_t size);
int mvc_checkout_unfinished(
    const char *git_dir, mvc_unfinished_fn fn, void *arg) MVC_MUST;

#endif
