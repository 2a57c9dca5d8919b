/*
 * Three-way merge of trees, path by path. Needs trees, never chunks.
 */
#ifndef MVC_TREE_MERGE_H
#define MVC_TREE_MERGE_H

#include "object/tree.h"

struct mvc_merge_ops {
	/* Both sides changed one path differently (any of the three may be
	 * NULL: absent). Put what the merged tree shall hold into *choice: one
	 * of the three, or NULL for nothing. Nonzero stops the merge. */
	int (*conflict)(void *arg, const char *path,
	    const struct mvc_entry *base, const struct mvc_entry *ours,
	    const struct mvc_entry *theirs, const struct mvc_entry **choice);
};

/*
 * base may be NULL (no common ancestor). Directories are merged by their
 * entries; a directory against a file is a conflict at its path.
 */
int mvc_tree_merge(struct mvc_oid *out, uint64_t *size, uint64_t *files,
    const struct mvc_source *source, const struct mvc_sink *sink,
    const struct mvc_oid *base, const struct mvc_oid *ours,
    const struct mvc_oid *theirs, const struct mvc_merge_ops *ops,
    void *arg) MVC_MUST;

#endif
