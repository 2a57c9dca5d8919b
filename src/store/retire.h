/*
 * Taking packs out of use: what is needed of them is copied to new packs, one
 * segment is written that finds all that stays, and the roots are rewritten to
 * name it. After that nothing that is alive names the packs, nor the segments
 * that list them; the caller condemns, deletes or sets them aside.
 */
#ifndef MVC_STORE_RETIRE_H
#define MVC_STORE_RETIRE_H

#include "store/mark.h"
#include "store/rootlist.h"

struct mvc_retire {
	struct mvc_store *store;
	struct mvc_mark *mark; /* packs marked `doomed` go */
	bool everything; /* copy all their objects, not the live ones */
	bool locked; /* the caller holds the store's lock */
	/* Roots to rewrite; those marked `drop` are left alone. */
	struct mvc_rootlist *roots;
	/* An object that cannot be copied, with the error: 0 leaves it out.
	 * NULL: that ends it. */
	int (*bad)(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
	    const struct mvc_oid *pack, int err);
	void *arg;
	uint64_t copied; /* out: packed bytes */
};

int mvc_retire_packs(struct mvc_retire *r) MVC_MUST;

/*
 * Take covered segments out of use: roots that name one name the one that
 * covers it. No mark is needed.
 */
int mvc_retire_covered(struct mvc_retire *r) MVC_MUST;

#endif
