/*
 * Three-way merge of two versions of one pointer.
 *
 * Directories are merged path by path, which needs their trees, never chunks;
 * two versions of a single file cannot be merged. The run, the source and the
 * labels are merged each by itself.
 */
#ifndef MVC_WORK_MERGE_H
#define MVC_WORK_MERGE_H

#include "store/store.h"
#include "work/pointer.h"

struct mvc_merge {
	struct mvc_store *store; /* NULL where mvc_merge_needs_store is false */
	const char *holder; /* whose root a merged directory gets */
	const char *name; /* of the data, for messages: "images" */
	/*
	 * Where both sides changed one path of a directory: keep ours, and
	 * theirs beside it as NAME.theirs (NAME.theirs.2, … where that is
	 * taken). Where both changed a label or the source: keep ours. Without
	 * it either is MVC_ECONFLICT, after all have been reported, and
	 * nothing is stored.
	 */
	bool keep_both;
	/* Each conflict: `path` is in the directory, "" for the pointer as a
	 * whole; `what` is "changed by both", "deleted by us",
	 * …; `beside` is where theirs is to be found, or NULL. A nonzero
	 * result stops the merge. May be NULL. */
	int (*conflict)(
	    void *arg, const char *path, const char *what, const char *beside);
	void *arg;

	uint64_t conflicts; /* out: how many */
};

/* Whether the merge reads trees; what it merges then is in the store. */
bool mvc_merge_needs_store(const struct mvc_pointer *base,
    const struct mvc_pointer *ours, const struct mvc_pointer *theirs);

/*
 * base may be NULL. A merged directory's tree is stored, and claimed by a
 * root, when this returns 0. MVC_ECONFLICT: somebody must choose (always so
 * for files that both sides changed); MVC_ENOTFOUND: a tree is not in the
 * store, the text says which.
 */
int mvc_merge_pointers(struct mvc_pointer *out, struct mvc_merge *m,
    const struct mvc_pointer *base, const struct mvc_pointer *ours,
    const struct mvc_pointer *theirs) MVC_MUST;

#endif
