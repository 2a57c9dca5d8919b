/*
 * JSON, written as it comes: memory does not grow with the output.
 *
 *	struct mvc_json j;
 *
 *	mvc_json_init(&j, write, arg);
 *	mvc_json_object(&j);
 *	mvc_json_key_str(&j, "path", path);
 *	mvc_json_key_u64(&j, "size", size);
 *	mvc_json_end(&j);
 *	return mvc_json_finish(&j);
 *
 * The first error is kept, later calls do nothing, and finish returns it. The
 * order of calls is the caller's (asserted): in an object each value has a key.
 *
 * Strings are bytes: valid UTF-8 is written as it is, control characters as
 * escapes, and a byte 0xNN that is no UTF-8 as \udcNN, which Python's
 * surrogateescape reads back.
 *
 * Pretty is what Python's json.dumps(indent="\t") writes, but for its escapes.
 */
#ifndef MVC_TEXT_JSON_H
#define MVC_TEXT_JSON_H

#include "util/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Objects and arrays within each other. */
#define MVC_JSON_DEPTH 64

struct mvc_json {
	int (*write)(void *arg, const void *p, size_t n);
	void *arg;
	int err;
	char text[256]; /* the error's */
	unsigned depth;
	uint64_t objects; /* bit i: level i is an object */
	uint64_t filled; /* bit i: level i has a value: a comma is due */
	bool keyed; /* a key waits for its value */
	bool pretty; /* set after init: each value on a line of its own */
	size_t n;
	char chunk[1024]; /* not yet given to write() */
};

void mvc_json_init(struct mvc_json *j,
    int (*write)(void *arg, const void *p, size_t n), void *arg);
/* Append to a buffer, which must outlive the writing. */
void mvc_json_init_buf(struct mvc_json *j, struct mvc_buf *b);

void mvc_json_object(struct mvc_json *j);
void mvc_json_array(struct mvc_json *j);
void mvc_json_end(struct mvc_json *j); /* the innermost of either */
/* Key of the next value, or of the object or array that begins next. */
void mvc_json_key(struct mvc_json *j, const char *key);

void mvc_json_str(struct mvc_json *j, const char *s); /* NULL: null */
void mvc_json_bytes(struct mvc_json *j, const void *p, size_t n);
void mvc_json_u64(struct mvc_json *j, uint64_t v);
void mvc_json_i64(struct mvc_json *j, int64_t v);
void mvc_json_bool(struct mvc_json *j, bool v);
/* The shortest form that reads back the same; not finite: null. */
void mvc_json_double(struct mvc_json *j, double v);
void mvc_json_null(struct mvc_json *j);

/* A key with its value. */
void mvc_json_key_str(struct mvc_json *j, const char *key, const char *s);
void mvc_json_key_u64(struct mvc_json *j, const char *key, uint64_t v);
void mvc_json_key_bool(struct mvc_json *j, const char *key, bool v);

/* A line's end, between values that stand alone (JSON lines) or last. */
void mvc_json_newline(struct mvc_json *j);

/* Hand over what is left. Everything opened must be ended, unless it failed. */
int mvc_json_finish(struct mvc_json *j) MVC_MUST;

#endif
