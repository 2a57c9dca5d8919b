/* What a new segment is to list: packs, and what is in them. */
#ifndef MVC_STORE_SEGLIST_H
#define MVC_STORE_SEGLIST_H

#include "store/segment.h"

struct mvc_seglist {
	struct mvc_segment_pack *packs;
	uint32_t n_packs;
	struct mvc_segment_entry *entries;
	size_t n_entries;
};
void mvc_seglist_release(struct mvc_seglist *l);
/* Nothing is in it; the storage stays. */
void mvc_seglist_clear(struct mvc_seglist *l);

/* Add a pack, its index, and the length of its file. */
int mvc_seglist_add(struct mvc_seglist *l, const struct mvc_pack_index *ix,
    uint64_t size) MVC_MUST;

/*
 * Write and publish a segment of it, durably. A name that dead() does not
 * want is passed over: the salt makes others.
 */
int mvc_seglist_write(struct mvc_oid *name, struct mvc_seglist *l,
    const struct mvc_folder *f,
    bool (*dead)(void *arg, const struct mvc_oid *name), void *arg) MVC_MUST;

#endif
