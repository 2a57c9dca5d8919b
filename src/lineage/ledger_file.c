/*
 * The ledger as bytes, all numbers little-endian:
 *
 *     "mvcledg1"
 *     9 counts, u32: commits, parents, versions, records, arrivals, files,
 *         versions that can be read, outputs, inputs; u32 bytes of texts
 *     32 bytes: where history ends
 *     the arrays in that order, then the six orders, then the texts
 *     32 bytes: BLAKE3 of all before
 *
 * It is a cache: whatever is not as it should be is thrown away. The checksum
 * finds damage, and numbers are checked so that a forged file can make wrong
 * answers, which is what whoever writes into .git can do anyhow, but nothing
 * worse.
 */
#include "lineage/ledger.h"

#include "hash/digest.h"
#include "util/bytes.h"

#include <stdio.h>
#include "util/banned.h"

static const char magic[8] = "mvcledg1";

#define HEAD_SIZE (sizeof(magic) + 10 * 4 + 32)
#define COMMIT_SIZE (1 + 32 + 8 + 4 + 4 + 1)
#define VERSION_SIZE (4 + 4 + 4 + 1 + 1 + 3 * 32 + 8 + 8)
#define RECORD_SIZE (32 + 1 + 1 + 8 + 4 + 4 + 4)
#define ARRIVAL_SIZE (4 + 4)
#define FILE_SIZE (32 + 4 + 4 + 1 + 1 + 1)

/* ---- writing ---- */

static uint8_t *
put8(uint8_t *p, unsigned v)
{
	*p = (uint8_t)v;
	return p + 1;
}

static uint8_t *
put32(uint8_t *p, uint32_t v)
{
	mvc_put32(p, v);
	return p + 4;
}

static uint8_t *
put64(uint8_t *p, uint64_t v)
{
	mvc_put64(p, v);
	return p + 8;
}

static uint8_t *
put_id(uint8_t *p, const void *id)
{
	memcpy(p, id, 32);
	return p + 32;
}

static uint8_t *
put_numbers(uint8_t *p, const uint32_t *v, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		p = put32(p, v[i]);
	return p;
}

static uint8_t *
put_commit(uint8_t *p, const struct mvc_ledger_commit *c)
{
	p = put8(p, c->id.n);
	p = put_id(p, c->id.b);
	p = put64(p, (uint64_t)c->time);
	p = put32(p, c->parents);
	p = put32(p, c->n);
	return put8(p, c->boundary);
}

static uint8_t *
put_version(uint8_t *p, const struct mvc_ledger_version *v)
{
	p = put32(p, v->path);
	p = put32(p, v->commit);
	p = put32(p, v->source);
	p = put8(p, v->type);
	p = put8(p, v->model | v->has_run << 1 | v->has_imported << 2);
	p = put_id(p, v->oid.b);
	p = put_id(p, v->run.b);
	p = put_id(p, v->imported.b);
	p = put64(p, v->size);
	return put64(p, v->files);
}

static uint8_t *
put_record(uint8_t *p, const struct mvc_ledger_record *r)
{
	p = put_id(p, r->id.b);
	p = put8(p, r->state);
	p = put8(p, r->failed);
	p = put64(p, (uint64_t)r->started);
	p = put32(p, r->files);
	p = put32(p, r->n);
	return put32(p, r->commit);
}

static uint8_t *
put_file(uint8_t *p, const struct mvc_ledger_file *f)
{
	p = put_id(p, f->key.b);
	p = put32(p, f->path);
	p = put32(p, f->record);
	p = put8(p, f->output);
	p = put8(p, f->kind);
	return put8(p, f->type);
}

static uint8_t *
put_head(uint8_t *p, const struct mvc_ledger *g)
{
	const uint32_t counts[10] = {g->n_commits, g->n_parents, g->n_versions,
	    g->n_records, g->n_arrivals, g->n_files, g->n_known, g->n_made,
	    g->n_used, (uint32_t)g->texts.len};

	memcpy(p, magic, sizeof(magic));
	p = put_numbers(p + sizeof(magic), counts, 10);
	return put_id(p, g->ends.b);
}

/* All but the checksum; no product or sum here passes 64 bits. */
static uint64_t
size_of(const struct mvc_ledger *g)
{
	return HEAD_SIZE + (uint64_t)COMMIT_SIZE * g->n_commits +
	    (uint64_t)VERSION_SIZE * g->n_versions +
	    (uint64_t)RECORD_SIZE * g->n_records +
	    (uint64_t)ARRIVAL_SIZE * g->n_arrivals +
	    (uint64_t)FILE_SIZE * g->n_files +
	    4 *
	    ((uint64_t)g->n_parents + g->n_commits + g->n_records +
		g->n_arrivals + g->n_known + g->n_made + g->n_used) +
	    g->texts.len;
}

int
mvc_ledger_encode(struct mvc_buf *out, const struct mvc_ledger *g)
{
	const uint64_t size = size_of(g);
	struct mvc_oid sum;
	uint8_t *p;
	int err;

	if (size + MVC_OID_SIZE > MVC_LEDGER_MAX)
		return mvc_fail(
		    MVC_ETOOBIG, "there is too much in this history");
	err = mvc_buf_reserve(out, (size_t)size + MVC_OID_SIZE);
	if (err)
		return err;
	p = put_head((uint8_t *)out->data, g);
	for (uint32_t i = 0; i < g->n_commits; i++)
		p = put_commit(p, &g->commits[i]);
	p = put_numbers(p, g->parents, g->n_parents);
	for (uint32_t i = 0; i < g->n_versions; i++)
		p = put_version(p, &g->versions[i]);
	for (uint32_t i = 0; i < g->n_records; i++)
		p = put_record(p, &g->records[i]);
	for (uint32_t i = 0; i < g->n_arrivals; i++)
		p = put32(
		    put32(p, g->arrivals[i].record), g->arrivals[i].commit);
	for (uint32_t i = 0; i < g->n_files; i++)
		p = put_file(p, &g->files[i]);
	p = put_numbers(p, g->commits_by_id, g->n_commits);
	p = put_numbers(p, g->records_by_id, g->n_records);
	p = put_numbers(p, g->arrivals_by_record, g->n_arrivals);
	p = put_numbers(p, g->versions_by_oid, g->n_known);
	p = put_numbers(p, g->made, g->n_made);
	p = put_numbers(p, g->used, g->n_used);
	if (g->texts.len)
		memcpy(p, g->texts.data, g->texts.len);
	mvc_blake3(&sum, out->data, (size_t)size);
	memcpy(out->data + size, sum.b, MVC_OID_SIZE);
	out->len = (size_t)size + MVC_OID_SIZE;
	out->data[out->len] = 0;
	return MVC_OK;
}

/* ---- reading ---- */

/* What is left; all sizes were checked before. */
struct cursor {
	const uint8_t *p;
	bool bad; /* a number lies outside */
};

static uint8_t
get8(struct cursor *c)
{
	return *c->p++;
}

static uint32_t
get32(struct cursor *c)
{
	c->p += 4;
	return mvc_get32(c->p - 4);
}

static uint64_t
get64(struct cursor *c)
{
	c->p += 8;
	return mvc_get64(c->p - 8);
}

static void
get_id(struct cursor *c, void *id)
{
	memcpy(id, c->p, 32);
	c->p += 32;
}

/* A number below n. */
static uint32_t
get_below(struct cursor *c, uint64_t n)
{
	const uint32_t v = get32(c);

	c->bad |= v >= n;
	return v;
}

static bool
get_bool(struct cursor *c)
{
	const uint8_t v = get8(c);

	c->bad |= v > 1;
	return v == 1;
}

/* Where so many begin in an array of n. */
static void
get_span(struct cursor *c, uint32_t *at, uint32_t *count, uint32_t n)
{
	*at = get32(c);
	*count = get32(c);
	c->bad |= *at > n || *count > n - *at;
}

static void
get_commit(
    struct mvc_ledger_commit *out, struct cursor *c, const struct mvc_ledger *g)
{
	out->id.n = get8(c);
	c->bad |= out->id.n != 20 && out->id.n != 32;
	get_id(c, out->id.b);
	out->time = (int64_t)get64(c);
	get_span(c, &out->parents, &out->n, g->n_parents);
	out->boundary = get_bool(c);
}

static void
get_version(struct mvc_ledger_version *out, struct cursor *c,
    const struct mvc_ledger *g)
{
	uint8_t bits;

	out->path = get_below(c, g->texts.len);
	out->commit = get_below(c, g->n_commits);
	out->source = get32(c);
	c->bad |= out->source != MVC_LEDGER_NONE && out->source >= g->texts.len;
	out->type = get8(c);
	c->bad |= out->type > MVC_POINTER_TREE;
	bits = get8(c);
	out->model = bits & 1;
	out->has_run = bits >> 1 & 1;
	out->has_imported = bits >> 2 & 1;
	get_id(c, out->oid.b);
	get_id(c, out->run.b);
	get_id(c, out->imported.b);
	out->size = get64(c);
	out->files = get64(c);
}

static void
get_record(
    struct mvc_ledger_record *out, struct cursor *c, const struct mvc_ledger *g)
{
	get_id(c, out->id.b);
	out->state = get8(c);
	c->bad |= out->state < MVC_LEDGER_GOOD || out->state > MVC_LEDGER_LATER;
	out->failed = get_bool(c);
	out->started = (int64_t)get64(c);
	get_span(c, &out->files, &out->n, g->n_files);
	out->commit = get_below(c, g->n_commits);
}

static void
get_file(
    struct mvc_ledger_file *out, struct cursor *c, const struct mvc_ledger *g)
{
	get_id(c, out->key.b);
	out->path = get_below(c, g->texts.len);
	out->record = get_below(c, g->n_records);
	out->output = get_bool(c);
	out->kind = get8(c);
	out->type = get8(c);
	c->bad |= out->kind < MVC_RUN_DATA || out->kind > MVC_RUN_FAILED ||
	    out->type > MVC_POINTER_TREE;
}

static void *
room(struct cursor *c, uint32_t n, size_t size)
{
	void *v = calloc(mvc_ledger_room(n), size);

	c->bad |= !v;
	return v;
}

static uint32_t *
get_numbers(struct cursor *c, uint32_t n, uint32_t below)
{
	uint32_t *v = room(c, n, sizeof(*v));

	for (uint32_t i = 0; v && i < n; i++)
		v[i] = get_below(c, below);
	return v;
}

/* Of an array of the ledger, each by its function. */
#define GET_ARRAY(g, c, array, count, get)                             \
	do {                                                           \
		(g)->array = room(c, (g)->count, sizeof(*(g)->array)); \
		for (uint32_t i = 0; !(c)->bad && i < (g)->count; i++) \
			get(&(g)->array[i], c, g);                     \
	} while (0)

static void
get_arrival(struct mvc_ledger_arrival *out, struct cursor *c,
    const struct mvc_ledger *g)
{
	out->record = get_below(c, g->n_records);
	out->commit = get_below(c, g->n_commits);
}

static void
get_arrays(struct mvc_ledger *g, struct cursor *c)
{
	GET_ARRAY(g, c, commits, n_commits, get_commit);
	if (!c->bad)
		g->parents = get_numbers(c, g->n_parents, g->n_commits);
	GET_ARRAY(g, c, versions, n_versions, get_version);
	GET_ARRAY(g, c, records, n_records, get_record);
	GET_ARRAY(g, c, arrivals, n_arrivals, get_arrival);
	GET_ARRAY(g, c, files, n_files, get_file);
	if (c->bad)
		return;
	g->commits_by_id = get_numbers(c, g->n_commits, g->n_commits);
	g->records_by_id = get_numbers(c, g->n_records, g->n_records);
	g->arrivals_by_record = get_numbers(c, g->n_arrivals, g->n_arrivals);
	g->versions_by_oid = get_numbers(c, g->n_known, g->n_versions);
	g->made = get_numbers(c, g->n_made, g->n_files);
	g->used = get_numbers(c, g->n_used, g->n_files);
}

static void
get_head(struct mvc_ledger *g, const uint8_t *p)
{
	uint32_t *const counts[9] = {&g->n_commits, &g->n_parents,
	    &g->n_versions, &g->n_records, &g->n_arrivals, &g->n_files,
	    &g->n_known, &g->n_made, &g->n_used};

	for (size_t i = 0; i < 9; i++)
		*counts[i] = mvc_get32(p + sizeof(magic) + 4 * i);
	g->texts.len = mvc_get32(p + sizeof(magic) + 4 * 9);
	memcpy(g->ends.b, p + sizeof(magic) + 4 * 10, 32);
}

/* A parent comes before its child, or a forged ledger would not be one. */
static bool
is_in_order(const struct mvc_ledger *g)
{
	for (uint32_t i = 0; i < g->n_commits; i++) {
		const struct mvc_ledger_commit *c = &g->commits[i];

		for (uint32_t k = c->parents; k < c->parents + c->n; k++)
			if (g->parents[k] >= i)
				return false;
	}
	return true;
}

static bool
decode(struct mvc_ledger *g, const uint8_t *p, size_t n)
{
	struct cursor c = {.p = p + HEAD_SIZE};
	struct mvc_oid sum;
	size_t texts;

	if (n < HEAD_SIZE + MVC_OID_SIZE || n > MVC_LEDGER_MAX ||
	    memcmp(p, magic, sizeof(magic)) != 0)
		return false;
	get_head(g, p);
	texts = g->texts.len;
	if (size_of(g) != n - MVC_OID_SIZE || g->n_known > g->n_versions ||
	    (texts && p[n - MVC_OID_SIZE - 1] != 0))
		return false;
	mvc_blake3(&sum, p, n - MVC_OID_SIZE);
	if (memcmp(sum.b, p + n - MVC_OID_SIZE, MVC_OID_SIZE) != 0)
		return false;
	get_arrays(g, &c);
	g->texts.len = 0;
	return !c.bad && is_in_order(g) &&
	    mvc_buf_add(&g->texts, c.p, texts) == MVC_OK;
}

int
mvc_ledger_decode(struct mvc_ledger *out, const void *p, size_t n)
{
	*out = (struct mvc_ledger)MVC_LEDGER_INIT;
	if (decode(out, p, n))
		return MVC_OK;
	out->texts.len = 0;
	mvc_ledger_release(out);
	return mvc_fail(MVC_ECORRUPT,
	    "no ledger of this version, or a damaged "
	    "one");
}
