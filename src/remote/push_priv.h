/* A push under way, shared by the files push*.c. */
#ifndef MVC_REMOTE_PUSH_PRIV_H
#define MVC_REMOTE_PUSH_PRIV_H

#include "remote/push.h"
#include "store/seglist.h"
#include "store/tally.h"

struct mvc_pushing {
	struct mvc_push *p;
	struct mvc_backend *b;
	struct mvc_source source; /* objects of here, else of there */
	struct mvc_tally *out; /* to be sent */
	struct mvc_tally *seen; /* trees, recipes, parts gone through */
	struct mvc_oidset packs; /* kind 1: local ones that have some of it */

	/* What was put, since the last segment; then the segments. */
	struct mvc_seglist list;
	struct mvc_root found; /* the new segments */
	struct mvc_segment_pack *sent; /* every pack put, or found */
	size_t n_sent;

	/* The roots leaned on, as they were read. */
	struct mvc_root *bases;
	struct mvc_root_key *base_keys;
	size_t n_bases;
	struct mvc_oidset
	    compared; /* kind 1: bases that trees were held against */
};

/* push_walk.c: find what is to be sent of an item. MVC_ENOTFOUND or
 * MVC_ECORRUPT: not all of it is here. `base`: an earlier version whose trees
 * are all there, NULL: none. */
int mvc_push_walk(struct mvc_pushing *g, const struct mvc_push_item *item,
    const struct mvc_oid *base) MVC_MUST;

/* push_packs.c: put the packs, fill g->list and g->sent. */
int mvc_push_packs(struct mvc_pushing *g) MVC_MUST;

/* push_roots.c: the segment, then the items' roots. */
int mvc_push_segment(struct mvc_pushing *g) MVC_MUST;
int mvc_push_roots(struct mvc_pushing *g) MVC_MUST;

#endif
