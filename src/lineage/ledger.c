#include "lineage/ledger.h"

#include <stdio.h>
#include "util/banned.h"

void
mvc_ledger_release(struct mvc_ledger *g)
{
	free(g->commits);
	free(g->parents);
	free(g->versions);
	free(g->records);
	free(g->arrivals);
	free(g->files);
	free(g->commits_by_id);
	free(g->records_by_id);
	free(g->arrivals_by_record);
	free(g->versions_by_oid);
	free(g->made);
	free(g->used);
	mvc_buf_release(&g->texts);
	*g = (struct mvc_ledger)MVC_LEDGER_INIT;
}

void
mvc_ledger_key(struct mvc_oid *out, const struct mvc_run_file *f)
{
	*out = f->oid;
	if (f->has_oid)
		return;
	/* No hash is likely to end in zeros. */
	memset(out, 0, sizeof(*out));
	memcpy(out->b, f->git.b, f->git.n);
}

int
mvc_ledger_grow(void *array, uint32_t n, size_t size)
{
	void **v = array;
	void *more;

	if (*v && n < mvc_ledger_room(n))
		return MVC_OK;
	if (n >= INT32_MAX / 2)
		return mvc_fail(
		    MVC_ETOOBIG, "there is too much in this history");
	more = reallocarray(*v, mvc_ledger_room(n + 1), size);
	if (!more)
		return mvc_fail(MVC_ENOMEM, "no memory for a ledger");
	*v = more;
	return MVC_OK;
}

/* ---- texts ---- */

static size_t
hash_of(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (uint8_t)*s) * 0x100000001b3;
	return (size_t)(h ^ h >> 32);
}

static uint32_t *
slot_of(
    const struct mvc_ledger *g, const struct mvc_ledger_texts *t, const char *s)
{
	size_t i = hash_of(s);

	for (;; i++) {
		uint32_t *slot = &t->slots[i & (t->size - 1)];

		if (!*slot || !strcmp(mvc_ledger_text(g, *slot - 1), s))
			return slot;
	}
}

static int
grow_texts(struct mvc_ledger *g, struct mvc_ledger_texts *t)
{
	struct mvc_ledger_texts big = {.size = t->size ? 2 * t->size : 1024};

	big.slots = calloc(big.size, sizeof(*big.slots));
	if (!big.slots)
		return mvc_fail(MVC_ENOMEM, "no memory for a ledger");
	free(t->slots);
	/* Those that the ledger came with too. */
	for (size_t at = 0; at < g->texts.len;) {
		const char *s = g->texts.data + at;

		*slot_of(g, &big, s) = (uint32_t)at + 1;
		at += strlen(s) + 1;
		big.n++;
	}
	*t = big;
	return MVC_OK;
}

int
mvc_ledger_add_text(uint32_t *out, struct mvc_ledger *g,
    struct mvc_ledger_texts *t, const char *s)
{
	uint32_t *slot;
	int err = MVC_OK;

	while (!err && t->n + 1 > t->size / 2)
		err = grow_texts(g, t);
	if (err)
		return err;
	slot = slot_of(g, t, s);
	if (!*slot) {
		*out = (uint32_t)g->texts.len;
		err = mvc_buf_add(&g->texts, s, strlen(s) + 1);
		if (err)
			return err;
		*slot = *out + 1;
		t->n++;
	}
	*out = *slot - 1;
	return MVC_OK;
}

/* ---- orders ---- */

struct key {
	uint8_t id[32];
	uint32_t minor;
	int64_t time;
	uint8_t last[32];
	uint32_t number;
};

static int
key_cmp(const void *va, const void *vb)
{
	const struct key *a = va, *b = vb;
	int cmp = memcmp(a->id, b->id, sizeof(a->id));

	if (!cmp)
		cmp = (a->minor > b->minor) - (a->minor < b->minor);
	if (!cmp)
		cmp = (a->time > b->time) - (a->time < b->time);
	if (!cmp)
		cmp = memcmp(a->last, b->last, sizeof(a->last));
	return cmp ? cmp : (a->number > b->number) - (a->number < b->number);
}

/* The key of the i-th; false: it is not in this order. */
typedef bool (*key_fn)(struct key *k, const struct mvc_ledger *g, uint32_t i);

static int
order(uint32_t **out, uint32_t *n_out, const struct mvc_ledger *g, uint32_t n,
    key_fn key)
{
	MVC_OWN_MEM struct key *keys = calloc((size_t)n + 1, sizeof(*keys));
	uint32_t *v = calloc((size_t)n + 1, sizeof(*v));
	uint32_t kept = 0;

	free(*out);
	*out = v;
	if (!keys || !v)
		return mvc_fail(MVC_ENOMEM, "no memory for a ledger");
	for (uint32_t i = 0; i < n; i++) {
		keys[kept].number = i;
		if (key(&keys[kept], g, i))
			kept++;
	}
	qsort(keys, kept, sizeof(*keys), key_cmp);
	for (uint32_t i = 0; i < kept; i++)
		v[i] = keys[i].number;
	*n_out = kept;
	return MVC_OK;
}

static bool
commit_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	memcpy(k->id, g->commits[i].id.b, sizeof(k->id));
	return true;
}

static bool
record_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	memcpy(k->id, g->records[i].id.b, sizeof(k->id));
	return true;
}

static bool
arrival_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	k->minor = g->arrivals[i].record;
	k->time = g->arrivals[i].commit;
	return true;
}

static bool
version_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	memcpy(k->id, g->versions[i].oid.b, sizeof(k->id));
	k->minor = g->versions[i].path;
	k->time = g->versions[i].commit;
	return g->versions[i].type != 0;
}

static bool
file_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	const struct mvc_ledger_file *f = &g->files[i];

	memcpy(k->id, f->key.b, sizeof(k->id));
	k->minor = f->path;
	k->time = g->records[f->record].started;
	memcpy(k->last, g->records[f->record].id.b, sizeof(k->last));
	return f->kind != MVC_RUN_FAILED;
}

static bool
made_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	return g->files[i].output && file_key(k, g, i);
}

static bool
used_key(struct key *k, const struct mvc_ledger *g, uint32_t i)
{
	return !g->files[i].output && file_key(k, g, i);
}

int
mvc_ledger_sort(struct mvc_ledger *g)
{
	uint32_t n;
	int err;

	err = order(&g->commits_by_id, &n, g, g->n_commits, commit_key);
	if (!err)
		err = order(&g->records_by_id, &n, g, g->n_records, record_key);
	if (!err)
		err = order(
		    &g->arrivals_by_record, &n, g, g->n_arrivals, arrival_key);
	if (!err)
		err = order(&g->versions_by_oid, &g->n_known, g, g->n_versions,
		    version_key);
	if (!err)
		err = order(&g->made, &g->n_made, g, g->n_files, made_key);
	if (!err)
		err = order(&g->used, &g->n_used, g, g->n_files, used_key);
	g->unsorted = err != MVC_OK;
	return err;
}

/* ---- looking things up ---- */

typedef const uint8_t *(*id_fn)(const struct mvc_ledger *g, uint32_t i);

/* The first place whose id is not below, or with `after` the first above. */
static uint32_t
bound(const struct mvc_ledger *g, const uint32_t *v, uint32_t n, id_fn id_of,
    const uint8_t id[32], bool after)
{
	uint32_t lo = 0;

	while (lo < n) {
		uint32_t mid = lo + (n - lo) / 2;
		int cmp = memcmp(id_of(g, v[mid]), id, 32);

		if (cmp < 0 || (after && cmp == 0))
			lo = mid + 1;
		else
			n = mid;
	}
	return lo;
}

static struct mvc_ledger_range
range(const struct mvc_ledger *g, const uint32_t *v, uint32_t n, id_fn id_of,
    const uint8_t id[32])
{
	return (struct mvc_ledger_range){
	    bound(g, v, n, id_of, id, false), bound(g, v, n, id_of, id, true)};
}

static const uint8_t *
commit_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->commits[i].id.b;
}

static const uint8_t *
record_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->records[i].id.b;
}

static const uint8_t *
version_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->versions[i].oid.b;
}

static const uint8_t *
file_id(const struct mvc_ledger *g, uint32_t i)
{
	return g->files[i].key.b;
}

uint32_t
mvc_ledger_find_commit(const struct mvc_ledger *g, const struct mvc_gitid *id)
{
	uint8_t key[MVC_GITID_MAX] = {0};
	struct mvc_ledger_range r;

	memcpy(key, id->b, id->n);
	r = range(g, g->commits_by_id, g->n_commits, commit_id, key);
	return r.begin < r.end ? g->commits_by_id[r.begin] : MVC_LEDGER_NONE;
}

uint32_t
mvc_ledger_find_record(const struct mvc_ledger *g, const struct mvc_oid *id)
{
	const struct mvc_ledger_range r =
	    range(g, g->records_by_id, g->n_records, record_id, id->b);

	return r.begin < r.end ? g->records_by_id[r.begin] : MVC_LEDGER_NONE;
}

struct mvc_ledger_range
mvc_ledger_find_versions(const struct mvc_ledger *g, const struct mvc_oid *oid)
{
	return range(g, g->versions_by_oid, g->n_known, version_id, oid->b);
}

struct mvc_ledger_range
mvc_ledger_find_made(const struct mvc_ledger *g, const struct mvc_oid *key)
{
	return range(g, g->made, g->n_made, file_id, key->b);
}

struct mvc_ledger_range
mvc_ledger_find_arrivals(const struct mvc_ledger *g, uint32_t record)
{
	struct mvc_ledger_range r = {0, g->n_arrivals};
	uint32_t end = g->n_arrivals;

	while (r.begin < end) {
		const uint32_t mid = r.begin + (end - r.begin) / 2;

		if (g->arrivals[g->arrivals_by_record[mid]].record < record)
			r.begin = mid + 1;
		else
			end = mid;
	}
	r.end = r.begin;
	while (r.end < g->n_arrivals &&
	    g->arrivals[g->arrivals_by_record[r.end]].record == record)
		r.end++;
	return r;
}

struct mvc_ledger_range
mvc_ledger_find_used(const struct mvc_ledger *g, const struct mvc_oid *key)
{
	return range(g, g->used, g->n_used, file_id, key->b);
}

/* ---- what commits reach ---- */

int
mvc_ledger_reach(
    uint8_t **out, const struct mvc_ledger *g, const uint32_t *tips, size_t n)
{
	uint8_t *bits = calloc((size_t)g->n_commits / 8 + 1, 1);

	*out = bits;
	if (!bits)
		return mvc_fail(MVC_ENOMEM, "no memory for a ledger");
	for (size_t i = 0; i < n; i++)
		bits[tips[i] / 8] |= (uint8_t)(1 << tips[i] % 8);
	/* Parents come before children. */
	for (uint32_t i = g->n_commits; i-- > 0;) {
		const struct mvc_ledger_commit *c = &g->commits[i];

		if (!mvc_ledger_reaches(bits, i))
			continue;
		for (uint32_t k = c->parents; k < c->parents + c->n; k++)
			bits[g->parents[k] / 8] |=
			    (uint8_t)(1 << g->parents[k] % 8);
	}
	return MVC_OK;
}
