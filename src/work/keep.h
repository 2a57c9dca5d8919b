/*
 * Which content a repository still names: what a collection keeps and a check
 * goes through.
 *
 * Every pointer of every commit that anything in Git reaches, of all indexes,
 * and of the files in all work trees. A text that is not quite a pointer
 * (conflict markers, unknown lines) keeps every id that it mentions.
 */
#ifndef MVC_WORK_KEEP_H
#define MVC_WORK_KEEP_H

#include "git/repo.h"
#include "hash/oidset.h"
#include "store/fsck.h"

/*
 * Add the ids (as kind 1) to out. MVC_EVERSION for a pointer of a later
 * version, MVC_EINVALID for one that cannot be read and is staged or in a work
 * tree, and perhaps nowhere else: what it keeps is not known.
 */
int mvc_keep_ids(struct mvc_oidset *out, struct mvc_repo *r) MVC_MUST;

/* Told of a pointer, staged or in a work tree, that cannot be read or says of
 * its content what is not so; what is not 0 stops. */
typedef int (*mvc_keep_wrong_fn)(void *arg, const char *text);

/* The same as pointers with their paths, each id once; for
 * mvc_keep_pointers_free. */
int
mvc_keep_pointers(struct mvc_fsck_pointer **out, size_t *n, struct mvc_repo *r,
    struct mvc_store *s, mvc_keep_wrong_fn wrong, void *arg) MVC_MUST;
void mvc_keep_pointers_free(struct mvc_fsck_pointer *p, size_t n);

#endif
