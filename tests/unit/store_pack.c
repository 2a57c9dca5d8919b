#include "scratch.h"

#include "chunk/codec.h"
#include "hash/digest.h"
#include "store/format.h"
#include "store/pack.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECTS 3
#define OBJECT 100
#define INDEX_AT (MVC_PACK_HEADER + OBJECTS * OBJECT)
#define ENTRIES_AT (INDEX_AT + MVC_PACK_INDEX_HEAD)
#define INDEX_SIZE (MVC_PACK_INDEX_HEAD + OBJECTS * MVC_PACK_ENTRY)
#define TRAILER_AT (INDEX_AT + INDEX_SIZE)
#define SIZE (TRAILER_AT + MVC_PACK_TRAILER)

static uint8_t pack[SIZE + 64];

static uint8_t *
entry(unsigned i)
{
	return pack + ENTRIES_AT + i * MVC_PACK_ENTRY;
}

static void
put_name(void)
{
	struct mvc_oid name;

	mvc_blake3_derive(&name, MVC_PACK_CONTEXT, pack + INDEX_AT, INDEX_SIZE);
	memcpy(pack + TRAILER_AT + 16, name.b, 32);
}

static void
make(void)
{
	memset(pack, 0, sizeof(pack));
	memcpy(pack, MVC_PACK_MAGIC, 8);
	scratch_noise(pack + 8, OBJECTS * OBJECT, 1);
	mvc_put32(pack + INDEX_AT, OBJECTS);
	for (unsigned i = 0; i < OBJECTS; i++) {
		uint8_t *p = entry(i);

		p[0] = (uint8_t)i;
		mvc_put64(p + 48, 8 + i * OBJECT);
		mvc_put32(p + 56, OBJECT);
		mvc_put32(p + 60, OBJECT);
		p[64] = MVC_CHUNK;
	}
	mvc_put64(pack + TRAILER_AT, INDEX_AT);
	mvc_put64(pack + TRAILER_AT + 8, INDEX_SIZE);
	memcpy(pack + TRAILER_AT + 48, MVC_PACK_END_MAGIC, 8);
	put_name();
}

static void
enter(void)
{
	scratch_enter();
	make();
}

static int
read_pack(size_t n)
{
	struct mvc_pack_index ix;
	int fd, err;

	scratch_write_bytes("p", pack, n);
	fd = open("p", O_RDONLY);
	err = mvc_pack_index_read(&ix, fd, "p", NULL);
	if (!err)
		cr_assert_eq(ix.n, OBJECTS);
	mvc_pack_index_release(&ix);
	close(fd);
	return err;
}

static void
refuses(int code, const char *says)
{
	cr_assert_eq(read_pack(SIZE), code, "%s", says);
	cr_assert_not_null(strstr(mvc_error_text(), says), "%s, not: %s", says,
	    mvc_error_text());
	make();
}

Test(store_pack, every_other_length_is_refused, .init = enter,
    .fini = scratch_leave)
{
	cr_assert_eq(read_pack(SIZE), 0, "%s", mvc_error_text());
	for (size_t n = 0; n < SIZE; n++)
		cr_assert_eq(read_pack(n), MVC_ECORRUPT, "%zu", n);
	cr_assert_eq(read_pack(SIZE + 1), MVC_ECORRUPT);
}

Test(store_pack, what_is_no_pack_is_said_to_be_none, .init = enter,
    .fini = scratch_leave)
{
	pack[0] = 'm';
	refuses(MVC_ECORRUPT, "no pack");
	pack[TRAILER_AT + 48] = 'm';
	refuses(MVC_ECORRUPT, "no pack");
	pack[7] = 2;
	refuses(MVC_ECORRUPT, "two versions");
	pack[TRAILER_AT + 55] = 2;
	refuses(MVC_ECORRUPT, "two versions");
	pack[7] = pack[TRAILER_AT + 55] = 2;
	refuses(MVC_EVERSION, "later version");
}

Test(store_pack, an_index_out_of_bounds_is_refused, .init = enter,
    .fini = scratch_leave)
{
	static const uint64_t odd[] = {0, 7, INDEX_AT - 1, INDEX_AT + 1, SIZE,
	    UINT64_C(1) << 63, UINT64_MAX, UINT64_MAX - INDEX_SIZE};

	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		mvc_put64(pack + TRAILER_AT, odd[i]);
		refuses(MVC_ECORRUPT, "out of bounds");
		mvc_put64(pack + TRAILER_AT + 8, odd[i]);
		refuses(MVC_ECORRUPT, "out of bounds");
	}
	/* Both lie, and their sum is right. */
	mvc_put64(pack + TRAILER_AT, INDEX_AT + 1);
	mvc_put64(pack + TRAILER_AT + 8, INDEX_SIZE - 1);
	refuses(MVC_ECORRUPT, "wrong count");
}

Test(store_pack, hostile_counts_are_refused, .init = enter,
    .fini = scratch_leave)
{
	mvc_put32(pack + INDEX_AT, UINT32_MAX);
	put_name();
	refuses(MVC_ECORRUPT, "wrong count");
	mvc_put32(pack + INDEX_AT + 4, UINT32_MAX);
	put_name();
	refuses(MVC_ECORRUPT, "wrong count");
	mvc_put32(pack + INDEX_AT, 0);
	put_name();
	refuses(MVC_ECORRUPT, "wrong count");
}

Test(store_pack, a_changed_index_does_not_have_the_packs_name, .init = enter,
    .fini = scratch_leave)
{
	entry(1)[40] ^= 1;
	refuses(MVC_ECORRUPT, "not what the name says");
	pack[TRAILER_AT + 20] ^= 1;
	refuses(MVC_ECORRUPT, "not what the name says");
}

static void
refuses_entry(size_t at, uint64_t value, unsigned bytes, const char *says)
{
	for (unsigned i = 0; i < bytes; i++)
		entry(1)[at + i] = (uint8_t)(value >> 8 * i);
	put_name();
	refuses(MVC_ECORRUPT, says);
}

Test(store_pack, hostile_entries_are_refused, .init = enter,
    .fini = scratch_leave)
{
	refuses_entry(48, 7, 8, "outside the pack");
	refuses_entry(48, INDEX_AT - OBJECT + 1, 8, "outside the pack");
	refuses_entry(48, UINT64_C(1) << 63, 8, "outside the pack");
	refuses_entry(48, UINT64_MAX, 8, "outside the pack");
	refuses_entry(56, 0, 4, "impossible lengths");
	refuses_entry(56, (32 << 20) + 1, 4, "impossible lengths");
	refuses_entry(60, 0, 4, "impossible lengths");
	refuses_entry(60, UINT32_MAX, 4, "impossible lengths");
	refuses_entry(60, INDEX_AT, 4, "outside the pack");
	refuses_entry(64, 0, 1, "unknown kind");
	refuses_entry(64, 5, 1, "unknown kind");
	refuses_entry(0, 0, 1, "not in order"); /* the same id twice */
	refuses_entry(0, 7, 1, "not in order");
}

/* A frame that declares 2^60 bytes, and one of a larger window, decode to no
 * more than the index says, which is 32 MiB at most. */
Test(store_pack, bombs_are_refused_before_they_cost_anything)
{
	uint8_t bomb[64] = {0x28, 0xb5, 0x2f, 0xfd, 0xe0};
	struct mvc_decoder *d;
	uint8_t out[OBJECT];

	mvc_put64(bomb + 5, UINT64_C(1) << 60);
	bomb[13] = 1;
	cr_assert_eq(mvc_decoder_new(&d), 0);
	cr_assert_eq(
	    mvc_decode(d, out, OBJECT, MVC_CODEC_ZSTD, bomb, sizeof(bomb)),
	    MVC_ECORRUPT);
	cr_assert_not_null(strstr(mvc_error_text(), "100 bytes expected"));
	/* The right size declared, in a window of 2^41. */
	memcpy(bomb + 4, "\x40\xf8\x64\x00", 4);
	cr_assert_eq(
	    mvc_decode(d, out, OBJECT, MVC_CODEC_ZSTD, bomb, sizeof(bomb)),
	    MVC_ECORRUPT);
	cr_assert_eq(mvc_decode(d, out, OBJECT, 9, bomb, 4), MVC_EVERSION);
	cr_assert_eq(mvc_decode(d, out, SIZE_MAX / 2, MVC_CODEC_ZSTD, bomb, 64),
	    MVC_ECORRUPT);
	mvc_decoder_free(d);
}

Test(store_pack, a_search_in_the_file_finds_what_one_in_memory_does,
    .init = enter, .fini = scratch_leave)
{
	struct mvc_pack_index ix;
	struct mvc_pack_entry e;
	int fd;

	scratch_write_bytes("p", pack, SIZE);
	fd = open("p", O_RDONLY);
	cr_assert_eq(mvc_pack_index_read(&ix, fd, "p", NULL), 0);
	for (unsigned i = 0; i <= OBJECTS; i++) {
		struct mvc_oid id = {.b = {(uint8_t)i}};
		int err = mvc_pack_index_search(
		    &e, fd, ix.entries_at, ix.n, MVC_CHUNK, &id);

		cr_assert_eq(err, i < OBJECTS ? 0 : MVC_ENOTFOUND);
		if (!err)
			cr_assert_eq(e.offset, ix.entries[i].offset);
		cr_assert_eq(mvc_pack_index_search(
				 &e, fd, ix.entries_at, ix.n, MVC_TREE, &id),
		    MVC_ENOTFOUND);
	}
	/* Cut off after it was checked. */
	cr_assert_eq(truncate("p", (off_t)ix.entries_at + 40), 0);
	cr_assert_eq(mvc_pack_index_search(&e, fd, ix.entries_at, ix.n,
			 MVC_CHUNK, &ix.entries[0].id),
	    MVC_ECORRUPT);
	mvc_pack_index_release(&ix);
	close(fd);
}
