/*
 * How a file's blob is made of chunks.
 *
 *     recipe, filed under the file's id:  level, file size, entries
 *       level 0: the entries are chunks
 *       level n: the entries are parts of level n-1
 *
 * A list of entries is cut into parts after an entry whose id's first two
 * bytes, little-endian, have their low 9 bits zero, at 64 to 2,048 entries;
 * the list of the parts is cut by the same rule, until one list is left, which
 * is the recipe's own. So an insertion at the front of a terabyte rewrites one
 * part and the path to it, and a range needs few.
 */
#ifndef MVC_OBJECT_RECIPE_H
#define MVC_OBJECT_RECIPE_H

#include "object/object.h"

#include <stdint.h>

#define MVC_RECIPE_MIN 64
#define MVC_RECIPE_MAX 2048
/* 64^8 parts of chunks: no file needs more. */
#define MVC_RECIPE_LEVELS 8

struct mvc_recipe_entry {
	struct mvc_oid id;
	uint64_t len; /* bytes of the file that it stands for, > 0 */
};

/* A decoded recipe or part; entries point to storage of its own. */
struct mvc_recipe_node {
	unsigned level;
	uint64_t size; /* sum of the entries' lengths */
	struct mvc_recipe_entry *entries;
	size_t n;
};
void mvc_recipe_node_release(struct mvc_recipe_node *r);

/*
 * Decode; `kind` is MVC_RECIPE or MVC_PART. MVC_ECORRUPT unless lengths add
 * up, chunk lengths are 1 .. 256 KiB, counts are in bounds and no byte is
 * left; MVC_EVERSION for a later version.
 */
int mvc_recipe_decode(struct mvc_recipe_node *out, enum mvc_kind kind,
    const void *p, size_t n) MVC_MUST;

/* Builds a recipe from its chunks, in order; memory is bounded by levels. */
struct mvc_recipe_builder;
int mvc_recipe_builder_new(
    struct mvc_recipe_builder **out, const struct mvc_sink *sink) MVC_MUST;
void mvc_recipe_builder_free(struct mvc_recipe_builder *b);
MVC_OWN_DEFINE(mvc_recipe_builder)
int mvc_recipe_builder_add(struct mvc_recipe_builder *b,
    const struct mvc_oid *chunk, uint32_t len) MVC_MUST;
/* Forget what was added: ready for another file. */
void mvc_recipe_builder_reset(struct mvc_recipe_builder *b);
/* Puts the remaining parts and, last, the recipe under the file's id; the
 * builder is ready for another file. Needs at least one chunk. */
int mvc_recipe_builder_finish(
    struct mvc_recipe_builder *b, const struct mvc_oid *file) MVC_MUST;

/*
 * Call each for the chunks that cover [off, off + len) of the file, in order,
 * with the chunk's offset in the file; what lies behind the end of the file is
 * left out. Reads only the parts it needs. A nonzero result stops it and is
 * returned.
 */
int mvc_recipe_chunks(const struct mvc_source *source,
    const struct mvc_oid *file, uint64_t off, uint64_t len,
    int (*each)(
	void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len),
    void *arg) MVC_MUST;

#endif
