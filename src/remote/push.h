/*
 * Sending what a remote lacks.
 *
 *     mvc_push_look    trash lists, the holder's roots: what is there already?
 *     (the caller says which earlier versions to build on)
 *     mvc_push_send    walk ─► packs, many at once ─► one segment ─► roots
 *
 * An object that a basis root's segments find, and that is not condemned, is
 * not sent. A local pack of which every object is to be sent goes as it is;
 * of others the encoded objects are copied into new packs. A push that was
 * stopped leaves packs that the next one asks the remote for and finds. Roots
 * are put last, by the rules of collection (DESIGN, Collection, rule 3).
 */
#ifndef MVC_REMOTE_PUSH_H
#define MVC_REMOTE_PUSH_H

#include "remote/far.h"
#include "store/store.h"

enum mvc_push_state {
	MVC_PUSH_NEEDED, /* no root there yet */
	MVC_PUSH_THERE, /* it was there before */
	MVC_PUSH_SENT, /* its root was put, or would be */
	MVC_PUSH_MISSING, /* not all of it is here */
};

/* The content of one pointer. */
struct mvc_push_item {
	struct mvc_oid oid;
	bool tree;
	uint64_t size, files;
	const char *path; /* for messages; the caller's */
	/* Set by the caller after the look: an earlier version that the remote
	 * has (mvc_push_has), to build on. */
	struct mvc_oid base;
	bool has_base;
	enum mvc_push_state state; /* result */
};

struct mvc_push {
	struct mvc_ctx *ctx;
	struct mvc_store *store;
	struct mvc_far *far;
	const char *holder; /* 32 hex digits */
	const char *who; /* what holders/ID is to say */
	struct mvc_push_item *items;
	size_t n;
	bool dry_run;
	bool verify; /* read every pack back */
	/* An item of which something is not here; `why` is for the call. */
	void (*missing)(
	    void *arg, const struct mvc_push_item *item, const char *why);
	void *arg;

	/* Results. */
	uint64_t packs, bytes; /* put now (or would be) */
	uint64_t whole; /* packs of them that went as they are */
	uint64_t found; /* packs that an earlier push had put */
	struct mvc_oidset there; /* kind 1: the holder's roots */
	uint64_t looked; /* mvc_boottime of reading the lists before */
};
void mvc_push_release(struct mvc_push *p);

/* Sets the items' states to NEEDED or THERE, by the trash lists as they were
 * read last. */
int mvc_push_look(struct mvc_push *p) MVC_MUST;

/* Whether the holder has a root of this content there, after the look. */
bool mvc_push_has(const struct mvc_push *p, const struct mvc_oid *oid);

/*
 * Send what is NEEDED. Content that is not all here is told to missing() and
 * left out; the rest is delivered. MVC_EAGAIN: the network, or a collection,
 * was in the way: what was put will be found again. What was THERE still is
 * on success, however long it took.
 */
int mvc_push_send(struct mvc_push *p) MVC_MUST;

#endif
