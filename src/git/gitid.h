/* struct mvc_gitid: Git's id of a commit, tree or blob (SHA-1 or SHA-256). */
#ifndef MVC_GIT_GITID_H
#define MVC_GIT_GITID_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MVC_GITID_MAX 32

struct mvc_gitid {
	uint8_t n; /* bytes used: 20 or 32; 0 is "none" */
	uint8_t b[MVC_GITID_MAX];
};

struct mvc_gitid_hex {
	char s[2 * MVC_GITID_MAX + 1];
};

static inline bool
mvc_gitid_eq(const struct mvc_gitid *a, const struct mvc_gitid *b)
{
	return a->n == b->n && memcmp(a->b, b->b, a->n) == 0;
}

static inline int
mvc_gitid_cmp(const struct mvc_gitid *a, const struct mvc_gitid *b)
{
	return a->n == b->n ? memcmp(a->b, b->b, a->n) : a->n < b->n ? -1 : 1;
}

/* mvc_gitid_hex(&id).s is the text, for the full expression. */
struct mvc_gitid_hex mvc_gitid_hex(const struct mvc_gitid *id);

/* Read 40 or 64 hex digits of either case; others are MVC_EINVALID. */
int
mvc_gitid_parse(struct mvc_gitid *out, const char *hex, size_t len) MVC_MUST;

#endif
