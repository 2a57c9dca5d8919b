#include "work/renames.h"
#include "object/recipe.h"
#include "work/similar.h"
#include "util/banned.h"

/* More additions and deletions than that are not searched for renames: they
 * would take over 64 MB. */
#define RENAMES_MAX 400000

static void
halves_release(struct mvc_halves *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->v[i].path);
	free(l->v);
}

void
mvc_renames_release(struct mvc_renames *r)
{
	halves_release(&r->added);
	halves_release(&r->deleted);
}

static int
half_add(struct mvc_renames *r, struct mvc_halves *l, const struct mvc_entry *e,
    const char *path)
{
	struct mvc_half h = {
	    .id = e->id, .size = e->size, .kind = e->kind, .order = l->n};

	r->many |= r->added.n + r->deleted.n >= RENAMES_MAX;
	if (r->many)
		return MVC_OK;
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct mvc_half *v = reallocarray(l->v, cap, sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for changes");
		l->v = v;
		l->cap = cap;
	}
	h.rename = e->kind != MVC_ENTRY_LINK && e->size > 0;
	if (path && h.rename && !(h.path = strdup(path)))
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	l->v[l->n++] = h;
	return MVC_OK;
}

int
mvc_renames_added(struct mvc_renames *r, const struct mvc_entry *e)
{
	return half_add(r, &r->added, e, NULL);
}

int
mvc_renames_deleted(
    struct mvc_renames *r, const struct mvc_entry *e, const char *path)
{
	return half_add(r, &r->deleted, e, path);
}

static int
by_id(const void *a, const void *b)
{
	const struct mvc_half *x = a, *y = b;
	int cmp = mvc_oid_cmp(&x->id, &y->id);

	return cmp ? cmp : x->order < y->order ? -1 : x->order > y->order;
}

static int
by_order(const void *a, const void *b)
{
	const struct mvc_half *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

/* The first deletion of that content; deletions are by id now. */
static size_t
find_deleted(const struct mvc_halves *deleted, const struct mvc_oid *id)
{
	size_t lo = 0, hi = deleted->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (mvc_oid_cmp(&deleted->v[mid].id, id) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void
mvc_renames_same(struct mvc_renames *r)
{
	struct mvc_half *del = r->deleted.v;
	size_t n = r->deleted.n;

	if (!n || !r->added.n || r->many)
		return;
	qsort(del, n, sizeof(*del), by_id);
	for (size_t i = 0; i < r->added.n; i++) {
		struct mvc_half *add = &r->added.v[i];
		size_t first = find_deleted(&r->deleted, &add->id), k;

		if (!add->rename || first == n)
			continue;
		k = first + del[first].taken;
		if (k >= n || !mvc_oid_eq(&del[k].id, &add->id) ||
		    !del[k].rename)
			continue;
		del[first].taken++;
		del[k].pair = i + 1;
		add->pair = del[k].order + 1;
	}
	qsort(del, n, sizeof(*del), by_order);
}

/* Of files that were edited too: by the chunks that both have. */

struct matching {
	struct mvc_similar *similar;
	size_t old; /* the deletion that is listed */
};

static int
on_old_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct matching *m = arg;

	(void)off;
	(void)len;
	return mvc_similar_add(m->similar, m->old, chunk);
}

static int
on_new_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct matching *m = arg;

	(void)off;
	return mvc_similar_count(m->similar, chunk, len);
}

static int
each_chunk(struct mvc_store *s, const struct mvc_half *h, struct matching *m,
    int (*each)(
	void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len))
{
	int err;

	if (h->pair || !h->rename || h->size < MVC_SIMILAR_SIZE)
		return MVC_OK;
	err =
	    mvc_recipe_chunks(mvc_store_source(s), &h->id, 0, h->size, each, m);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_renames_similar(struct mvc_renames *r, struct mvc_store *s)
{
	MVC_OWN(mvc_similar) *similar = NULL;
	struct matching m = {.old = 0};
	struct mvc_half *del = r->deleted.v;
	int err;

	if (!r->deleted.n || !r->added.n || r->many)
		return MVC_OK;
	err = mvc_similar_new(&similar);
	m.similar = similar;
	for (size_t i = 0; !err && i < r->deleted.n; i++) {
		m.old = i;
		err = each_chunk(s, &del[i], &m, on_old_chunk);
	}
	for (size_t i = 0; !err && i < r->added.n; i++) {
		struct mvc_half *add = &r->added.v[i];
		uint64_t shared;
		size_t k;

		err = each_chunk(s, add, &m, on_new_chunk);
		shared = mvc_similar_best(similar, &k);
		if (err || !shared || del[k].pair ||
		    !mvc_similar_enough(shared, del[k].size, add->size))
			continue;
		del[k].pair = i + 1;
		add->pair = k + 1;
	}
	return err;
}

const struct mvc_half *
mvc_renames_from(const struct mvc_renames *r, size_t i)
{
	size_t pair = i < r->added.n ? r->added.v[i].pair : 0;

	return pair ? &r->deleted.v[pair - 1] : NULL;
}

bool
mvc_renames_went(const struct mvc_renames *r, size_t i)
{
	return i < r->deleted.n && r->deleted.v[i].pair;
}
