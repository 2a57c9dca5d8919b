#include "chunk/codec.h"
#include "chunk/cutter.h"
#include "hash/digest.h"
#include "memory_store.h"
#include "object/recipe.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct memory_store store;

static void
enter(void)
{
	memory_store_init(&store);
}

static void
leave(void)
{
	memory_store_release(&store);
}

static struct mvc_oid
chunk_id(uint32_t i)
{
	struct mvc_oid id;
	uint8_t b[4];

	mvc_put32(b, i);
	mvc_blake3(&id, b, sizeof(b));
	return id;
}

/* A file of n chunks from number `first`; chunk i has 1 + i % 1000 bytes. */
static struct mvc_oid
build(uint32_t first, uint32_t n)
{
	MVC_OWN(mvc_recipe_builder) *b = NULL;
	struct mvc_oid file;

	mvc_blake3(&file, &n, sizeof(n));
	cr_assert_eq(mvc_recipe_builder_new(&b, &store.sink), 0);
	for (uint32_t i = first; i < first + n; i++) {
		struct mvc_oid id = chunk_id(i);

		cr_assert_eq(mvc_recipe_builder_add(b, &id, 1 + i % 1000), 0);
	}
	cr_assert_eq(mvc_recipe_builder_finish(b, &file), 0);
	return file;
}

struct seen {
	uint32_t next; /* the chunk expected */
	uint64_t off;
	uint32_t stop; /* before this one */
};

static int
see(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct seen *s = arg;
	struct mvc_oid want = chunk_id(s->next);

	if (s->next == s->stop)
		return 7;
	cr_assert(mvc_oid_eq(chunk, &want));
	cr_assert_eq(len, 1 + s->next % 1000);
	cr_assert_eq(off, s->off);
	s->next++;
	s->off += len;
	return 0;
}

static uint64_t
offset_of(uint32_t chunk)
{
	uint64_t off = 0;

	for (uint32_t i = 0; i < chunk; i++)
		off += 1 + i % 1000;
	return off;
}

static void
assert_range(const struct mvc_oid *file, uint32_t from, uint32_t to)
{
	struct seen s = {from, offset_of(from), UINT32_MAX};
	uint64_t off = s.off + from % 1000; /* the last byte of the first */

	cr_assert_eq(mvc_recipe_chunks(&store.source, file, off,
			 offset_of(to) - off, see, &s),
	    0);
	cr_assert_eq(s.next, to);
}

Test(object_recipe, all_chunks_come_back_in_order_at_every_size, .init = enter,
    .fini = leave)
{
	static const uint32_t sizes[] = {1, 2, 63, 64, 65, 600, 3000, 200000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct mvc_oid file = build(0, sizes[i]);
		struct seen s = {0, 0, UINT32_MAX};

		cr_assert_eq(mvc_recipe_chunks(
				 &store.source, &file, 0, UINT64_MAX, see, &s),
		    0);
		cr_assert_eq(s.next, sizes[i]);
	}
}

Test(object_recipe, a_range_reads_few_parts, .init = enter, .fini = leave)
{
	struct mvc_oid file = build(0, 200000);

	assert_range(&file, 0, 200000);
	store.gets = 0;
	assert_range(&file, 0, 1);
	assert_range(&file, 77777, 77778);
	assert_range(&file, 199999, 200000);
	assert_range(&file, 4321, 4500);
	cr_assert_leq(store.gets, 4 * 5);
	assert_range(&file, 1000, 60000);
}

Test(object_recipe, what_is_behind_the_end_is_left_out, .init = enter,
    .fini = leave)
{
	struct mvc_oid file = build(0, 500);
	struct seen s = {0, 0, UINT32_MAX};

	cr_assert_eq(mvc_recipe_chunks(
			 &store.source, &file, offset_of(500), 10, see, &s),
	    0);
	cr_assert_eq(mvc_recipe_chunks(
			 &store.source, &file, UINT64_MAX, UINT64_MAX, see, &s),
	    0);
	cr_assert_eq(mvc_recipe_chunks(&store.source, &file, 5, 0, see, &s), 0);
	cr_assert_eq(s.next, 0);
}

Test(object_recipe, a_nonzero_result_stops_it, .init = enter, .fini = leave)
{
	struct mvc_oid file = build(0, 5000);
	struct seen s = {0, 0, 4000};

	cr_assert_eq(
	    mvc_recipe_chunks(&store.source, &file, 0, UINT64_MAX, see, &s), 7);
	cr_assert_eq(s.next, 4000);
}

Test(object_recipe, an_insertion_at_the_front_rewrites_few_parts, .init = enter,
    .fini = leave)
{
	size_t before;

	build(1, 200000 - 1);
	before = store.n;
	build(0, 200000);
	/* The first part, those above it, and the recipe. */
	cr_assert_leq(store.n - before, 4);
}

Test(object_recipe, the_form_of_one_chunk_is_pinned, .init = enter,
    .fini = leave)
{
	struct mvc_oid file = build(0, 1);
	struct memory_object *o = memory_store_find(&store, MVC_RECIPE, &file);
	static const uint8_t head[] = {
	    1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0};
	static const uint8_t tail[] = {1, 0, 0, 0, 0, 0, 0, 0};
	struct mvc_oid id = chunk_id(0);

	cr_assert_not_null(o);
	cr_assert_eq(o->len, 16 + 36 + 4);
	cr_assert_arr_eq(o->bytes, head, sizeof(head));
	cr_assert_arr_eq(o->bytes + 16, id.b, 32);
	cr_assert_arr_eq(o->bytes + 48, tail, sizeof(tail));
}

Test(
    object_recipe, golden_recipe_of_100000_chunks, .init = enter, .fini = leave)
{
	struct mvc_oid file = build(0, 100000), hash;
	struct memory_object *o = memory_store_find(&store, MVC_RECIPE, &file);
	struct mvc_recipe_node r;

	cr_assert_eq(mvc_recipe_decode(&r, MVC_RECIPE, o->bytes, o->len), 0);
	cr_assert_eq(r.level, 1);
	cr_assert_eq(r.size, offset_of(100000));
	mvc_recipe_node_release(&r);
	mvc_blake3(&hash, o->bytes, o->len);
	/* Covers the ids of all parts, so the cuts and their layout too. */
	cr_assert_str_eq(mvc_oid_hex(&hash).s,
	    "d0b10b830750436294dc927701180595c7b4277257ed026ef9eecdebc3c667bb");
}

/* A recipe of two chunks, 10 and 20 bytes. */
#define TWO (16 + 2 * 36 + 4)

static void
two_chunks(uint8_t *p)
{
	memset(p, 0, TWO);
	p[0] = 1;
	p[4] = 30;
	p[12] = 2;
	p[16 + 32] = 10;
	p[52 + 32] = 20;
}

static int
decode(enum mvc_kind kind, const void *p, size_t n)
{
	struct mvc_recipe_node r;
	uint8_t *exact = malloc(n ? n : 1);
	int err;

	/* So that valgrind and the sanitizers see a byte read too far. */
	memcpy(exact, p, n);
	err = mvc_recipe_decode(&r, kind, exact, n);
	free(exact);
	cr_assert(err == 0 || (!r.entries && !r.n));
	mvc_recipe_node_release(&r);
	return err;
}

static int
decode_with(size_t at, uint8_t value)
{
	uint8_t p[TWO];

	two_chunks(p);
	p[at] = value;
	return decode(MVC_RECIPE, p, TWO);
}

Test(object_recipe, hostile_numbers_are_refused)
{
	cr_assert_eq(decode_with(0, 1), MVC_OK);
	cr_assert_eq(decode_with(0, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(0, 2), MVC_EVERSION);
	cr_assert_eq(decode_with(1, 1), MVC_ECORRUPT);
	cr_assert_eq(decode_with(1, 8), MVC_ECORRUPT);
	cr_assert_eq(decode_with(2, 1), MVC_EVERSION);
	cr_assert_eq(decode_with(3, 0x80), MVC_EVERSION);
	cr_assert_eq(decode_with(4, 31), MVC_ECORRUPT);
	cr_assert_eq(decode_with(4, 29), MVC_ECORRUPT);
	cr_assert_eq(decode_with(11, 0x80), MVC_ECORRUPT);
	cr_assert_eq(decode_with(12, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(12, 1), MVC_ECORRUPT);
	cr_assert_eq(decode_with(12, 3), MVC_ECORRUPT);
	cr_assert_eq(decode_with(15, 0xff), MVC_ECORRUPT);
	cr_assert_eq(decode_with(48, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(51, 0xff), MVC_ECORRUPT);
	cr_assert_eq(decode_with(TWO - 4, 1), MVC_ECORRUPT);
	cr_assert_eq(decode_with(TWO - 1, 0xff), MVC_ECORRUPT);
}

Test(object_recipe, every_truncation_is_refused)
{
	uint8_t p[TWO];

	two_chunks(p);
	for (size_t n = 0; n < TWO; n++)
		cr_assert_eq(decode(MVC_RECIPE, p, n), MVC_ECORRUPT);
	cr_assert_eq(decode(MVC_PART, p, TWO), MVC_ECORRUPT);
	cr_assert_eq(decode(MVC_PART, p, TWO - 4), MVC_OK);
}

Test(object_recipe, lengths_that_pass_2_to_the_64_are_refused)
{
	uint8_t p[16 + 2 * 40] = {1, 1};

	p[12] = 2;
	mvc_put64(p + 4, 4);
	mvc_put64(p + 16 + 32, UINT64_MAX - 4);
	mvc_put64(p + 56 + 32, 9);
	cr_assert_eq(decode(MVC_PART, p, sizeof(p)), MVC_ECORRUPT);
}

Test(object_recipe, unknown_sections_are_skipped)
{
	uint8_t p[TWO + 8 + 5 + 8];

	two_chunks(p);
	memset(p + TWO, 0, sizeof(p) - TWO);
	p[TWO - 4] = 2;
	p[TWO] = 99;
	p[TWO + 4] = 5;
	cr_assert_eq(decode(MVC_RECIPE, p, sizeof(p)), MVC_OK);
	cr_assert_eq(decode(MVC_RECIPE, p, sizeof(p) - 1), MVC_ECORRUPT);
	p[TWO + 4] = 200;
	cr_assert_eq(decode(MVC_RECIPE, p, sizeof(p)), MVC_ECORRUPT);
}

Test(object_recipe, a_part_that_is_not_as_its_recipe_says_is_refused,
    .init = enter, .fini = leave)
{
	struct mvc_oid file = build(0, 5000);
	struct memory_object *o = memory_store_find(&store, MVC_RECIPE, &file);
	struct seen s = {0, 0, UINT32_MAX};
	uint64_t size = mvc_get64((uint8_t *)o->bytes + 4);

	/* The first part, and the whole, one byte longer. */
	mvc_put64((uint8_t *)o->bytes + 4, size + 1);
	mvc_put64(
	    (uint8_t *)o->bytes + 48, mvc_get64((uint8_t *)o->bytes + 48) + 1);
	cr_assert_eq(
	    mvc_recipe_chunks(&store.source, &file, 0, UINT64_MAX, see, &s),
	    MVC_ECORRUPT);
	cr_assert_eq(s.next, 0);
}

Test(object_recipe, chunks_out_of_bounds_are_not_taken, .init = enter,
    .fini = leave)
{
	MVC_OWN(mvc_recipe_builder) *b = NULL;
	struct mvc_oid id = chunk_id(0);

	cr_assert_eq(mvc_recipe_builder_new(&b, &store.sink), 0);
	cr_assert_eq(mvc_recipe_builder_add(b, &id, 0), MVC_EINVALID);
	cr_assert_eq(
	    mvc_recipe_builder_add(b, &id, MVC_CHUNK_MAX + 1), MVC_EINVALID);
	cr_assert_eq(mvc_recipe_builder_finish(b, &id), MVC_EINVALID);
}

Test(object_recipe, an_error_of_the_sink_is_passed_up, .init = enter,
    .fini = leave)
{
	MVC_OWN(mvc_recipe_builder) *b = NULL;
	struct mvc_oid id;
	int err = 0;

	store.put_fails_at = 1;
	cr_assert_eq(mvc_recipe_builder_new(&b, &store.sink), 0);
	for (uint32_t i = 0; i < 5000 && !err; i++) {
		id = chunk_id(i);
		err = mvc_recipe_builder_add(b, &id, 1);
	}
	cr_assert_eq(err, MVC_ENOSPACE);
}
