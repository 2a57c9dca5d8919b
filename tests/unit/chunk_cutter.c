#include "chunk/cutter.h"

#include "chunk/layout.h"
#include "hash/digest.h"
#include "scratch.h"
#include "util/bytes.h"

#include <criterion/criterion.h>

#define SIZE (3u << 20)

static struct mvc_gear gear;
static uint8_t *data;

static void
setup(void)
{
	mvc_gear_init(&gear);
	data = malloc(SIZE);
	cr_assert_not_null(data);
	scratch_noise(data, SIZE, 1);
}

static void
teardown(void)
{
	free(data);
}

/* The definition, byte by byte: the 64 bytes up to and with p[i]. */
static bool
is_candidate(const uint8_t *p, size_t i)
{
	uint64_t h = 0;
	size_t k;

	for (k = i < 63 ? 0 : i - 63; k <= i; k++)
		h = (h << 1) + gear.t[p[k]];
	return h >> 49 == 0;
}

/* The chunker as DESIGN has it, for a gap [from, to). */
static void
naive_gap(struct mvc_offsets *cuts, const uint8_t *p, size_t from, size_t to)
{
	size_t i, len;

	for (i = from; i < to; i++) {
		len = i + 1 - from;
		if (i + 1 == to || len == MVC_CHUNK_MAX ||
		    (len >= MVC_CHUNK_MIN && is_candidate(p, i))) {
			cuts->at[cuts->n++] = i + 1;
			from = i + 1;
		}
	}
}

static void
naive_cuts(struct mvc_offsets *cuts, const struct mvc_layout *l,
    const uint8_t *p, size_t n)
{
	size_t i, at = 0, end;

	cuts->n = 0;
	for (i = 0; l && i < l->n; i++) {
		naive_gap(cuts, p, at, l->spans[i].off);
		at = l->spans[i].off;
		end = at + l->spans[i].len;
		while (at < end) {
			at += end - at < MVC_CHUNK_ALIGNED ? end - at
							   : MVC_CHUNK_ALIGNED;
			cuts->at[cuts->n++] = at;
		}
	}
	naive_gap(cuts, p, at, n);
}

static void
assert_same(const struct mvc_offsets *a, const struct mvc_offsets *b)
{
	size_t i;

	cr_assert_eq(a->n, b->n, "%zu and %zu offsets", a->n, b->n);
	for (i = 0; i < a->n; i++)
		cr_assert_eq(a->at[i], b->at[i], "offset %zu: %ju, %ju", i,
		    (uintmax_t)a->at[i], (uintmax_t)b->at[i]);
}

/* A reproducible choice in [0, below). */
static size_t
pick(uint64_t *state, size_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (size_t)((*state >> 33) % below);
}

Test(chunk_cutter, gear_table_is_the_one_that_the_format_fixes)
{
	struct mvc_gear g;
	struct mvc_oid oid;
	uint8_t raw[8 * 256];
	size_t i;

	mvc_gear_init(&g);
	cr_assert_eq(
	    g.t[0], UINT64_C(0x058327c2fb6fba2c), "%016jx", (uintmax_t)g.t[0]);
	cr_assert_eq(
	    g.t[1], UINT64_C(0xd5c5a3811b34cde0), "%016jx", (uintmax_t)g.t[1]);
	cr_assert_eq(g.t[255], UINT64_C(0x737ed735316401bc), "%016jx",
	    (uintmax_t)g.t[255]);
	for (i = 0; i < 256; i++)
		mvc_put64(raw + 8 * i, g.t[i]);
	mvc_blake3(&oid, raw, sizeof(raw));
	cr_assert_str_eq(mvc_oid_hex(&oid).s,
	    "fdb2c1bb58c95d69669a242e02d1ceda215b7b03fb62a538ace5d7525ee642bf");
}

/* x = 1; then x ^= x << 13, x ^= x >> 7, x ^= x << 17, stored little-endian:
 * a buffer that anybody can make again. */
static void
xorshift_fill(uint8_t *p, size_t n)
{
	uint64_t x = 1;
	size_t i;

	for (i = 0; i + 8 <= n; i += 8) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		mvc_put64(p + i, x);
	}
}

Test(chunk_cutter, cuts_of_a_fixed_buffer_never_change, .init = setup,
    .fini = teardown)
{
	static const uint64_t gold[] = {39912, 85202, 135815, 172862, 231286,
	    353796, 441259, 534869, 623580, 682157, 723368, 759974, 798087,
	    877664, 947976, 981946, 1026677, 1048576};
	MVC_SCOPED(mvc_offsets) cuts = {0};
	size_t i;

	xorshift_fill(data, 1u << 20);
	cr_assert_eq(mvc_cut_all(&gear, NULL, &cuts, data, 1u << 20), 0);
	for (i = 0; i < cuts.n; i++)
		cr_assert_eq(cuts.at[i], i < sizeof(gold) / 8 ? gold[i] : 0,
		    "cut %zu is %ju", i, (uintmax_t)cuts.at[i]);
	cr_assert_eq(cuts.n, sizeof(gold) / sizeof(gold[0]));
}

Test(chunk_cutter, scan_finds_what_the_definition_finds_in_any_window,
    .init = setup, .fini = teardown)
{
	MVC_SCOPED(mvc_offsets) seen = {0}, all = {0};
	uint64_t seed = 7;
	size_t i, k, from, n;

	all.at = malloc(SIZE * sizeof(*all.at));
	for (i = 63; i < SIZE; i++)
		if (is_candidate(data, i))
			all.at[all.n++] = i + 1;
	cr_assert_gt(all.n, 50);
	for (k = 0; k < 50; k++) {
		from = 63 + pick(&seed, 100000);
		seen.n = 0;
		for (i = from; i < SIZE; i += n) {
			n = pick(&seed, k % 2 ? 400000 : 5000);
			if (n > SIZE - i)
				n = SIZE - i;
			cr_assert_eq(mvc_gear_scan(&gear, &seen, data + i,
					 pick(&seed, i - 62) + 63, n, i),
			    0);
		}
		for (i = 0; i < all.n && all.at[i] <= from; i++)
			;
		assert_same(&seen,
		    &(struct mvc_offsets){.at = all.at + i, .n = all.n - i});
	}
}

Test(chunk_cutter, cuts_are_those_of_the_definition, .init = setup,
    .fini = teardown)
{
	static const size_t sizes[] = {0, 1, 63, 64, MVC_CHUNK_MIN - 1,
	    MVC_CHUNK_MIN, MVC_CHUNK_MIN + 1, 100000, SIZE};
	MVC_SCOPED(mvc_offsets) cuts = {0}, naive = {0};
	size_t i;

	naive.at = malloc(SIZE * sizeof(*naive.at));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		cuts.n = 0;
		naive_cuts(&naive, NULL, data, sizes[i]);
		cr_assert_eq(
		    mvc_cut_all(&gear, NULL, &cuts, data, sizes[i]), 0);
		assert_same(&cuts, &naive);
	}
}

Test(chunk_cutter, lengths_stay_between_minimum_and_maximum, .init = setup,
    .fini = teardown)
{
	MVC_SCOPED(mvc_offsets) cuts = {0};
	uint64_t len, start = 0;
	size_t i;

	/* No candidates at all in a constant half. */
	memset(data, 'x', SIZE / 2);
	cr_assert_eq(mvc_cut_all(&gear, NULL, &cuts, data, SIZE), 0);
	for (i = 0; i < cuts.n; i++) {
		len = cuts.at[i] - start;
		cr_assert_leq(len, MVC_CHUNK_MAX);
		cr_assert(i + 1 == cuts.n || len >= MVC_CHUNK_MIN);
		cr_assert(
		    i >= SIZE / 2 / MVC_CHUNK_MAX || len == MVC_CHUNK_MAX);
		start = cuts.at[i];
	}
	cr_assert_eq(start, SIZE);
}

static struct mvc_span spans[] = {
    {100, 300000, 2}, {300100, 262144, 4}, /* adjacent */
    {562244 + 500, 262145, 1}, /* after a short gap */
    {824889 + 200000, 2 * 262144 + 7, 2}, /* after one with cuts */
    {SIZE - 262144 - 3, 262144, 2}, /* near the end */
};
static const struct mvc_layout layout = {spans, 5, 5};

/* Candidates and cuts found window by window, as the parallel reader does. */
static void
cut_windows(struct mvc_offsets *cuts, const struct mvc_layout *l,
    uint64_t *seed, size_t widest)
{
	MVC_SCOPED(mvc_offsets) seen = {0};
	struct mvc_cutter c;
	size_t at, n;

	cuts->n = 0;
	mvc_cutter_init(&c, l);
	for (at = 0; at < SIZE; at += n) {
		n = 1 + pick(seed, widest);
		if (n > SIZE - at)
			n = SIZE - at;
		if (mvc_cutter_needs_gear(l, at, n))
			cr_assert_eq(
			    mvc_gear_scan(&gear, &seen, data + at, at, n, at),
			    0);
		cr_assert_eq(
		    mvc_cutter_feed(&c, cuts, &seen, at + n, at + n == SIZE),
		    0);
	}
}

Test(chunk_cutter, cuts_do_not_depend_on_how_the_file_is_windowed,
    .init = setup, .fini = teardown)
{
	MVC_SCOPED(mvc_offsets) cuts = {0}, naive = {0};
	const struct mvc_layout *l;
	uint64_t seed = 3;
	size_t k;

	naive.at = malloc(SIZE * sizeof(*naive.at));
	for (k = 0; k < 40; k++) {
		l = k % 2 ? &layout : NULL;
		naive_cuts(&naive, l, data, SIZE);
		cut_windows(&cuts, l, &seed, k < 20 ? 20000 : 900000);
		assert_same(&cuts, &naive);
	}
}

Test(chunk_cutter, tensors_are_cut_at_aligned_places, .init = setup,
    .fini = teardown)
{
	MVC_SCOPED(mvc_offsets) cuts = {0}, naive = {0};
	size_t i, s = 0;

	naive.at = malloc(SIZE * sizeof(*naive.at));
	naive_cuts(&naive, &layout, data, SIZE);
	cr_assert_eq(mvc_cut_all(&gear, &layout, &cuts, data, SIZE), 0);
	assert_same(&cuts, &naive);
	for (i = 0; i < cuts.n && s < layout.n; i++)
		if (cuts.at[i] == spans[s].off) {
			cr_assert_eq(
			    cuts.at[i + 1], spans[s].off + MVC_CHUNK_ALIGNED);
			s++;
		}
	cr_assert_eq(s, layout.n);
}

Test(chunk_cutter, gear_is_needed_outside_of_spans_only)
{
	cr_assert(mvc_cutter_needs_gear(NULL, 0, 1));
	cr_assert_not(mvc_cutter_needs_gear(NULL, 0, 0));
	cr_assert(mvc_cutter_needs_gear(&layout, 0, 101));
	cr_assert(mvc_cutter_needs_gear(&layout, 99, 1));
	cr_assert_not(mvc_cutter_needs_gear(&layout, 100, 300000));
	cr_assert_not(mvc_cutter_needs_gear(&layout, 100, 300000 + 262144));
	cr_assert(mvc_cutter_needs_gear(&layout, 100, 300001 + 262144));
	cr_assert_not(mvc_cutter_needs_gear(&layout, SIZE - 4, 1));
	cr_assert(mvc_cutter_needs_gear(&layout, SIZE - 3, 3));
}

Test(chunk_cutter, an_insertion_moves_few_cuts, .init = setup, .fini = teardown)
{
	MVC_SCOPED(mvc_offsets) a = {0}, b = {0};
	size_t i, k, same = 0;

	cr_assert_eq(mvc_cut_all(&gear, NULL, &a, data, SIZE - 10), 0);
	memmove(data + 500010, data + 500000, SIZE - 500010);
	cr_assert_eq(mvc_cut_all(&gear, NULL, &b, data, SIZE), 0);
	for (i = 0, k = 0; i < a.n; i++) {
		uint64_t want = a.at[i] + (a.at[i] > 500000 ? 10 : 0);

		while (k < b.n && b.at[k] < want)
			k++;
		same += k < b.n && b.at[k] == want;
	}
	cr_assert_geq(same + 4, a.n, "%zu of %zu", same, a.n);
}
