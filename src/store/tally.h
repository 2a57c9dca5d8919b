/*
 * struct mvc_tally: a set of objects of one store, and what they take there:
 * one bit for each entry of the segments, whatever is added. Objects that the
 * store does not have are in no set, and where segments were merged meanwhile
 * one may count as new again. Not for two threads at once.
 */
#ifndef MVC_STORE_TALLY_H
#define MVC_STORE_TALLY_H

#include "store/store.h"

struct mvc_tally;

/* The store must outlive it. */
int mvc_tally_new(struct mvc_tally **out, struct mvc_store *s) MVC_MUST;
void mvc_tally_free(struct mvc_tally *t);
MVC_OWN_DEFINE(mvc_tally)
/* Nothing is in it. */
void mvc_tally_clear(struct mvc_tally *t);

struct mvc_tallied {
	bool there; /* the store has the object; else all is 0 */
	bool was; /* it was in the set */
	uint32_t packed, raw; /* bytes in the store, and decoded */
	struct mvc_oid pack; /* where its bytes are counted */
};
/* Add an object, or with `add` false only look. */
int mvc_tally_object(struct mvc_tallied *out, struct mvc_tally *t,
    enum mvc_kind kind, const struct mvc_oid *id, bool add) MVC_MUST;

#endif
