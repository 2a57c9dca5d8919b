/*
 * struct mvc_packdisk: the threads that write packs.
 *
 *     packer ──► piece, piece, end ──► pieces: two at a time, in any order
 *                                  └─► end: after all that came before it
 *
 * Whoever fills packs does not wait for the disk, and the disk, which is faster
 * with two writes under way, does not wait for the next piece. Of one thread at
 * a time; errors come out of later calls, as in util/flow.h.
 */
#ifndef MVC_STORE_PACKDISK_H
#define MVC_STORE_PACKDISK_H

#include "util/own.h"
#include "util/error.h"

#include <stdint.h>

/* The bytes of a piece; pieces lie on a page, in memory and in the file. */
#define MVC_PACKDISK_PIECE ((size_t)4 << 20)

struct mvc_packdisk;

int mvc_packdisk_new(struct mvc_packdisk **out) MVC_MUST;
/* What was not written is dropped. */
void mvc_packdisk_free(struct mvc_packdisk *d);
MVC_OWN_DEFINE(mvc_packdisk)

/* Memory for a piece, given back by mvc_packdisk_write or with free(). */
int mvc_packdisk_buffer(uint8_t **out, struct mvc_packdisk *d) MVC_MUST;

/* Write a full piece to an open file at `at`; *p is taken, and replaced by
 * another buffer. The file and its name stay until an end that comes later is
 * dropped. */
int mvc_packdisk_write(struct mvc_packdisk *d, int fd, const char *name,
    uint64_t at, uint8_t **p) MVC_MUST;

/* Call finish(arg) once all that came before is written, then drop(arg); only
 * drop(arg) after an error. */
int mvc_packdisk_end(struct mvc_packdisk *d, int (*finish)(void *arg),
    void (*drop)(void *arg), void *arg) MVC_MUST;

/* Until all is written and ended. */
int mvc_packdisk_wait(struct mvc_packdisk *d) MVC_MUST;

#endif
