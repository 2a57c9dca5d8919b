/* A path that grows and shrinks as directories are entered and left. */
#ifndef MVC_TREE_PATH_H
#define MVC_TREE_PATH_H

#include "object/tree.h"

/* The root's entries have depth 0; deeper than MVC_DEPTH_MAX is refused. */
#define MVC_PATH_MAX ((MVC_DEPTH_MAX + 1) * (MVC_NAME_MAX + 1))
#define MVC_PATH_INIT MVC_BUF_INIT(MVC_PATH_MAX)

/* Append a name after a '/'; *was is for mvc_path_pop. path->data is a string
 * afterwards. */
int mvc_path_push(
    struct mvc_buf *path, const struct mvc_entry *e, size_t *was) MVC_MUST;
void mvc_path_pop(struct mvc_buf *path, size_t was);

/* MVC_ECORRUPT past MVC_DEPTH_MAX. */
int mvc_path_depth(const struct mvc_buf *path, unsigned depth) MVC_MUST;

/* Whether two entries (or NULLs) have the same kind, id and target. */
bool mvc_entry_eq(const struct mvc_entry *a, const struct mvc_entry *b);

#endif
