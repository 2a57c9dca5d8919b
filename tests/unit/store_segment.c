#include "scratch.h"

#include "hash/digest.h"
#include "store/format.h"
#include "store/segment.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N 1030 /* two blocks */
#define PACK_SIZE 100000
#define CHECKS_AT (MVC_SEGMENT_HEAD + MVC_SEGMENT_PACK)
#define ENTRIES_AT (CHECKS_AT + 2 * 16)
#define SIZE (ENTRIES_AT + N * MVC_SEGMENT_ENTRY)

static uint8_t seg[SIZE];

static void
put_checks(void)
{
	uint8_t *e = seg + ENTRIES_AT;

	mvc_blake3_128(seg + CHECKS_AT, e, 1024 * MVC_SEGMENT_ENTRY);
	mvc_blake3_128(seg + CHECKS_AT + 16, e + 1024 * MVC_SEGMENT_ENTRY,
	    (N - 1024) * MVC_SEGMENT_ENTRY);
}

static uint8_t *
entry(unsigned i)
{
	return seg + ENTRIES_AT + i * MVC_SEGMENT_ENTRY;
}

/* N chunks in one pack, their ids ascending. */
static void
make(void)
{
	memset(seg, 0, sizeof(seg));
	memcpy(seg, MVC_SEGMENT_MAGIC, 8);
	mvc_put32(seg + 8, 1);
	mvc_put64(seg + 24, N);
	memset(seg + MVC_SEGMENT_HEAD, 0xaa, 32);
	mvc_put64(seg + MVC_SEGMENT_HEAD + 32, PACK_SIZE);
	for (unsigned i = 0; i < N; i++) {
		uint8_t *p = entry(i);

		p[0] = (uint8_t)(i >> 8);
		p[1] = (uint8_t)i;
		mvc_put64(p + 36, 8 + i);
		mvc_put32(p + 44, 1);
		mvc_put32(p + 48, 1);
	}
	put_checks();
}

static void
refuses(size_t n, int code, const char *says)
{
	struct mvc_segment *s;

	cr_assert_eq(mvc_segment_parse(&s, seg, n), code, "%zu", n);
	cr_assert_null(s);
	cr_assert_not_null(
	    strstr(mvc_error_text(), says), "%s", mvc_error_text());
}

Test(store_segment, every_entry_is_found, .init = make)
{
	struct mvc_segment_entry e;
	struct mvc_segment *s;
	uint64_t at;

	cr_assert_eq(mvc_segment_parse(&s, seg, SIZE), 0);
	cr_assert_eq(mvc_segment_verify(s), 0, "%s", mvc_error_text());
	for (unsigned i = 0; i < N; i++) {
		cr_assert_eq(mvc_segment_at(s, i, &e), 0);
		cr_assert_eq(mvc_segment_lower(s, MVC_CHUNK, &e.id, &at), 0);
		cr_assert_eq(at, i);
	}
	mvc_segment_free(s);
}

Test(store_segment, any_other_length_is_refused, .init = make)
{
	for (size_t n = 0; n < SIZE; n += n < 200 ? 1 : 97)
		refuses(n, MVC_ECORRUPT, "it ");
}

Test(store_segment, heads_that_lie_are_refused, .init = make)
{
	seg[0] = 'm';
	refuses(SIZE, MVC_ECORRUPT, "no segment");
	make();
	seg[7] = 2;
	refuses(SIZE, MVC_EVERSION, "later version");
	make();
	mvc_put64(seg + 24, UINT64_C(1) << 63);
	refuses(SIZE, MVC_ECORRUPT, "cut short");
	make();
	/* Counts whose sum wraps to what is there. */
	mvc_put64(seg + 24, UINT64_MAX);
	mvc_put64(seg + 32, N + 1);
	refuses(SIZE, MVC_ECORRUPT, "cut short");
	make();
	mvc_put32(seg + 8, UINT32_MAX);
	refuses(SIZE, MVC_ECORRUPT, "wrong length");
	make();
	mvc_put32(seg + 12, UINT32_MAX);
	refuses(SIZE, MVC_ECORRUPT, "wrong length");
}

/* Change an entry by fn, with right checks: what reading it says. */
static int
read_changed(size_t at, uint64_t value, unsigned bytes)
{
	struct mvc_segment_entry e;
	struct mvc_segment *s;
	int err;

	make();
	for (unsigned i = 0; i < bytes; i++)
		entry(5)[at + i] = (uint8_t)(value >> 8 * i);
	put_checks();
	cr_assert_eq(mvc_segment_parse(&s, seg, SIZE), 0);
	err = mvc_segment_at(s, 5, &e);
	mvc_segment_free(s);
	return err;
}

Test(store_segment, entries_outside_their_pack_are_refused)
{
	cr_assert_eq(read_changed(32, 0, 4), 0);
	cr_assert_eq(read_changed(32, 1, 4), MVC_ECORRUPT, "no such pack");
	cr_assert_eq(read_changed(36, PACK_SIZE - 1, 8), 0);
	cr_assert_eq(read_changed(36, PACK_SIZE, 8), MVC_ECORRUPT);
	cr_assert_eq(read_changed(36, UINT64_MAX, 8), MVC_ECORRUPT);
	cr_assert_eq(read_changed(36, 0, 8), MVC_ECORRUPT, "in the header");
	cr_assert_eq(read_changed(44, 0, 4), MVC_ECORRUPT);
	cr_assert_eq(read_changed(44, UINT32_MAX, 4), MVC_ECORRUPT);
	cr_assert_eq(read_changed(48, (32 << 20) + 1, 4), MVC_ECORRUPT);
}

Test(store_segment, a_damaged_block_is_not_read, .init = make)
{
	struct mvc_segment_entry e;
	struct mvc_segment *s;
	uint64_t at;

	entry(1026)[36] ^= 1;
	cr_assert_eq(mvc_segment_parse(&s, seg, SIZE), 0);
	cr_assert_eq(mvc_segment_at(s, 3, &e), 0, "the other block is good");
	cr_assert_eq(mvc_segment_at(s, 1026, &e), MVC_ECORRUPT);
	memcpy(e.id.b, entry(1027), 32);
	cr_assert_eq(mvc_segment_lower(s, MVC_CHUNK, &e.id, &at), MVC_ECORRUPT);
	cr_assert_eq(mvc_segment_verify(s), MVC_ECORRUPT);
	mvc_segment_free(s);
}

Test(store_segment, entries_out_of_order_are_damage, .init = make)
{
	struct mvc_segment *s;

	entry(700)[0] = 0;
	put_checks();
	cr_assert_eq(mvc_segment_parse(&s, seg, SIZE), 0);
	cr_assert_eq(mvc_segment_verify(s), MVC_ECORRUPT);
	cr_assert_not_null(strstr(mvc_error_text(), "order"));
	mvc_segment_free(s);
}
