/*
 * The store that tests/golden/store holds, made anew: every codec, a file of
 * one chunk, one of many with parts, directories of one node and of several.
 * The same objects in the same order every time.
 */
#ifndef MVC_TESTS_GOLDEN_H
#define MVC_TESTS_GOLDEN_H

#include "hash/oid.h"
#include "store/store.h"

#define GOLDEN_HOLDER "00112233445566778899aabbccddeeff"
#define GOLDEN_TRASH "trash/ffeeddccbbaa99887766554433221100"

enum golden_file {
	GOLDEN_RAW,
	GOLDEN_TEXT,
	GOLDEN_BF16,
	GOLDEN_F32,
	GOLDEN_PARTS,
	GOLDEN_FILES,
};

struct golden {
	struct mvc_oid file[GOLDEN_FILES], tree;
	uint64_t size[GOLDEN_FILES];
	uint64_t tree_size, tree_files;
};

/* A file's bytes; returns their number, up to GOLDEN_BYTES. */
#define GOLDEN_BYTES 8192
size_t golden_bytes(enum golden_file which, uint8_t out[GOLDEN_BYTES]);

/* Make it in a folder; small: without parts and the directory of many. */
void golden_make(struct golden *out, const char *path, bool small);
/* "oid files" of what golden_make makes, without making it. */
void golden_ids(struct golden *out);

#endif
