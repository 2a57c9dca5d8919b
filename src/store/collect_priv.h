/*
 * A collection, shared by collect.c (a local store), collect_far.c (one
 * somewhere else), condemn.c and sweep.c (both).
 */
#ifndef MVC_STORE_COLLECT_PRIV_H
#define MVC_STORE_COLLECT_PRIV_H

#include "store/collect.h"
#include "store/retire.h"

struct collecting {
	struct mvc_collect *c;
	struct mvc_backend *b;
	struct mvc_folder *folder; /* the same; NULL: somewhere else */
	int64_t now; /* the store's clock, seconds */
	int lock;
	struct mvc_trash trash;
	struct mvc_oidset needed;
	struct mvc_rootlist roots;
	struct mvc_trash_list dead; /* condemned by this one */
	struct mvc_oidset killed; /* segments, condemned or deleted */
};

/* condemn.c */

void collect_count(struct collecting *k, enum mvc_collected what,
    const char *name, uint64_t bytes);

/* Read the store's clock and the trash lists; MVC_EINVALID where the clocks
 * are off. */
int collect_begin(struct collecting *k) MVC_MUST;
/* Everything but the collect itself. */
void collect_release(struct collecting *k);

/* G, for what is condemned now. */
uint64_t collect_grace(const struct collecting *k);
/* Nothing younger than G is condemned. */
bool collect_is_old(const struct collecting *k, int64_t made);

/* Whether the holder does without this root: it is dropped, or waits for its
 * sweep. */
bool collect_drops(const struct collecting *k, const struct mvc_listed_root *r);
/* MVC_EINVALID where all of the holder's roots would go. */
int collect_refuse(
    const struct collecting *k, size_t mine, size_t dropped) MVC_MUST;

/* The pack of a key "packs/aa/NAME.pack"; false for any other key. */
bool collect_is_pack(struct mvc_oid *out, const char *key);
/*
 * The packs that segments (kind 1) list, each as often as it is listed; each()
 * is called from one thread at a time. One that is gone from a local store
 * lists nothing (fsck tells); from another place it is MVC_ENOTFOUND.
 */
int collect_heads(struct collecting *k, const struct mvc_oidset *segments,
    int (*each)(void *arg, const struct mvc_segment_pack *p),
    void *arg) MVC_MUST;

/* Put a name on the list of the dead; nothing in a dry run. */
int collect_condemn(struct collecting *k, enum mvc_trash_kind kind,
    const struct mvc_oid *oid, const char *key) MVC_MUST;
/* Publish the list, in several where it is long, and begin a new one. */
int collect_publish(struct collecting *k) MVC_MUST;

/* sweep.c: delete what earlier collections condemned and nobody needs, and the
 * lists that have done their work. */
int collect_sweep(struct collecting *k) MVC_MUST;

#endif
