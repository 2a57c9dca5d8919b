/*
 * Paths below a folder that must not lead out of it: each component is opened
 * without following links (openat2 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, else
 * one O_NOFOLLOW openat a component). Paths are relative, '/'-separated,
 * without "", "." and ".." components; others are MVC_EINVALID. A symlink on
 * the way is MVC_EDENIED with a text that names it. Thread-safe.
 */
#ifndef MVC_UTIL_BENEATH_H
#define MVC_UTIL_BENEATH_H

#include "util/error.h"

#include <stdbool.h>
#include <sys/types.h>

/* Open a file or folder (flags as for open; O_CLOEXEC, O_NOFOLLOW added). */
int mvc_beneath_open(
    int *fd, int dirfd, const char *path, int flags, mode_t mode) MVC_MUST;

/*
 * The folder that holds path's last component: *fd (the caller closes it)
 * and *name, which points into path. With `make`, missing folders are made
 * (not fsynced: the caller knows when).
 */
int mvc_beneath_parent(int *fd, const char **name, int dirfd, const char *path,
    bool make) MVC_MUST;

#endif
