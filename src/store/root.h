/*
 * A root: a holder's claim that a store has a whole pointer's content, with
 * the segments that find it. Key roots/HOLDER/OID (or OID~SALT where the
 * plain key is condemned).
 */
#ifndef MVC_STORE_ROOT_H
#define MVC_STORE_ROOT_H

#include "store/backend.h"
#include "store/store.h"
#include "store/trash.h"

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

/* Name one more segment, unless it does already. */
int
mvc_root_add_segment(struct mvc_root *r, const struct mvc_oid *name) MVC_MUST;

/* "roots/HOLDER/OID" and, with a salt, "~SALT"; + 6 is the key in trash. */
struct mvc_root_key {
	char s[6 + 32 + 1 + MVC_OID_HEX + 18];
};
struct mvc_root_key
mvc_root_key(const char *holder, const struct mvc_oid *oid, const char *salt);

/* Read and put one in a local store or a remote. */
int mvc_root_read(
    struct mvc_root *out, struct mvc_backend *b, const char *key) MVC_MUST;
int mvc_root_put(
    struct mvc_backend *b, const char *key, const struct mvc_root *r) MVC_MUST;

/* The holder's root that is not condemned (trash NULL: whichever is there),
 * and its key. MVC_ENOTFOUND. */
int mvc_root_find(struct mvc_root *out, struct mvc_root_key *key,
    struct mvc_backend *b, const char *holder, const struct mvc_oid *oid,
    const struct mvc_trash *trash) MVC_MUST;

/* The key under which a root may be put that was not found: a salted one where
 * the plain one is condemned. */
int mvc_root_new_key(struct mvc_root_key *out, const char *holder,
    const struct mvc_oid *oid, const struct mvc_trash *trash) MVC_MUST;

/* The same of a local store; looks for salted keys when the plain one is
 * absent. MVC_ENOTFOUND. */
int mvc_root_get(struct mvc_root *out, struct mvc_store *s, const char *holder,
    const struct mvc_oid *oid) MVC_MUST;

/* Say who a holder is (a file holders/ID; rewritten when the text differs). */
int mvc_holder_describe(
    struct mvc_backend *b, const char *holder, const char *text) MVC_MUST;

#endif
