/*
 * A tree's entries, depth first in path order; inner nodes do not show.
 * Memory: the nodes on the path.
 */
#ifndef MVC_TREE_WALK_H
#define MVC_TREE_WALK_H

#include "object/tree.h"

/* Returned by enter() to pass over what is below. */
#define MVC_WALK_SKIP 1

struct mvc_walk_ops {
	/* Each entry; path is relative to the root, without a leading '/'. MVC_WALK_SKIP
	 * does not descend into a DIR (nor is leave() called). Other nonzero
	 * results stop the walk and are returned. May be NULL. */
	int (*entry)(void *arg, const char *path, const struct mvc_entry *e);
	/* After a directory's last entry; may be NULL. */
	int (*leave)(void *arg, const char *path);
	/* Each node read, with its id (for marking); may be NULL. */
	int (*node)(void *arg, const struct mvc_oid *id);
	/* Asked before a node is read: MVC_WALK_SKIP passes over all of it
	 * (seen already); may be NULL. */
	int (*want)(void *arg, const struct mvc_oid *id);
};

int mvc_tree_walk(const struct mvc_source *source, const struct mvc_oid *root,
    const struct mvc_walk_ops *ops, void *arg) MVC_MUST;

#endif
