/*
 * struct mvc_tree_sorter: entries that come in any order, given back in path
 * order, for mvc_tree_edit_set. Memory is bounded: what does not fit lies
 * sorted in a nameless temporary. For one thread at a time.
 */
#ifndef MVC_TREE_SORTER_H
#define MVC_TREE_SORTER_H

#include "object/tree.h"

struct mvc_folder;
struct mvc_tree_sorter;

/* The folder (of a store, for its tmp) must outlive it; `memory` is what may
 * be held, in bytes. */
int mvc_tree_sorter_new(struct mvc_tree_sorter **out,
    const struct mvc_folder *folder, size_t memory) MVC_MUST;
void mvc_tree_sorter_free(struct mvc_tree_sorter *s);
MVC_OWN_DEFINE(mvc_tree_sorter)

/* e->name is ignored, all else is kept. */
int mvc_tree_sorter_add(struct mvc_tree_sorter *s, const char *path,
    const struct mvc_entry *e) MVC_MUST;

/* All of them, once; those of one path in the order in which they came. A
 * nonzero result stops it and is returned. */
int mvc_tree_sorter_each(struct mvc_tree_sorter *s,
    int (*each)(void *arg, const char *path, const struct mvc_entry *e),
    void *arg) MVC_MUST;

#endif
