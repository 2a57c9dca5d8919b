/*
 * A segment of hostile bytes, looked up in and gone through. The first byte
 * says whether the checks of blocks are made right first.
 */
#include "hash/digest.h"
#include "store/format.h"
#include "store/segment.h"
#include "util/bytes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
seal(uint8_t *p, size_t size)
{
	uint64_t n = 0, head, blocks;

	if (size < MVC_SEGMENT_HEAD)
		return;
	for (int k = 0; k < MVC_KIND_LAST; k++)
		n += mvc_get64(p + 24 + 8 * k) % (size + 1);
	blocks = (n + MVC_SEGMENT_BLOCK - 1) / MVC_SEGMENT_BLOCK;
	head = MVC_SEGMENT_HEAD +
	    (uint64_t)mvc_get32(p + 8) * MVC_SEGMENT_PACK +
	    (uint64_t)mvc_get32(p + 12) * 32 + blocks * 16;
	if (head > size || size - head != n * MVC_SEGMENT_ENTRY)
		return;
	for (uint64_t b = 0; b < blocks; b++) {
		uint64_t at = b * MVC_SEGMENT_BLOCK, m = n - at;

		m = m < MVC_SEGMENT_BLOCK ? m : MVC_SEGMENT_BLOCK;
		mvc_blake3_128(p + head - (blocks - b) * 16,
		    p + head + at * MVC_SEGMENT_ENTRY, m * MVC_SEGMENT_ENTRY);
	}
}

/* Every id that is listed is found where it is, if all is in order. */
static void
look_up(struct mvc_segment *s, bool good)
{
	uint64_t count = mvc_segment_count(s), at, first;
	struct mvc_segment_entry e;

	for (uint64_t i = 0; i < count; i++) {
		if (mvc_segment_at(s, i, &e))
			continue;
		assert(e.pack < mvc_segment_packs(s));
		if (mvc_segment_lower(s, e.kind, &e.id, &at))
			continue;
		assert(at <= count && (!good || at <= i));
	}
	for (enum mvc_kind k = 1; k <= MVC_KIND_LAST; k++) {
		struct mvc_oid id;

		memset(&id, 0x80, sizeof(id));
		assert(mvc_segment_kind(s, k, &first) + first <= count);
		(void)!mvc_segment_lower(s, k, &id, &at);
	}
}

static void
read_tables(struct mvc_segment *s)
{
	struct mvc_segment_pack p;
	struct mvc_oid id;

	for (uint32_t i = 0; i < mvc_segment_packs(s); i++)
		mvc_segment_pack_at(s, i, &p);
	for (uint32_t i = 0; i < mvc_segment_covers(s); i++)
		mvc_segment_cover_at(s, i, &id);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_OWN(mvc_segment) *s = NULL;
	uint8_t *p;

	if (size < 1)
		return 0;
	p = malloc(size);
	assert(p);
	memcpy(p, data, size);
	if (p[0] & 1)
		seal(p + 1, size - 1);
	if (!mvc_segment_parse(&s, p + 1, size - 1)) {
		read_tables(s);
		look_up(s, !mvc_segment_verify(s));
		mvc_segment_free(s);
		s = NULL;
	}
	free(p);
	return 0;
}
