/*
 * A root: a holder's claim that a store has a whole pointer's content, with
 * the segments that find it. Key roots/HOLDER/OID (or OID~SALT where the
 * plain key is condemned).
 */
#ifndef MVC_STORE_ROOT_H
#define MVC_STORE_ROOT_H

#include "store/store.h"

struct mvc_root {
	struct mvc_oid oid;
	bool tree; /* else a file */
	bool part; /* keeps its packs, promises nothing */
	uint64_t size, files;
	uint64_t packed; /* bytes of its packs at the last full walk, 0: none */
	struct mvc_oid *segments;
	size_t n_segments;
};
void mvc_root_release(struct mvc_root *r);

/* Parse and format the text form (mvc-format(5), "Roots"). */
int mvc_root_parse(struct mvc_root *out, const char *text, size_t n) MVC_MUST;
int mvc_root_format(struct mvc_buf *out, const struct mvc_root *r) MVC_MUST;

/* A holder's root for an oid; looks for salted keys when the plain one is
 * absent. MVC_ENOTFOUND. */
int mvc_root_get(struct mvc_root *out, struct mvc_store *s, const char *holder,
    const struct mvc_oid *oid) MVC_MUST;

/* Say who a holder is (a file holders/ID; rewritten when the text differs). */
int mvc_holder_describe(
    struct mvc_store *s, const char *holder, const char *text) MVC_MUST;

#endif
