/* A collection, shared by collect.c and sweep.c. */
#ifndef MVC_STORE_COLLECT_PRIV_H
#define MVC_STORE_COLLECT_PRIV_H

#include "store/collect.h"
#include "store/retire.h"

struct collecting {
	struct mvc_collect *c;
	struct mvc_folder *folder;
	int64_t now; /* the store's clock, seconds */
	int lock;
	struct mvc_trash trash;
	struct mvc_oidset needed;
	struct mvc_rootlist roots;
	struct mvc_trash_list dead; /* condemned by this one */
	struct mvc_oidset killed; /* segments, condemned or deleted */
};

void collect_count(struct collecting *k, enum mvc_collected what,
    const char *name, uint64_t bytes);

/* Remove a file of the store; one that is gone is fine. */
int collect_remove(struct collecting *k, const char *key) MVC_MUST;

/* Removals in this folder are on the disk before what they named goes. */
int collect_sync(struct collecting *k, const char *folder) MVC_MUST;
/* The holder's roots: no others are ever dropped. */
int collect_sync_roots(struct collecting *k) MVC_MUST;

/* Delete what earlier collections condemned and nobody needs, and the lists
 * that have done their work. */
int collect_sweep(struct collecting *k) MVC_MUST;

#endif
