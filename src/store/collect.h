/*
 * Collection of what nobody needs (DESIGN, Collection; its checked model is
 * tests/collection_model.py). Change the protocol and its constants only with
 * the model.
 *
 * A collection condemns by writing a trash list; what it lists is deleted by a
 * later collection, when the list is older than the grace and still nobody
 * needs it. With `now`, under the store's exclusive lock, it deletes at once.
 */
#ifndef MVC_STORE_COLLECT_H
#define MVC_STORE_COLLECT_H

#include "hash/oidset.h"
#include "store/store.h"

/* D: from reading the trash lists to putting a root, and from beginning to
 * read roots to deleting; seconds of CLOCK_BOOTTIME. */
#define MVC_COLLECT_DEADLINE 3600
/* G: nothing is deleted before it was condemned for so long; seconds. */
#define MVC_COLLECT_GRACE (14 * 86400)
#define MVC_COLLECT_GRACE_MIN 86400
/* W: how long after G a sweep may still start; seconds. */
#define MVC_COLLECT_KEEP (365 * 86400)
/* The store's clock and ours may differ by so much; seconds. */
#define MVC_COLLECT_SKEW 300

/* Seconds since boot, counting sleep. */
uint64_t mvc_boottime(void);

enum mvc_collected {
	MVC_COLLECT_TMP, /* an unfinished file */
	MVC_COLLECT_ROOT, /* a version that nothing in Git names */
	MVC_COLLECT_PACK, /* a pack of which nothing is needed */
	MVC_COLLECT_REPACK, /* a pack of which less than half is needed */
	MVC_COLLECT_SEGMENT, /* an index that is no longer looked into */
	MVC_COLLECT_LIST, /* a trash list that has done its work */
	MVC_COLLECT_KINDS,
};

struct mvc_collect_sum {
	uint64_t n, bytes;
};

struct mvc_collect {
	struct mvc_store *store; /* NULL: somewhere else, at: */
	struct mvc_backend *place;
	/* Whose roots may be dropped; others' stay. */
	const char *holder;
	/* Fill the set (kind 1) with the ids of all pointers that the holder
	 * needs; asked anew at mark and at sweep. */
	int (*needed)(void *arg, struct mvc_oidset *out);
	void *arg;
	/* The holder's roots all stay (a shallow clone sees too little). */
	bool keep_roots;
	bool act; /* else only count */
	bool now; /* without grace, under the exclusive lock; not elsewhere */
	/* All of the holder's roots may go: that is what was asked for. */
	bool forget;
	uint64_t grace; /* G for what is condemned, 0: the default */

	/* What is, or would be, deleted or condemned, as it comes; may be
	 * NULL. */
	void (*note)(void *arg, enum mvc_collected what, const char *name,
	    uint64_t bytes);

	/* Results: condemned (or, with `now`, deleted) by this collection;
	 * swept: deleted now, because condemned long ago; pending: condemned
	 * earlier, its grace not over. */
	struct mvc_collect_sum sums[MVC_COLLECT_KINDS];
	struct mvc_collect_sum swept, pending;
	int64_t pending_until; /* when the next list is ripe; 0: none */
	uint64_t copied; /* by repacking */
	uint64_t live; /* packed bytes that are needed */
	uint64_t others; /* elsewhere: roots of other holders, which stay */
};

/*
 * MVC_EAGAIN: somebody is writing (with `now`); MVC_EINVALID: the clocks are
 * off, or it would drop everything; MVC_ENOTFOUND or MVC_ECORRUPT: something
 * that is needed is missing or damaged (nothing was deleted but temporaries).
 */
int mvc_collect(struct mvc_collect *c) MVC_MUST;

/*
 * The same of a store somewhere else. No lock is taken and no object is read:
 * packs of which something may be needed stay as they are. Memory: about 100
 * bytes for each pack, and for each name that is condemned.
 */
int mvc_collect_far(struct mvc_collect *c) MVC_MUST;

#endif
