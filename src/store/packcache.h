/*
 * struct mvc_packcache: open packs and their indexes, the least recently used
 * of which are closed when there are many. Thread-safe.
 */
#ifndef MVC_STORE_PACKCACHE_H
#define MVC_STORE_PACKCACHE_H

#include "store/folder.h"
#include "store/pack.h"

struct mvc_packcache;

/* A pack in use, until given back. */
struct mvc_packuse {
	int fd;
	void *slot;
};

int mvc_packcache_new(
    struct mvc_packcache **out, const struct mvc_folder *f) MVC_MUST;
void mvc_packcache_free(struct mvc_packcache *c);

/* Open (or find open) a pack; its index is checked if asked. MVC_ENOTFOUND,
 * MVC_ECORRUPT. */
int mvc_packcache_take(struct mvc_packuse *out, struct mvc_packcache *c,
    const struct mvc_oid *name, bool index) MVC_MUST;

/* What the pack's index, asked for by take, says of an object; MVC_ENOTFOUND
 * (without a text) where it does not list it. */
int mvc_packcache_find(struct mvc_pack_entry *out, struct mvc_packcache *c,
    const struct mvc_packuse *u, enum mvc_kind kind,
    const struct mvc_oid *id) MVC_MUST;
/* The same pack, opened to be read past the page cache (mvc_sys_direct); -1
 * where that cannot be. The cache's, good until the pack is given back. */
int mvc_packcache_direct(struct mvc_packcache *c, const struct mvc_packuse *u);
void mvc_packcache_give(struct mvc_packcache *c, struct mvc_packuse *u);

#endif
