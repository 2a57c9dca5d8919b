/*
 * What differs between two trees, in path order. Equal nodes are not read, so
 * it costs the difference.
 */
#ifndef MVC_TREE_DIFF_H
#define MVC_TREE_DIFF_H

#include "object/tree.h"

struct mvc_diff_ops {
	/* a is NULL where the path is new, b where it is gone. Both are given
	 * where kind, id or target differ. Directories only show when one side
	 * has none, or something else, there (their contents follow, or come
	 * before a deleted directory's own call is made, as *leave*). */
	int (*entry)(void *arg, const char *path, const struct mvc_entry *a,
	    const struct mvc_entry *b);
	/* After the contents of a directory that shows on one side only; with
	 * the same a and b as its entry(). May be NULL. */
	int (*leave)(void *arg, const char *path, const struct mvc_entry *a,
	    const struct mvc_entry *b);
};

/* Either root may be NULL: nothing is there. A nonzero result stops it. */
int mvc_tree_diff(const struct mvc_source *source, const struct mvc_oid *a,
    const struct mvc_oid *b, const struct mvc_diff_ops *ops,
    void *arg) MVC_MUST;

#endif
