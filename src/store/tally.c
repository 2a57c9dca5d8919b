#include "store/tally.h"
#include "store/store_priv.h"
#include "util/banned.h"

/* The bits of one segment's entries. */
struct bits {
	const struct mvc_segment *segment;
	size_t size;
	uint8_t *b;
};

struct mvc_tally {
	struct mvc_store *store;
	struct bits *segs;
	size_t n;
};

int
mvc_tally_new(struct mvc_tally **out, struct mvc_store *s)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory to count objects");
	(*out)->store = s;
	return MVC_OK;
}

void
mvc_tally_free(struct mvc_tally *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->segs[i].b);
	free(t->segs);
	free(t);
}

void
mvc_tally_clear(struct mvc_tally *t)
{
	for (size_t i = 0; i < t->n; i++)
		memset(t->segs[i].b, 0, t->segs[i].size);
}

static int
add_segment(struct mvc_tally *t, const struct mvc_segment *segment)
{
	struct bits s = {segment, mvc_segment_count(segment) / 8 + 1, NULL};
	struct bits *segs;

	segs = realloc(t->segs, (t->n + 1) * sizeof(*segs));
	if (segs)
		t->segs = segs;
	s.b = segs ? calloc(s.size, 1) : NULL;
	if (!s.b)
		return mvc_fail(MVC_ENOMEM, "no memory to count objects");
	t->segs[t->n++] = s;
	return MVC_OK;
}

/* Segments stay at their address until the store is closed. */
static int
bits_of(uint8_t **out, struct mvc_tally *t, const struct mvc_segment *segment)
{
	size_t i = 0;
	int err = MVC_OK;

	while (i < t->n && t->segs[i].segment != segment)
		i++;
	if (i == t->n)
		err = add_segment(t, segment);
	*out = err ? NULL : t->segs[i].b;
	return err;
}

struct looking {
	struct mvc_tally *t;
	struct mvc_tallied *out;
	bool add;
	int err;
};

/* The first place stands for all. */
static int
at_place(void *arg, const struct mvc_location *at)
{
	struct looking *l = arg;
	uint8_t bit = (uint8_t)(1 << at->at % 8), *bits;

	l->err = bits_of(&bits, l->t, at->segment);
	if (l->err)
		return 1;
	l->out->there = true;
	l->out->was = bits[at->at / 8] & bit;
	l->out->packed = at->e.packed;
	l->out->raw = at->e.raw;
	l->out->pack = at->pack;
	if (l->add)
		bits[at->at / 8] |= bit;
	return 1;
}

int
mvc_tally_object(struct mvc_tallied *out, struct mvc_tally *t,
    enum mvc_kind kind, const struct mvc_oid *id, bool add)
{
	struct looking l = {t, out, add, MVC_OK};
	int r;

	memset(out, 0, sizeof(*out));
	r = mvc_store_locate(t->store, kind, id, at_place, &l);
	return r < 0 ? r : l.err;
}
