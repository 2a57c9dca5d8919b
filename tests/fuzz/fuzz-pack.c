/*
 * A whole pack of hostile bytes: its index, then every object that the index
 * lists. The first byte says whether the name in the trailer is made right
 * first, so that what lies behind that check is reached.
 */
#include "chunk/codec.h"
#include "hash/digest.h"
#include "store/format.h"
#include "store/pack.h"
#include "util/bytes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is decoded of one input at most: a bomb must cost no more. */
#define RAW_MAX (UINT64_C(4) << 20)

static void
seal(uint8_t *p, size_t size)
{
	struct mvc_oid name;
	uint64_t at, n;
	uint8_t *t;

	if (size < MVC_PACK_TRAILER)
		return;
	t = p + size - MVC_PACK_TRAILER;
	at = mvc_get64(t);
	n = mvc_get64(t + 8);
	if (at > size - MVC_PACK_TRAILER || n > size - MVC_PACK_TRAILER - at)
		return;
	mvc_blake3_derive(&name, MVC_PACK_CONTEXT, p + at, n);
	memcpy(t + 16, name.b, 32);
}

static void
read_objects(const struct mvc_pack_index *ix, const uint8_t *p, size_t size)
{
	MVC_OWN(mvc_decoder) *d = NULL;
	uint64_t left = RAW_MAX;

	assert(mvc_decoder_new(&d) == 0);
	for (uint32_t i = 0; i < ix->n; i++) {
		const struct mvc_pack_entry *e = &ix->entries[i];
		uint8_t *raw;

		assert(e->offset <= size && e->packed <= size - e->offset);
		assert(mvc_pack_index_find(ix, e->kind, &e->id) == e);
		if (e->raw > left)
			continue;
		left -= e->raw;
		raw = malloc(e->raw);
		assert(raw);
		(void)!mvc_decode(
		    d, raw, e->raw, e->codec, p + e->offset, e->packed);
		free(raw);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *file;
	struct mvc_pack_index ix;
	uint8_t *p;

	if (size < 1)
		return 0;
	if (!file)
		file = tmpfile();
	assert(file);
	p = malloc(size);
	assert(p);
	memcpy(p, data, size);
	if (p[0] & 1)
		seal(p + 1, size - 1);
	assert(ftruncate(fileno(file), 0) == 0);
	assert(pwrite(fileno(file), p + 1, size - 1, 0) == (ssize_t)size - 1);
	if (!mvc_pack_index_read(&ix, fileno(file), "pack", NULL)) {
		read_objects(&ix, p + 1, size - 1);
		mvc_pack_index_release(&ix);
	}
	free(p);
	/* The index alone, of a pack as long as they get. */
	if (!mvc_pack_index_decode(&ix, data + 1, size - 1, MVC_PACK_TARGET))
		mvc_pack_index_release(&ix);
	return 0;
}
