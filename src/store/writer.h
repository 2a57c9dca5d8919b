/*
 * struct mvc_writer: one writing session on a store.
 *
 * Objects go into packs (trees and recipes apart from chunks, unless all is
 * below 1 MiB), packs are published whole, then a segment that finds them,
 * then roots. What the store already has, and is not condemned, is not written
 * again. Not for two threads at once; the bytes written depend only on the
 * order of the calls.
 */
#ifndef MVC_STORE_WRITER_H
#define MVC_STORE_WRITER_H

#include "chunk/codec.h"
#include "store/store.h"

struct mvc_writer;

struct mvc_writer_sums {
	uint64_t objects, raw, packed; /* newly stored */
	uint64_t duplicates, duplicate_bytes; /* that were there already */
};

/* Holds the store's lock, shared, until freed. */
int mvc_writer_new(struct mvc_writer **out, struct mvc_store *s) MVC_MUST;
/* Unpublished packs are removed. */
void mvc_writer_free(struct mvc_writer *w);
MVC_OWN_DEFINE(mvc_writer)

/* Whether the object is in the store for good, or was put in this session.
 * Callable from any thread (the session part may lag behind put). */
bool mvc_writer_has(
    struct mvc_writer *w, enum mvc_kind kind, const struct mvc_oid *id);

/* Store an object, already encoded. check16 is BLAKE3-128 of the packed bytes,
 * NULL to have it computed. */
int mvc_writer_put_encoded(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, uint32_t raw_len, const struct mvc_encoded *enc,
    const uint8_t *check16) MVC_MUST;

/*
 * Without its bytes: *known says whether the store has the object or the
 * session put it, which then counts as a duplicate of n raw bytes and is part
 * of what is claimed.
 */
int mvc_writer_known(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, uint64_t n, bool *known) MVC_MUST;

/*
 * What the store has of an object is not what its id says: it does not count as
 * present for this session, and is stored anew. Not while others ask.
 */
int mvc_writer_distrust(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id) MVC_MUST;

/* Encode and store; also as a sink (for recipes and trees). */
int mvc_writer_put(struct mvc_writer *w, enum mvc_kind kind,
    const struct mvc_oid *id, const void *p, size_t n) MVC_MUST;
const struct mvc_sink *mvc_writer_sink(struct mvc_writer *w);

/*
 * A whole pack whose file was published in the store, every object of it
 * checked: it is listed with what was put. MVC_EEXISTS where the name is
 * condemned, so that its objects must be put one by one.
 */
struct mvc_pack_index;
int mvc_writer_adopt(struct mvc_writer *w, const struct mvc_pack_index *ix,
    uint64_t size) MVC_MUST;
/* Whether a pack's name may be used: it is not condemned. */
bool
mvc_writer_may_name(const struct mvc_writer *w, const struct mvc_oid *pack);

/* Publish everything put so far: packs, then a segment; durable on return, and
 * readable through the store. */
int mvc_writer_flush(struct mvc_writer *w) MVC_MUST;

/* A claim that the store holds a pointer's content. */
struct mvc_claim {
	struct mvc_oid oid;
	bool tree;
	bool part; /* content added inside a partly fetched directory */
	uint64_t size, files;
	/* Earlier versions that this one builds on: what their roots find
	 * needs not have been put in this session. */
	const struct mvc_oid *base;
	size_t n_base;
};

/*
 * Put the holder's root for the claim, last of all (flushes first), by the
 * rules of collection: trash lists are read, every name is confirmed, then the
 * root is put. The caller makes it reachable (pointer, staged) soon after.
 */
int mvc_writer_claim(struct mvc_writer *w, const char *holder,
    const struct mvc_claim *claims, size_t n) MVC_MUST;

void
mvc_writer_get_sums(const struct mvc_writer *w, struct mvc_writer_sums *out);

#endif
