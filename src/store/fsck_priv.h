/* A check, shared by fsck.c, fsck_look.c, fsck_repair.c and fsck_reach.c. */
#ifndef MVC_STORE_FSCK_PRIV_H
#define MVC_STORE_FSCK_PRIV_H

#include "hash/oidset.h"
#include "store/fsck.h"
#include "store/retire.h"

struct checking {
	struct mvc_fsck *f;
	struct mvc_folder *folder;
	struct mvc_mark *mark; /* packs; the damaged ones are doomed */
	struct mvc_rootlist roots; /* the readable ones */
	struct mvc_oidset bad; /* objects with a damaged copy, by kind */
	int lock;
	bool claims; /* nothing else */

	/* Keys to set aside. */
	char **aside;
	size_t n_aside;
	bool reindex; /* a segment is damaged or missing, or lists wrongly */
};

void fsck_found(struct checking *k, const char *fmt, ...) MVC_PRINTF(2, 3);
/* The key is to be moved to lost/. */
int fsck_set_aside(struct checking *k, const char *key) MVC_MUST;

int fsck_look_packs(struct checking *k) MVC_MUST;
int fsck_look_segments(struct checking *k) MVC_MUST;
int fsck_look_roots(struct checking *k) MVC_MUST;
int fsck_look_trash(struct checking *k) MVC_MUST;

/* Set aside, copy what is whole, index what no good segment lists, rewrite
 * roots. */
int fsck_repair(struct checking *k) MVC_MUST;

/* Every pointer's objects: name what is missing, heal, claim. */
int fsck_reach_pointers(struct checking *k) MVC_MUST;

#endif
