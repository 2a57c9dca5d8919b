/*
 * struct mvc_oidset: a set of (kind, id), open addressing. Ids are hashes
 * already: their first bytes are the place. Not for two threads at once.
 */
#ifndef MVC_HASH_OIDSET_H
#define MVC_HASH_OIDSET_H

#include "hash/oid.h"

struct mvc_oidset {
	struct mvc_oid *ids;
	uint8_t *kinds; /* 0: free */
	size_t n, cap; /* cap: a power of two, or 0 */
};

void mvc_oidset_release(struct mvc_oidset *s);
void mvc_oidset_clear(struct mvc_oidset *s);
bool mvc_oidset_has(
    const struct mvc_oidset *s, uint8_t kind, const struct mvc_oid *id);
/* Add it (kind > 0); *was says whether it was in. */
int mvc_oidset_add(struct mvc_oidset *s, uint8_t kind, const struct mvc_oid *id,
    bool *was) MVC_MUST;

#endif
