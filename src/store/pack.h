/*
 * struct mvc_pack: a pack opened for reading. Its index is checked against its
 * name when it is first needed; objects are checked by whoever decodes them.
 */
#ifndef MVC_STORE_PACK_H
#define MVC_STORE_PACK_H

#include "chunk/codec.h"
#include "object/object.h"

#include <stdbool.h>
#include <stdint.h>

struct mvc_pack_entry {
	struct mvc_oid id;
	uint8_t check[16];
	uint64_t offset;
	uint32_t raw, packed;
	enum mvc_kind kind;
	enum mvc_codec codec;
};

struct mvc_pack_index {
	struct mvc_oid name;
	struct mvc_pack_entry *entries; /* ascending by (kind, id) */
	uint32_t n;
	struct mvc_oid *needs;
	uint32_t n_needs;
	uint64_t salt;
	uint64_t entries_at; /* where they are in the pack's file */
};
void mvc_pack_index_release(struct mvc_pack_index *ix);

/* The order of entries. */
int mvc_pack_entry_cmp(const void *a, const void *b);

/* Encode an index (entries sorted by it first) and name the pack. */
int
mvc_pack_index_encode(struct mvc_buf *out, struct mvc_pack_index *ix) MVC_MUST;

/*
 * Decode an index of a pack whose objects end at `objects_end`. MVC_ECORRUPT
 * unless counts, order, kinds, lengths and offsets are in bounds.
 */
int mvc_pack_index_decode(struct mvc_pack_index *out, const void *p, size_t n,
    uint64_t objects_end) MVC_MUST;

/* Read and check the trailer and index of an open pack file. name may be NULL:
 * any; else MVC_ECORRUPT when the pack has another one. */
int mvc_pack_index_read(struct mvc_pack_index *out, int fd, const char *path,
    const struct mvc_oid *name) MVC_MUST;

/* Search; NULL where there is none. */
const struct mvc_pack_entry *
mvc_pack_index_find(const struct mvc_pack_index *ix, enum mvc_kind kind,
    const struct mvc_oid *id);

/* The same in the file of a pack whose index was checked before, n entries of
 * it at `at`: *out, or MVC_ENOTFOUND. Reads a page for each halving. */
int mvc_pack_index_search(struct mvc_pack_entry *out, int fd, uint64_t at,
    uint32_t n, enum mvc_kind kind, const struct mvc_oid *id) MVC_MUST;

/* "packs/aa/NAME.pack" */
struct mvc_pack_path {
	char s[MVC_OID_HEX + 16];
};
struct mvc_pack_path mvc_pack_path(const struct mvc_oid *name);
/* The name in a file name "NAME.pack"; MVC_EINVALID for others. */
int mvc_pack_name_parse(struct mvc_oid *out, const char *file) MVC_MUST;

#endif
