/*
 * Which of many old files a new one came from, by the chunks that they share.
 * Memory: 40 bytes for each chunk added, at most MVC_SIMILAR_MAX; what comes
 * after those is not found again. Pure.
 */
#ifndef MVC_WORK_SIMILAR_H
#define MVC_WORK_SIMILAR_H

#include "hash/oid.h"
#include "util/error.h"
#include "util/own.h"

#include <stddef.h>

#define MVC_SIMILAR_MAX 1000000
/* Shorter files have no chunks to share. */
#define MVC_SIMILAR_SIZE (UINT64_C(64) << 10)

struct mvc_similar;
int mvc_similar_new(struct mvc_similar **out) MVC_MUST;
void mvc_similar_free(struct mvc_similar *s);
MVC_OWN_DEFINE(mvc_similar)

/* Old file number `file` has the chunk. All old ones come first. */
int mvc_similar_add(
    struct mvc_similar *s, size_t file, const struct mvc_oid *chunk) MVC_MUST;
/* A new file's chunk. A chunk of several old files counts for the first. */
int mvc_similar_count(
    struct mvc_similar *s, const struct mvc_oid *chunk, uint64_t len) MVC_MUST;
/* The old file that shares most, and how many bytes, of the chunks counted
 * since the last call; 0 bytes: none does. */
uint64_t mvc_similar_best(struct mvc_similar *s, size_t *file);

/* Whether so much of two files of these sizes makes one a version of the
 * other: half of the larger. */
static inline bool
mvc_similar_enough(uint64_t shared, uint64_t a, uint64_t b)
{
	return shared >= (a > b ? a - a / 2 : b - b / 2);
}

#endif
