/*
 * Where the large tensors of a model file lie: safetensors, GGUF, npy.
 *
 * Only headers are parsed, from hostile bytes; nothing is ever unpickled. A
 * file that is not exactly of a known layout has none (that is no error): its
 * cuts are then found by Gear alone.
 */
#ifndef MVC_CHUNK_LAYOUT_H
#define MVC_CHUNK_LAYOUT_H

#include "util/error.h"
#include "util/own.h"

#include <stddef.h>
#include <stdint.h>

/* Tensors below this are left to Gear. */
#define MVC_LAYOUT_MIN (UINT32_C(256) << 10)
/* Headers longer than this have no layout. */
#define MVC_LAYOUT_HEAD_MAX (UINT32_C(16) << 20)
/* What mvc_layout_parse wants to see first. */
#define MVC_LAYOUT_PROBE 64

struct mvc_span {
	uint64_t off, len; /* bytes of the file; len >= MVC_LAYOUT_MIN */
	uint8_t width; /* of its numbers: 2, 4, or 1 for any other */
};

/* Ascending, disjoint spans inside the file. */
struct mvc_layout {
	struct mvc_span *spans;
	size_t n, cap;
};

/*
 * Look at the first `have` bytes of a file of `size` bytes. *need is how many
 * bytes of the head are needed to go on (call again with them, or with the
 * whole file if it is shorter), 0 when done. When done *out is the layout, or
 * NULL for none. MVC_ENOMEM is the only failure.
 */
int mvc_layout_parse(struct mvc_layout **out, size_t *need, const uint8_t *head,
    size_t have, uint64_t size) MVC_MUST;
void mvc_layout_free(struct mvc_layout *l);
MVC_OWN_DEFINE(mvc_layout)

/* The width of the numbers at off, 0 when no span covers it. */
unsigned mvc_layout_width(const struct mvc_layout *l, uint64_t off);

#endif
