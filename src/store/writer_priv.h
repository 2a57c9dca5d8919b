/* A writing session, shared by writer.c and claim.c. */
#ifndef MVC_STORE_WRITER_PRIV_H
#define MVC_STORE_WRITER_PRIV_H

#include "hash/oidset.h"
#include "store/packer.h"
#include "store/store_priv.h"
#include "store/writer.h"
#include "util/flow.h"

struct mvc_writer {
	struct mvc_store *store;
	int lock;
	struct mvc_sink sink;
	struct mvc_trash trash; /* as read last */
	struct mvc_encoder *enc;
	struct mvc_packer *data, *meta; /* NULL until needed */
	struct mvc_flow *seals;

	/* Since the last flush. */
	struct mvc_oidset set;
	pthread_mutex_t set_lock;
	struct mvc_segment_pack *packs;
	uint32_t n_packs;
	struct mvc_segment_entry *entries;
	size_t n_entries;

	/* Segments that find what was put, and what was there already. */
	struct mvc_root found;
	bool wrote; /* of them, some are this session's own */
	struct mvc_writer_sums sums;
};

bool mvc_writer_segment_clean(
    const struct mvc_trash *trash, const struct mvc_segment *seg);

/* Merge uncovered segments until few are left (tiers.c). */
int
mvc_tiers_merge(struct mvc_store *s, const struct mvc_trash *trash) MVC_MUST;

#endif
