/* Numbers taken apart into lanes of bytes, and put together again. */
#ifndef MVC_CHUNK_LANES_H
#define MVC_CHUNK_LANES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Split q numbers of `width` (2 or 4) bytes: lanes[k] gets byte k of each, q
 * bytes. The buffers do not overlap.
 */
void mvc_lanes_split(
    uint8_t *const *lanes, const uint8_t *p, size_t q, unsigned width);
/* The inverse. */
void mvc_lanes_merge(
    uint8_t *p, const uint8_t *const *lanes, size_t q, unsigned width);

#endif
