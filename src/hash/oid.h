/* struct mvc_oid: the 32-byte id of a run of bytes (BLAKE3-256). */
#ifndef MVC_HASH_OID_H
#define MVC_HASH_OID_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MVC_OID_SIZE 32
#define MVC_OID_HEX 64

struct mvc_oid {
	uint8_t b[MVC_OID_SIZE];
};

/* A buffer for a hex id with its NUL. */
struct mvc_hex {
	char s[MVC_OID_HEX + 1];
};

static inline int
mvc_oid_cmp(const struct mvc_oid *a, const struct mvc_oid *b)
{
	return memcmp(a->b, b->b, MVC_OID_SIZE);
}

static inline bool
mvc_oid_eq(const struct mvc_oid *a, const struct mvc_oid *b)
{
	return memcmp(a->b, b->b, MVC_OID_SIZE) == 0;
}

bool mvc_oid_is_zero(const struct mvc_oid *oid);

/* Write any n bytes as 2n hex digits and a NUL. */
void mvc_hex_of(char *out, const void *p, size_t n);

/* mvc_oid_hex(&oid).s is the text, for the full expression. */
struct mvc_hex mvc_oid_hex(const struct mvc_oid *oid);

/*
 * Read exactly 2n lower-case hex digits. MVC_EINVALID, without the text of
 * the caller's context, which adds its own.
 */
int mvc_hex_parse(void *out, size_t n, const char *hex, size_t len) MVC_MUST;
int mvc_oid_parse(struct mvc_oid *out, const char *hex, size_t len) MVC_MUST;

#endif
