/* The chunks of a file on the disk, one after the other. */
#ifndef MVC_CHUNK_CUTFILE_H
#define MVC_CHUNK_CUTFILE_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

/* p is good for the call only; a nonzero answer stops and is returned. */
typedef int (*mvc_chunk_fn)(void *arg, const void *p, size_t n, uint64_t off);

/*
 * Read an open file of that size and call each for its chunks, in order, as
 * `add` would cut them. Reads every byte twice, the second time from the
 * system's cache; memory is that of one block. MVC_ECHANGED where the file
 * ends early. `name` is for messages.
 */
int mvc_cut_file(int fd, const char *name, uint64_t size, mvc_chunk_fn each,
    void *arg) MVC_MUST;

#endif
