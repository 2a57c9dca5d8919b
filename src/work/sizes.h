/*
 * What files and trees take: bytes and files as users see them, and the bytes
 * of the packed objects that they are made of, each counted once. Reads trees
 * and recipes, never chunks.
 */
#ifndef MVC_WORK_SIZES_H
#define MVC_WORK_SIZES_H

#include "object/tree.h"
#include "store/tally.h"
#include "work/pointer.h"

struct mvc_sizes {
	uint64_t size, files;
	uint64_t stored; /* packed bytes, trees and recipes included */
	uint64_t missing; /* objects that the store does not have */
};

/*
 * Add what an entry takes to *out: objects that are in `seen` already count
 * nothing, those counted are added to it.
 */
int mvc_sizes_add(struct mvc_sizes *out, struct mvc_store *s,
    const struct mvc_entry *e, struct mvc_tally *seen) MVC_MUST;

/*
 * Chunks of a file that are not in `seen`, which they are added to: their raw
 * bytes, added to *bytes. *known is false where the recipe is not in the store.
 */
int mvc_sizes_chunks(uint64_t *bytes, bool *known, struct mvc_store *s,
    const struct mvc_entry *e, struct mvc_tally *seen) MVC_MUST;

/*
 * Whether a pointer says of its content what is true: else MVC_EINVALID, the
 * text has both, and the pointer is set right. Reads one object; where that is
 * not here, or damaged, nothing can be said of it: MVC_OK.
 */
int mvc_sizes_check(struct mvc_pointer *p, struct mvc_store *s,
    const char *pointer_path) MVC_MUST;

#endif
