/*
 * The folder of a store, and how files are published in it: written under
 * tmp/, fsynced, renamed; the folder that then holds them is fsynced by
 * mvc_folder_sync, once for all of a batch.
 */
#ifndef MVC_STORE_FOLDER_H
#define MVC_STORE_FOLDER_H

#include "util/file.h"

struct mvc_folder {
	int fd; /* the store's folder */
	char *path; /* for messages */
	mode_t file, dir; /* modes of new files and folders */
	bool exact; /* modes are set whatever the umask (shared) */
};

/* Set the modes: `shared` is 0 (the umask's), or the bits that files and
 * folders get (0660, 0664, …). */
void mvc_folder_share(struct mvc_folder *f, unsigned shared);

/* A temporary in tmp/. */
int mvc_folder_tmp(struct mvc_tmpfile *t, const struct mvc_folder *f) MVC_MUST;

/* fsync, close and rename to key, whose folder is made where it is missing. */
int mvc_folder_publish(struct mvc_tmpfile *t, const struct mvc_folder *f,
    const char *key) MVC_MUST;

/* Make the folder that is to hold key, where it is missing. */
int mvc_folder_make(const struct mvc_folder *f, const char *key) MVC_MUST;

/* fsync the folder that holds key. */
int mvc_folder_sync(const struct mvc_folder *f, const char *key) MVC_MUST;

/* Publish a small file whole and durably (all of the above). */
int mvc_folder_put(const struct mvc_folder *f, const char *key, const void *p,
    size_t n) MVC_MUST;

/*
 * Call each() with the names in a folder of the store, in no order ("." and
 * ".." too); dirfd is that folder. A nonzero result stops it and is returned.
 */
int mvc_folder_each(const struct mvc_folder *f, const char *folder,
    int (*each)(void *arg, int dirfd, const char *name), void *arg) MVC_MUST;

/*
 * Hold the store's lock: shared waits for whoever has it alone; alone does not
 * wait (MVC_EAGAIN, saying what to do). *fd is to be closed.
 */
int mvc_folder_lock(int *fd, const struct mvc_folder *f, bool alone) MVC_MUST;

#endif
