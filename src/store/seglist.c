#include "store/seglist.h"
#include "util/file.h"
#include "util/banned.h"

void
mvc_seglist_release(struct mvc_seglist *l)
{
	free(l->packs);
	free(l->entries);
	memset(l, 0, sizeof(*l));
}

void
mvc_seglist_clear(struct mvc_seglist *l)
{
	l->n_packs = 0;
	l->n_entries = 0;
}

static int
add_pack(struct mvc_seglist *l, const struct mvc_oid *name, uint64_t size)
{
	struct mvc_segment_pack *t;

	if ((l->n_packs & (l->n_packs + 1)) == 0) {
		t = realloc(l->packs, (2 * l->n_packs + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for packs");
		l->packs = t;
	}
	t = &l->packs[l->n_packs++];
	t->name = *name;
	t->size = size;
	return MVC_OK;
}

int
mvc_seglist_add(
    struct mvc_seglist *l, const struct mvc_pack_index *ix, uint64_t size)
{
	struct mvc_segment_entry *t;
	int err = add_pack(l, &ix->name, size);

	if (err)
		return err;
	t = realloc(l->entries, (l->n_entries + ix->n) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for a segment");
	l->entries = t;
	for (uint32_t i = 0; i < ix->n; i++) {
		const struct mvc_pack_entry *e = &ix->entries[i];

		t = &l->entries[l->n_entries++];
		t->id = e->id;
		t->kind = e->kind;
		t->codec = e->codec;
		t->offset = e->offset;
		t->packed = e->packed;
		t->raw = e->raw;
		t->pack = l->n_packs - 1;
	}
	return MVC_OK;
}

static int
entry_cmp(const void *a, const void *b)
{
	const struct mvc_segment_entry *x = a, *y = b;
	int c;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	c = mvc_oid_cmp(&x->id, &y->id);
	if (c || x->pack == y->pack)
		return c;
	return x->pack < y->pack ? -1 : 1;
}

struct listing {
	const struct mvc_seglist *l;
	size_t at;
};

static int
next_entry(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct listing *g = arg;

	if (rewind)
		g->at = 0;
	if (g->at == g->l->n_entries)
		return 0;
	*out = g->l->entries[g->at++];
	return 1;
}

int
mvc_seglist_write(struct mvc_oid *name, struct mvc_seglist *l,
    const struct mvc_folder *f,
    bool (*dead)(void *arg, const struct mvc_oid *name), void *arg)
{
	struct listing g = {l, 0};
	struct mvc_segment_draft d = {.packs = l->packs,
	    .n_packs = l->n_packs,
	    .next = next_entry,
	    .arg = &g};
	int err;

	if (l->n_entries)
		qsort(l->entries, l->n_entries, sizeof(*l->entries), entry_cmp);
	err = mvc_segment_write(name, f, &d);
	while (!err && dead(arg, name)) {
		err = mvc_random(&d.salt, sizeof(d.salt));
		if (!err)
			err = mvc_segment_write(name, f, &d);
	}
	return err;
}
