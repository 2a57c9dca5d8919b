/* One path in a tree. Reads only the nodes on the way. */
#ifndef MVC_TREE_FIND_H
#define MVC_TREE_FIND_H

#include "object/tree.h"

/* An entry that owns its strings. */
struct mvc_found {
	struct mvc_entry e; /* name and target point into `text` */
	char *text;
};
void mvc_found_release(struct mvc_found *f);

/*
 * The entry at a '/'-separated path ("" is the root itself, a DIR without a
 * name). MVC_ENOTFOUND where there is none.
 */
int mvc_tree_find(struct mvc_found *out, const struct mvc_source *source,
    const struct mvc_oid *root, const char *path) MVC_MUST;

#endif
