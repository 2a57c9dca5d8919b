/*
 * Where a file is cut into chunks.
 *
 * Gear: h = (h << 1) + T[byte]; a byte is a *candidate* when, with it, the top
 * 15 bits of h are zero. As 64 shifts push everything older out, that depends
 * on the 64 bytes up to it only: candidates of different windows of a file can
 * be found in parallel (mvc_gear_scan), and the cuts are then chosen from them
 * in order (mvc_cutter_feed), which costs next to nothing.
 *
 * Cuts: a chunk ends after the first candidate at which it is MVC_CHUNK_MIN
 * bytes or longer, at MVC_CHUNK_MAX at the latest. In a span of a tensor layout
 * (chunk/layout.h) cuts fall at its start, every MVC_CHUNK_ALIGNED bytes from
 * there and at its end, and Gear starts anew after it.
 * Source: Xia et al., "FastCDC", USENIX ATC 2016, without its normalisation.
 */
#ifndef MVC_CHUNK_CUTTER_H
#define MVC_CHUNK_CUTTER_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MVC_CHUNK_MIN (UINT32_C(32) << 10)
#define MVC_CHUNK_MAX (UINT32_C(256) << 10)
#define MVC_CHUNK_ALIGNED (UINT32_C(128) << 10)
#define MVC_GEAR_WINDOW 64

struct mvc_layout;

struct mvc_gear {
	uint64_t t[256];
};

/* T[i]: bytes 8i..8i+7, little-endian, of BLAKE3 derive-key "mvc gear 1". */
void mvc_gear_init(struct mvc_gear *g);

/* A growing list of file offsets. */
struct mvc_offsets {
	uint64_t *at;
	size_t n, cap;
};
void mvc_offsets_release(struct mvc_offsets *o);

/*
 * Append the candidates among n bytes at p, as offsets of the byte after each;
 * `off` is the file offset of p[0]. The `before` bytes in front of p (at
 * p - before, at most MVC_GEAR_WINDOW - 1 are used) are the file's too; with
 * fewer than 63 of them the first candidates may differ from those of a scan
 * that had them, which matters only within MVC_CHUNK_MIN of the file's start.
 */
int mvc_gear_scan(const struct mvc_gear *g, struct mvc_offsets *out,
    const uint8_t *p, size_t before, size_t n, uint64_t off) MVC_MUST;

/* Whether any byte in [off, off + n) needs a gear scan under this layout. */
bool mvc_cutter_needs_gear(
    const struct mvc_layout *layout, uint64_t off, uint64_t n);

struct mvc_cutter {
	const struct mvc_layout *layout; /* borrowed; may be NULL */
	uint64_t start; /* of the chunk being made */
	size_t span; /* first span not passed yet */
};

void mvc_cutter_init(struct mvc_cutter *c, const struct mvc_layout *layout);

/*
 * Given all candidates in (start, upto] in ascending order (older ones are
 * skipped), append to cuts the ends of all chunks that are certain to end at
 * or before `upto`; with `last`, upto is the file's end and becomes the last
 * cut. Candidates inside layout spans are ignored. What lies between the last
 * cut and upto must be shown again with the next call's candidates: callers
 * keep the candidates past c->start.
 */
int mvc_cutter_feed(struct mvc_cutter *c, struct mvc_offsets *cuts,
    const struct mvc_offsets *candidates, uint64_t upto, bool last) MVC_MUST;

/* All cuts of a file in memory (the simple, serial use of the above). */
int mvc_cut_all(const struct mvc_gear *g, const struct mvc_layout *layout,
    struct mvc_offsets *cuts, const uint8_t *p, size_t n) MVC_MUST;

#endif
