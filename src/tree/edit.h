/*
 * A new tree from an old one and a sorted stream of changes. Costs the changes:
 * nodes in which nothing changes are taken over by id, unread but for the
 * inner nodes on the way. From no old tree it is how trees are first built.
 *
 * Path order is depth first by name: paths are compared as if '/' were lower
 * than every other byte. The result is canonical: the same entries give the
 * same id whatever the way they came.
 */
#ifndef MVC_TREE_EDIT_H
#define MVC_TREE_EDIT_H

#include "object/tree.h"

struct mvc_tree_edit;

/* base may be NULL. source and sink must outlive the edit; the sink's objects
 * need not be readable through the source before finish. */
int
mvc_tree_edit_new(struct mvc_tree_edit **out, const struct mvc_source *source,
    const struct mvc_sink *sink, const struct mvc_oid *base) MVC_MUST;
void mvc_tree_edit_free(struct mvc_tree_edit *t);
MVC_OWN_DEFINE(mvc_tree_edit)

/*
 * Set the entry at path (e->name is ignored; e NULL removes it, with all that
 * is below; what is not there may be removed). Missing directories are made. A
 * DIR with a zero id makes an empty directory or keeps the one that is there; a
 * DIR with an id (and its sums) puts that whole tree there. What is below such
 * a DIR may be set next, which edits it. Paths must ascend in path order
 * (MVC_EINVALID). A non-directory replaces a directory of the base, and the
 * other way round. A directory whose last entry is removed stays, empty, unless
 * mvc_tree_edit_prune() was called. After a failure the edit is of no use.
 */
int mvc_tree_edit_set(struct mvc_tree_edit *t, const char *path,
    const struct mvc_entry *e) MVC_MUST;

/* Drop directories that became empty by removals (not those set empty). */
void mvc_tree_edit_prune(struct mvc_tree_edit *t);

/* The new root and its sums. */
int mvc_tree_edit_finish(struct mvc_tree_edit *t, struct mvc_oid *root,
    uint64_t *size, uint64_t *files) MVC_MUST;

/* Path order of two paths. */
int mvc_path_cmp(const char *a, const char *b);

#endif
