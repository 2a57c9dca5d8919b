/* Writing what has runs of zero bytes. */
#ifndef MVC_WORK_HOLES_H
#define MVC_WORK_HOLES_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Write n bytes that belong at off of a new file, but for aligned runs of
 * zeros, which become holes; *end is where the last byte written ends, or as it
 * was. `reserve`: ask for the room on the disk first. Messages name `path`.
 */
int mvc_write_around_holes(int fd, bool reserve, const char *p, size_t n,
    uint64_t off, uint64_t *end, const char *path) MVC_MUST;

#endif
