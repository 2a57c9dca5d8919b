/*
 * What a process is about to change in a work tree, for the next one to know
 * if it is killed.
 *
 *     GITDIR/mvc/PREFIXTAG    there before the first change, flocked while its
 *                             process lives; removed after the last
 *
 * TAG: 16 hex digits.
 */
#ifndef MVC_WORK_INTENT_H
#define MVC_WORK_INTENT_H

#include "util/buf.h"

#define MVC_INTENT_TAG 16

/* GITDIR/mvc, made where it is missing. */
int mvc_intent_folder(int *fd, const char *git_dir) MVC_MUST;
/* It has its name when it is locked and whole; *lock is to be kept open, the
 * folder is not synced. Where there are no locks there is no file: nobody could
 * tell that it lives. */
int mvc_intent_write(int *lock, int dirfd, const char *name,
    const struct mvc_buf *text) MVC_MUST;

/* An intent whose process is dead; locked while this runs. */
typedef int (*mvc_intent_fn)(void *arg, int dirfd, const char *name);
/* Each of them; `lock` is LOCK_EX, or LOCK_SH to look only. */
int mvc_intents_dead(const char *git_dir, const char *prefix, int lock,
    mvc_intent_fn fn, void *arg) MVC_MUST;

#endif
