/*
 * Design.
 *
 * Scan: Gear is a chain of dependent additions, so one stream waits for its
 * own latency. A window is taken in blocks of STREAMS * RUN bytes; the streams
 * walk the runs of a block side by side, each warmed up on the 63 bytes before
 * its run. Hits are rare (one in 2^15) and are set in a bitmap of the block,
 * which gives them back in order.
 *
 * Choice: the file is a row of regions, spans of the layout and the gaps
 * between them, which Gear cuts. A cut of a gap is the first candidate from
 * start + MIN, at the latest start + MAX or the gap's end.
 */
#include "chunk/cutter.h"

#include "chunk/layout.h"
#include "hash/digest.h"
#include "util/bytes.h"

#include "util/banned.h"

/* 15 zero bits at the top: h is below this. 2^15 bytes past MIN on average. */
#define GEAR_LIMIT (UINT64_C(1) << (64 - 15))

#define STREAMS 4
/* Long enough that warming up costs 2 %, short enough for a step of a cut. */
#define RUN 4096
#define BLOCK (STREAMS * RUN)

/* How much mvc_cut_all scans at once; a candidate comes after 32 KiB. */
#define CUT_STEP BLOCK

void
mvc_gear_init(struct mvc_gear *g)
{
	uint8_t raw[sizeof(g->t)];
	size_t i;

	mvc_blake3_derive_long(raw, sizeof(raw), "mvc gear 1", "", 0);
	for (i = 0; i < 256; i++)
		g->t[i] = mvc_get64(raw + 8 * i);
}

void
mvc_offsets_release(struct mvc_offsets *o)
{
	free(o->at);
	*o = (struct mvc_offsets){0};
}

static int
offsets_add(struct mvc_offsets *o, uint64_t at)
{
	size_t cap;
	uint64_t *p;

	if (o->n == o->cap) {
		cap = o->cap ? o->cap * 2 : 64;
		p = reallocarray(o->at, cap, sizeof(*p));
		if (!p)
			return mvc_fail(
			    MVC_ENOMEM, "no memory for %zu cuts", cap);
		o->at = p;
		o->cap = cap;
	}
	o->at[o->n++] = at;
	return MVC_OK;
}

/* The state after the bytes that the first candidate at p depends on. */
static uint64_t
gear_warm(const struct mvc_gear *g, const uint8_t *p, size_t before)
{
	uint64_t h = 0;
	size_t i, n = before;

	if (n > MVC_GEAR_WINDOW - 1)
		n = MVC_GEAR_WINDOW - 1;
	for (i = 0; i < n; i++)
		h = (h << 1) + g->t[p[i - n]];
	return h;
}

static inline void
mark(uint64_t *bits, size_t at)
{
	bits[at / 64] |= UINT64_C(1) << (at % 64);
}

#define STEP(s, i)                                  \
	h[s] = (h[s] << 1) + t[p[(s)*RUN + (i)]];   \
	if (__builtin_expect(h[s] < GEAR_LIMIT, 0)) \
		mark(bits, (s)*RUN + (i));

/* Mark the candidates of one whole block. */
static void
scan_block(
    const struct mvc_gear *g, uint64_t *bits, const uint8_t *p, size_t before)
{
	const uint64_t *t = g->t;
	uint64_t h[STREAMS];
	size_t i, s;

	for (s = 0; s < STREAMS; s++)
		h[s] = gear_warm(g, p + s * RUN, before + s * RUN);
	for (i = 0; i < RUN; i += 2) {
		STEP(0, i)
		STEP(1, i)
		STEP(2, i)
		STEP(3, i)
		STEP(0, i + 1)
		STEP(1, i + 1)
		STEP(2, i + 1)
		STEP(3, i + 1)
	}
}

static int
add_marked(struct mvc_offsets *out, const uint64_t *bits, uint64_t off)
{
	size_t i;
	uint64_t w;
	int err;

	for (i = 0; i < BLOCK / 64; i++)
		for (w = bits[i]; w; w &= w - 1) {
			err = offsets_add(
			    out, off + i * 64 + (size_t)__builtin_ctzll(w) + 1);
			if (err)
				return err;
		}
	return MVC_OK;
}

/* What is shorter than a block. */
static int
scan_rest(const struct mvc_gear *g, struct mvc_offsets *out, const uint8_t *p,
    size_t before, size_t n, uint64_t off)
{
	uint64_t h = gear_warm(g, p, before);
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		h = (h << 1) + g->t[p[i]];
		if (h >= GEAR_LIMIT)
			continue;
		err = offsets_add(out, off + i + 1);
		if (err)
			return err;
	}
	return MVC_OK;
}

int
mvc_gear_scan(const struct mvc_gear *g, struct mvc_offsets *out,
    const uint8_t *p, size_t before, size_t n, uint64_t off)
{
	uint64_t bits[BLOCK / 64];
	size_t i;
	int err;

	for (i = 0; n - i >= BLOCK; i += BLOCK) {
		memset(bits, 0, sizeof(bits));
		scan_block(g, bits, p + i, before + i);
		err = add_marked(out, bits, off + i);
		if (err)
			return err;
	}
	return scan_rest(g, out, p + i, before + i, n - i, off + i);
}

/* The first span that ends after off, l->n when there is none. */
static size_t
span_after(const struct mvc_layout *l, uint64_t off)
{
	size_t lo = 0, hi = l->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->spans[mid].off + l->spans[mid].len > off)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

bool
mvc_cutter_needs_gear(const struct mvc_layout *layout, uint64_t off, uint64_t n)
{
	const struct mvc_span *s;
	size_t i;

	if (!layout)
		return n > 0;
	for (i = span_after(layout, off); n > 0 && i < layout->n; i++) {
		s = &layout->spans[i];
		if (s->off > off)
			return true;
		if (s->off + s->len - off >= n)
			return false;
		n -= s->off + s->len - off;
		off = s->off + s->len;
	}
	return n > 0;
}

void
mvc_cutter_init(struct mvc_cutter *c, const struct mvc_layout *layout)
{
	*c = (struct mvc_cutter){.layout = layout};
}

/* The region that c->start is in: its end, and whether it is a span's. */
static uint64_t
region_end(struct mvc_cutter *c, bool *span)
{
	const struct mvc_layout *l = c->layout;
	const struct mvc_span *s;

	*span = false;
	if (!l)
		return UINT64_MAX;
	while (c->span < l->n &&
	    c->start >= l->spans[c->span].off + l->spans[c->span].len)
		c->span++;
	if (c->span == l->n)
		return UINT64_MAX;
	s = &l->spans[c->span];
	*span = c->start >= s->off;
	return *span ? s->off + s->len : s->off;
}

/* The index of the first candidate at or past `at`, from index i on. */
static size_t
candidate_from(const struct mvc_offsets *o, size_t i, uint64_t at)
{
	size_t hi = o->n, mid;

	while (i < hi) {
		mid = i + (hi - i) / 2;
		if (o->at[mid] >= at)
			hi = mid;
		else
			i = mid + 1;
	}
	return i;
}

static uint64_t
min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Where the chunk at c->start ends, by the candidates from index *i on. */
static uint64_t
next_cut(struct mvc_cutter *c, const struct mvc_offsets *candidates, size_t *i)
{
	bool span;
	uint64_t end = region_end(c, &span);

	if (span)
		return min64(end, c->start + MVC_CHUNK_ALIGNED);
	end = min64(end, c->start + MVC_CHUNK_MAX);
	*i = candidate_from(candidates, *i, c->start + MVC_CHUNK_MIN);
	return *i < candidates->n ? min64(end, candidates->at[*i]) : end;
}

int
mvc_cutter_feed(struct mvc_cutter *c, struct mvc_offsets *cuts,
    const struct mvc_offsets *candidates, uint64_t upto, bool last)
{
	uint64_t cut;
	size_t i = 0;
	int err;

	while (c->start < upto) {
		cut = next_cut(c, candidates, &i);
		if (cut > upto) {
			if (!last)
				break;
			cut = upto;
		}
		err = offsets_add(cuts, cut);
		if (err)
			return err;
		c->start = cut;
	}
	return MVC_OK;
}

/*
 * The next step of a serial scan past `at`: skip what cannot be a cut of the
 * chunk being made, so that about half of all bytes are never looked at.
 */
static uint64_t
next_look(struct mvc_cutter *c, uint64_t at, uint64_t n, uint64_t *upto)
{
	bool span;
	uint64_t end = min64(region_end(c, &span), n);

	if (span) {
		*upto = end;
		return end;
	}
	if (at < c->start + MVC_CHUNK_MIN - 1)
		at = min64(c->start + MVC_CHUNK_MIN - 1, end);
	*upto = min64(at + CUT_STEP, end);
	return at;
}

int
mvc_cut_all(const struct mvc_gear *g, const struct mvc_layout *layout,
    struct mvc_offsets *cuts, const uint8_t *p, size_t n)
{
	MVC_SCOPED(mvc_offsets) seen = {0};
	struct mvc_cutter c;
	uint64_t at, upto = 0;
	int err;

	mvc_cutter_init(&c, layout);
	while (upto < n) {
		at = next_look(&c, upto, n, &upto);
		err = mvc_gear_scan(g, &seen, p + at, at, upto - at, at);
		if (!err)
			err = mvc_cutter_feed(&c, cuts, &seen, upto, upto == n);
		if (err)
			return err;
	}
	return MVC_OK;
}
