/* A writing session, shared by writer.c and claim.c. */
#ifndef MVC_STORE_WRITER_PRIV_H
#define MVC_STORE_WRITER_PRIV_H

#include "hash/oidset.h"
#include "store/packer.h"
#include "store/seglist.h"
#include "store/store_priv.h"
#include "store/writer.h"

struct mvc_writer {
	struct mvc_store *store;
	int lock;
	struct mvc_sink sink;
	struct mvc_trash trash; /* as read last */
	struct mvc_oidset doomed;
	struct mvc_oidset distrusted;
	/* What mvc_writer_clean found out; under clean_lock. */
	pthread_mutex_t clean_lock;
	struct {
		const struct mvc_segment *seg;
		bool clean;
	} asked[16];
	unsigned n_asked;
	struct mvc_encoder *enc;
	struct mvc_packer *data, *meta; /* NULL until needed */
	struct mvc_packdisk *disk;

	/* Since the last flush. */
	struct mvc_oidset set;
	pthread_mutex_t set_lock;
	struct mvc_seglist list;

	/* Segments that find what was put, and what was there already. */
	struct mvc_root found;
	bool wrote; /* of them, some are this session's own */
	struct mvc_writer_sums sums;
};

/* Whether a claim may lean on a segment: neither it nor a pack of its is
 * condemned or doomed. Thread-safe. */
bool mvc_writer_clean(struct mvc_writer *w, const struct mvc_segment *seg);

/*
 * Whether a new segment may not have this name: it is condemned, or covered,
 * so that nobody would look into it. A segment that is gone may be covered
 * still, and the same packs written again would make its name again.
 */
bool mvc_writer_buried(struct mvc_writer *w, const struct mvc_oid *segment);

/* mvc_writer_new, without the lock when the caller holds it already. */
int mvc_writer_begin(
    struct mvc_writer **out, struct mvc_store *s, bool lock) MVC_MUST;

/* A pack that is about to be retired: nothing in it counts as present. To be
 * said before anything is put. */
int mvc_writer_doom(struct mvc_writer *w, const struct mvc_oid *pack) MVC_MUST;

/* Merge uncovered segments until few are left (tiers.c). */
int mvc_tiers_merge(struct mvc_writer *w) MVC_MUST;

#endif
