/* What the files of room store share, and nobody else sees. */
#ifndef MVC_STORE_STORE_PRIV_H
#define MVC_STORE_STORE_PRIV_H

#include "chunk/codec.h"
#include "store/folder_backend.h"
#include "store/formatfile.h"
#include "store/root.h"
#include "store/segment.h"
#include "store/store.h"
#include "store/trash.h"

#include <pthread.h>

struct mvc_packcache;

/* A folder's times. */
struct mvc_stamp {
	int64_t modified, changed; /* ns */
	bool settled; /* whatever came later has others */
};

/* A decoder and buffers, for one thread at a time. */
struct mvc_scratch {
	struct mvc_scratch *next;
	struct mvc_decoder *dec;
	struct mvc_buf packed;
	uint8_t *window; /* readrun's; on a page; NULL until used */
};

struct mvc_store {
	struct mvc_ctx *ctx;
	struct mvc_folder folder;
	struct mvc_folder_backend backend; /* the same folder */
	struct mvc_formatfile format;
	struct mvc_source source; /* what is here */
	struct mvc_source wide; /* that, and trees beyond */
	const struct mvc_source *beyond; /* NULL: none */

	/* The uncovered segments, largest first. Old ones are kept until the
	 * store is closed: readers may still hold them. */
	pthread_rwlock_t segs_lock;
	struct mvc_segment **segs;
	size_t n_segs;
	struct mvc_segment **old;
	size_t n_old;
	/* Covered ones that list packs which the others do not: collected by
	 * and by, but a root may still name them. Opened when something is
	 * found nowhere else. */
	struct mvc_segment **hidden;
	size_t n_hidden;
	bool hidden_known;
	/* The folder of segments as it was when it was listed. */
	struct mvc_stamp stamp;
	struct mvc_oid listing; /* a hash over the names */
	uint64_t listings; /* how often there was another one */

	struct mvc_packcache *packs;
	pthread_mutex_t scratch_lock;
	struct mvc_scratch *scratch; /* free ones */
};

int mvc_store_check_writable(const struct mvc_store *s) MVC_MUST;

int mvc_scratch_take(struct mvc_scratch **out, struct mvc_store *s) MVC_MUST;
void mvc_scratch_give(struct mvc_store *s, struct mvc_scratch *x);

/* Where an object lies. */
struct mvc_location {
	struct mvc_oid pack;
	struct mvc_segment_entry e;
	const struct mvc_segment *segment;
	uint64_t at; /* its entry there */
};

/*
 * Call each() for the places of an object, in the order of segments, until it
 * returns nonzero, which is returned; 0 after the last. Damaged segments
 * (MVC_ECORRUPT, if none of the others ends it) are passed over. Holds segs_lock for
 * reading.
 */
int mvc_store_locate(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg) MVC_MUST;

/*
 * The same for hidden segments, whose packs a collection condemned or is about
 * to: until a sweep deletes them they can be read, but never count as present
 * for a writer.
 */
int mvc_store_locate_hidden(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg) MVC_MUST;

/* Open the hidden segments, unless that was done. */
int mvc_store_find_hidden(struct mvc_store *s) MVC_MUST;

/* mvc_store_refresh; the number changes when what is looked into did. */
int mvc_store_refreshed(struct mvc_store *s, uint64_t *listing) MVC_MUST;

/* mvc_store_get; without `verify` the caller checks the bytes another way. */
int mvc_store_fetch(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, bool verify, struct mvc_buf *out) MVC_MUST;
/* The same, behind what out holds. An object that does not fit into its
 * maximum is MVC_ECORRUPT. */
int mvc_store_append(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, bool verify, struct mvc_buf *out) MVC_MUST;

/* Append what the n packed bytes of a place decode to. */
int mvc_store_decode(struct mvc_decoder *dec, const struct mvc_location *at,
    const void *packed, size_t n, bool verify, struct mvc_buf *out) MVC_MUST;

/* Read one object's packed bytes at a place and decode them into out. */
int mvc_store_read_at(struct mvc_store *s, const struct mvc_location *at,
    bool verify, struct mvc_buf *out) MVC_MUST;

/* The same, of a pack whose index cannot be read; a recipe is not checked. */
int mvc_store_read_unlisted(struct mvc_store *s, const struct mvc_location *at,
    struct mvc_buf *out) MVC_MUST;

/* Whether the pack's own index has the entry as the segment says. */
int mvc_index_agrees(struct mvc_store *s, const struct mvc_oid *pack,
    const struct mvc_segment_entry *e, bool *agrees) MVC_MUST;

/* A segment's place in the store's list is good while segs_lock is held. */
bool mvc_segment_covers_name(
    const struct mvc_segment *s, const struct mvc_oid *name);
/* Whether one that is looked into does. Thread-safe. */
bool mvc_store_covers(struct mvc_store *s, const struct mvc_oid *segment);

#endif
