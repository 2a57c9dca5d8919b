/* Content that the store lost, taken from the work tree where it still is. */
#ifndef MVC_WORK_HEAL_H
#define MVC_WORK_HEAL_H

#include "git/repo.h"
#include "store/fsck.h"

/*
 * For mvc_fsck's heal(): if the file of the pointer (at `path` inside it, ""
 * for itself) lies in the work tree with the right bytes, store it again; for a
 * DIR, if all of the data set does.
 */
int mvc_heal_from_worktree(struct mvc_ctx *ctx, struct mvc_repo *r,
    struct mvc_writer *w, const struct mvc_fsck_pointer *pointer,
    const char *path, const struct mvc_entry *e, bool *healed) MVC_MUST;

/* The trees of a data set at `root` of an open work tree, and all its files:
 * what lies there is stored; *healed if it is what oid names. */
int mvc_heal_tree(struct mvc_ctx *ctx, struct mvc_repo *r, struct mvc_writer *w,
    int top, const char *root, const struct mvc_oid *oid,
    bool *healed) MVC_MUST;

#endif
