/*
 * roots/index: the names of a place's roots, for those who read it where
 * nothing lists: a store behind a web server (mvc-format(5), "Remotes"). Made
 * once by who publishes the place, kept by all who put or drop roots there. A
 * hint: what it does not name is found too, by its own name.
 */
#ifndef MVC_STORE_ROOTINDEX_H
#define MVC_STORE_ROOTINDEX_H

#include "store/backend.h"

#define MVC_ROOTINDEX_KEY "roots/index"

/* "HOLDER/OID" or "HOLDER/OID~SALT" each, ascending. */
struct mvc_rootindex {
	char **names;
	size_t n;
};
void mvc_rootindex_release(struct mvc_rootindex *x);

int mvc_rootindex_parse(
    struct mvc_rootindex *out, const char *text, size_t n) MVC_MUST;
int mvc_rootindex_format(
    struct mvc_buf *out, const struct mvc_rootindex *x) MVC_MUST;

/* MVC_ENOTFOUND, MVC_ECORRUPT, MVC_EVERSION. */
int
mvc_rootindex_read(struct mvc_rootindex *out, struct mvc_backend *b) MVC_MUST;

/*
 * After roots were put or dropped: bring it up to date, where there is one or
 * `make` says so. Two who do that at once leave it complete: each lists again
 * after it has written, until nothing is new.
 */
int mvc_rootindex_refresh(struct mvc_backend *b, bool make) MVC_MUST;

/* Whether a key is that of a root: "roots/", HOLDER, '/', OID[~SALT]. */
bool mvc_root_key_ok(const char *key);

#endif
