/* All roots of a store, of every holder, as a collector reads them. */
#ifndef MVC_STORE_ROOTLIST_H
#define MVC_STORE_ROOTLIST_H

#include "store/store_priv.h"

struct mvc_listed_root {
	char holder[33];
	struct mvc_root_key key;
	struct mvc_root root;
	int64_t made; /* its file's time, seconds */
	uint64_t size; /* of its file */
	bool drop; /* nobody needs it */
};

struct mvc_rootlist {
	struct mvc_listed_root *at;
	size_t n;
};
void mvc_rootlist_release(struct mvc_rootlist *l);

/*
 * Read them all. A root that cannot be read is MVC_ECORRUPT or MVC_EVERSION
 * (a collector must not guess what it keeps), unless bad() takes it: it is
 * called with the key and the error's text and returns 0 to go on.
 */
int mvc_rootlist_load(struct mvc_rootlist *out, struct mvc_backend *b,
    int (*bad)(void *arg, const char *key, int err), void *arg) MVC_MUST;

/*
 * Read them one after the other, as many at once as the place likes, and keep
 * none: each() has it for the call, from one thread at a time, in the order of
 * the keys. One that cannot be read is an error, as above; a nonzero answer
 * stops it and is returned.
 */
int mvc_rootlist_each(struct mvc_backend *b,
    int (*each)(void *arg, const struct mvc_listed_root *r),
    void *arg) MVC_MUST;

#endif
