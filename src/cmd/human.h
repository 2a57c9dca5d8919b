/* Numbers and names as people read them. */
#ifndef MVC_CMD_HUMAN_H
#define MVC_CMD_HUMAN_H

#include "util/buf.h"

#include <stdint.h>

/* mvc_human_size(n).s is the text, for the full expression. */
struct mvc_text {
	char s[40];
};

struct mvc_text mvc_human_size(uint64_t bytes); /* 512 B, 9.8 GB, 740 MB */
struct mvc_text mvc_human_count(uint64_t n); /* 100,000 */
struct mvc_text mvc_human_time(uint64_t ns); /* 0.4 s, 38 s, 1 min 12 s */
struct mvc_text mvc_human_rate(uint64_t bytes, uint64_t ns); /* 412 MB/s */
/* "1 file", "100,000 files": the word takes an s unless n is 1. */
struct mvc_text mvc_human_files(uint64_t n);

/*
 * Append a name so that it cannot command a terminal: as it is, or in double
 * quotes with escapes as in C where it has control characters, quotes,
 * backslashes, bytes that are no UTF-8 (as git does), or characters that
 * reorder the text around them or have no width.
 */
int mvc_human_name(struct mvc_buf *out, const char *name, size_t n) MVC_MUST;
/* The same escapes in a sentence that may hold names: no quotes are added, and
 * those that are there stay. */
int mvc_human_text(struct mvc_buf *out, const char *text) MVC_MUST;

#endif
