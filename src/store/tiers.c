/*
 * Segments in tiers, as in a log-structured merge: a new one is merged with
 * those that are not four times larger, and with more until four are left.
 * Lookups thus go through four segments at most, and an entry is rewritten a
 * logarithmic number of times.
 */
#include "store/tiers.h"
#include "store/writer_priv.h"
#include "util/banned.h"

#define TIERS 4
#define RATIO 4

static int
smaller_first(const void *a, const void *b)
{
	uint64_t x = mvc_segment_count(*(struct mvc_segment *const *)a);
	uint64_t y = mvc_segment_count(*(struct mvc_segment *const *)b);

	return x < y ? -1 : x > y;
}

/* How many of the n smallest-first segments are to become one. */
static size_t
how_many(struct mvc_segment *const *segs, size_t n)
{
	uint64_t sum = mvc_segment_count(segs[0]);
	size_t i = 1;

	while (i < n &&
	    (n - i + 1 > TIERS || mvc_segment_count(segs[i]) <= RATIO * sum))
		sum += mvc_segment_count(segs[i++]);
	return i;
}

size_t
mvc_tiers_choose(struct mvc_segment **segs, size_t n)
{
	if (n < 2)
		return n;
	qsort(segs, n, sizeof(struct mvc_segment *), smaller_first);
	return how_many(segs, n);
}

int
mvc_tiers_merge(struct mvc_writer *w)
{
	MVC_OWN_MEM struct mvc_segment **segs = NULL;
	struct mvc_store *s = w->store;
	struct mvc_oid name;
	size_t n = 0, merge;
	uint64_t salt = 0;
	int err;

	segs = calloc(s->n_segs + 1, sizeof(struct mvc_segment *));
	if (!segs)
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	for (size_t i = 0; i < s->n_segs; i++)
		if (mvc_writer_clean(w, s->segs[i]))
			segs[n++] = s->segs[i];
	merge = mvc_tiers_choose(segs, n);
	if (merge < 2)
		return MVC_OK;
	do {
		err = mvc_segment_merge(
		    &name, &s->folder, segs, merge, salt, NULL, NULL);
		if (!err && mvc_writer_buried(w, &name))
			err = mvc_random(&salt, sizeof(salt));
		else
			break;
	} while (!err);
	return err ? err : mvc_store_refresh(s);
}
