/*
 * Getting what is not here.
 *
 *     root ─► segments ─► trees, recipes, level by level ─► chunks
 *                │             what is here already is not asked for
 *                └► pack by pack: ranges that lie near are one request, a
 *                   pack of which most is needed comes whole
 *
 * Many requests run at once. Every object is decoded and compared with its id
 * before the store takes it. What has come stays when a fetch is stopped: the
 * next one begins where it ended. The local root is put last of all.
 */
#ifndef MVC_REMOTE_FETCH_H
#define MVC_REMOTE_FETCH_H

#include "remote/far.h"
#include "store/store.h"

enum mvc_fetch_state {
	MVC_FETCH_NEEDED,
	MVC_FETCH_HERE, /* it was here before */
	MVC_FETCH_DONE,
	MVC_FETCH_MISSING, /* the remote has not all of it */
};

/* The content of one pointer, or what lies at a path in it. */
struct mvc_fetch_item {
	struct mvc_oid oid;
	bool tree;
	uint64_t size, files;
	const char *path; /* for messages; the caller's */
	const char *inner; /* "a/b" in the tree; "" or NULL: all */
	const struct mvc_oidset *only; /* kind 1: the files; NULL: all */
	/* An earlier version that has a whole local root, to compare with. */
	struct mvc_oid base;
	bool has_base;
	enum mvc_fetch_state state; /* result */
};

/*
 * Who can use files' bytes as they come, checked chunk by chunk, on any thread
 * and in no order: what is decoded once needs not be decoded again. A file
 * need not come whole, nor at all.
 */
struct mvc_fetch_taker {
	/* A whole file, which is what its id says. An error ends the fetch. */
	int (*file)(
	    void *arg, const struct mvc_oid *oid, const void *p, size_t n);
	/* A file of several chunks: its number, or 0: not wanted. */
	uint32_t (*begin)(void *arg, const struct mvc_oid *oid, uint64_t size);
	int (*part)(
	    void *arg, uint32_t file, uint64_t off, const void *p, size_t n);
	/* Not all of it will come. */
	void (*lose)(void *arg, uint32_t file);
	void *arg;
};

struct mvc_fetch {
	struct mvc_ctx *ctx;
	struct mvc_store *store;
	struct mvc_far *far;
	const char *there, *here; /* holders: of the roots there, and here */
	struct mvc_fetch_item *items;
	size_t n;
	bool dry_run; /* only say what is NEEDED and MISSING */
	bool trees_only; /* no chunks, no recipes */
	/* Files go to the taker alone, the store gets their trees; the root
	 * says that part is here. */
	bool no_store;
	/* Roots here are not believed, nor is what can only be found: it is
	 * read, and comes anew where it is damaged. */
	bool heal;
	const struct mvc_fetch_taker *taker; /* may be NULL */
	/* Something is not there, or damaged; `why` is for the call. */
	void (*missing)(
	    void *arg, const struct mvc_fetch_item *item, const char *why);
	void *arg;

	/* Results. */
	uint64_t objects, bytes; /* taken into the store; as they lie there */
	uint64_t packs; /* of them, packs that came whole */
};

/* Fetch what the local store has no whole root of. */
int mvc_fetch(struct mvc_fetch *f) MVC_MUST;

#endif
