/*
 * A whole file is checked by one hash over what was decoded; only when that
 * fails is each chunk looked at, to name the damaged one.
 *
 *   recipe ──► batches of chunks ──► decode on all cores ──► in order: hash,
 *                                                            hand out
 */
#include "store/blob.h"
#include "chunk/cutter.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/store_priv.h"
#include "util/flow.h"
#include "util/trace.h"
#include "util/banned.h"

/* Raw bytes a batch holds at most (one chunk more). */
#define BATCH (UINT32_C(1) << 20)
#define BATCH_CHUNKS (BATCH / MVC_CHUNK_MIN + 8)

int
mvc_blob_has(
    struct mvc_store *s, const struct mvc_oid *oid, uint64_t size, bool *has)
{
	int err = MVC_OK;

	*has = size == 0;
	if (!*has && size <= MVC_CHUNK_MAX)
		err = mvc_store_has(s, MVC_CHUNK, oid, has);
	if (!err && !*has)
		err = mvc_store_has(s, MVC_RECIPE, oid, has);
	return err;
}

static int
take_size(void *arg, const struct mvc_location *at)
{
	uint64_t *size = arg;

	*size = at->e.raw;
	return 1;
}

int
mvc_blob_size(uint64_t *size, struct mvc_store *s, const struct mvc_oid *oid)
{
	MVC_SCOPED(mvc_buf) bytes = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_recipe_node node;
	struct mvc_oid empty;
	int err;

	*size = 0;
	mvc_blake3(&empty, "", 0);
	if (mvc_oid_eq(oid, &empty))
		return MVC_OK;
	err = mvc_store_locate(s, MVC_CHUNK, oid, take_size, size);
	if (err)
		return err < 0 ? err : MVC_OK;
	err = mvc_store_get(s, MVC_RECIPE, oid, &bytes);
	if (!err)
		err =
		    mvc_recipe_decode(&node, MVC_RECIPE, bytes.data, bytes.len);
	if (err)
		return err;
	*size = node.size;
	mvc_recipe_node_release(&node);
	return MVC_OK;
}

static int
mismatch(const struct mvc_oid *oid)
{
	return mvc_fail(MVC_ECORRUPT,
	    "file content %.12s does not come out as its id says",
	    mvc_oid_hex(oid).s);
}

struct gathering {
	struct mvc_store *s;
	struct mvc_buf *out;
	struct mvc_buf chunk;
	bool verify;
};

static int
gather_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct gathering *g = arg;
	int err;

	err = mvc_store_fetch(g->s, MVC_CHUNK, chunk, g->verify, &g->chunk);
	if (!err && g->chunk.len != len)
		err = mvc_fail(MVC_ECORRUPT,
		    "chunk %.12s has another length than its recipe says",
		    mvc_oid_hex(chunk).s);
	return err ? err : mvc_buf_add(g->out, g->chunk.data, len);
}

static int
gather(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    bool verify, struct mvc_buf *out)
{
	struct gathering g = {s, out, MVC_BUF_INIT(MVC_OBJECT_MAX), verify};
	int err;

	mvc_buf_clear(out);
	err = mvc_recipe_chunks(&s->source, oid, 0, size, gather_chunk, &g);
	mvc_buf_release(&g.chunk);
	return err;
}

/* The one chunk that is the whole file, where there is one. */
static int
get_single(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    struct mvc_buf *out)
{
	bool has;
	int err;

	if (size > MVC_CHUNK_MAX)
		return MVC_ENOTFOUND;
	err = mvc_store_has(s, MVC_CHUNK, oid, &has);
	if (err || !has)
		return err ? err : MVC_ENOTFOUND;
	err = mvc_store_fetch(s, MVC_CHUNK, oid, true, out);
	if (!err && out->len != size)
		err = mvc_fail(MVC_ECORRUPT,
		    "file content %.12s has %zu bytes where %llu are expected",
		    mvc_oid_hex(oid).s, out->len, (unsigned long long)size);
	return err;
}

int
mvc_blob_get(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    struct mvc_buf *out)
{
	struct mvc_oid is;
	int err;

	if (size > MVC_BLOB_SMALL)
		return mvc_fail(MVC_ETOOBIG, "file too large to be read whole");
	mvc_buf_clear(out);
	if (size > 0) {
		err = get_single(s, oid, size, out);
		if (err != MVC_ENOTFOUND)
			return err;
		err = gather(s, oid, size, false, out);
		if (err)
			return err;
	}
	mvc_blake3(&is, out->data ? out->data : "", out->len);
	if (out->len == size && mvc_oid_eq(&is, oid))
		return MVC_OK;
	/* Name the damaged chunk, if it is one. */
	err = size ? gather(s, oid, size, true, out) : MVC_OK;
	return err ? err : mismatch(oid);
}

/* Consecutive chunks of a file: decoded together, handed out together. */
struct batch {
	struct mvc_oid ids[BATCH_CHUNKS];
	uint32_t lens[BATCH_CHUNKS];
	uint32_t n;
	uint64_t off;
	struct mvc_buf bytes;
};

struct copying {
	struct mvc_store *s;
	struct mvc_flow *flow;
	struct batch *filling;
	struct mvc_digest digest;
	bool verify; /* each chunk, and no digest: a range */
	uint64_t begin, end; /* what to hand out */
	int (*emit)(void *arg, const void *p, size_t n, uint64_t off);
	void *arg;
};

static int
batch_work(void *ctx, void *job, unsigned thread)
{
	struct copying *c = ctx;
	struct batch *b = job;
	struct gathering g = {
	    c->s, &b->bytes, MVC_BUF_INIT(MVC_OBJECT_MAX), c->verify};
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < b->n; i++)
		err = gather_chunk(&g, &b->ids[i], 0, b->lens[i]);
	mvc_buf_release(&g.chunk);
	return err;
}

static int
batch_finish(void *ctx, void *job)
{
	struct copying *c = ctx;
	struct batch *b = job;
	uint64_t from = b->off, to = b->off + b->bytes.len;

	if (!c->verify)
		mvc_digest_update(&c->digest, b->bytes.data, b->bytes.len);
	if (from < c->begin)
		from = c->begin;
	if (to > c->end)
		to = c->end;
	if (from >= to)
		return MVC_OK;
	return c->emit(
	    c->arg, b->bytes.data + (from - b->off), (size_t)(to - from), from);
}

static void
batch_drop(void *ctx, void *job)
{
	struct batch *b = job;

	if (!b)
		return;
	mvc_buf_release(&b->bytes);
	free(b);
}

static int
push_batch(struct copying *c)
{
	if (!c->filling)
		return MVC_OK;
	return mvc_flow_push(c->flow, MVC_TAKE(c->filling));
}

static int
add_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct copying *c = arg;
	struct batch *b = c->filling;
	int err;

	if (b && (b->bytes.max + len > BATCH || b->n == BATCH_CHUNKS)) {
		err = push_batch(c);
		if (err)
			return err;
		b = NULL;
	}
	if (!b) {
		b = c->filling = calloc(1, sizeof(*b));
		if (!b)
			return mvc_fail(MVC_ENOMEM, "no memory to read a file");
		b->off = off;
	}
	b->ids[b->n] = *chunk;
	b->lens[b->n++] = len;
	b->bytes.max += len;
	return MVC_OK;
}

static const struct mvc_flow_ops batch_ops = {
    batch_work, batch_finish, batch_drop};

static int
copy_recipe(struct copying *c, const struct mvc_oid *oid)
{
	unsigned threads = c->s->ctx->threads;
	int err;

	err = mvc_flow_new(&c->flow, threads, 2 * threads + 2, &batch_ops, c);
	if (err)
		return err;
	err = mvc_recipe_chunks(
	    &c->s->source, oid, c->begin, c->end - c->begin, add_chunk, c);
	if (!err)
		err = push_batch(c);
	batch_drop(c, MVC_TAKE(c->filling));
	if (!err)
		err = mvc_flow_wait(c->flow);
	mvc_flow_free(c->flow);
	return err;
}

/* Small ones need no threads. */
static int
copy_small(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off), void *arg)
{
	struct mvc_buf b = MVC_BUF_INIT(MVC_BLOB_SMALL);
	int err;

	err = mvc_blob_get(s, oid, size, &b);
	if (!err && size)
		err = emit(arg, b.data, b.len, 0);
	mvc_buf_release(&b);
	return err;
}

static int
ignore_bytes(void *arg, const void *p, size_t n, uint64_t off)
{
	return MVC_OK;
}

int
mvc_blob_copy(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off), void *arg)
{
	struct copying c = {.s = s, .end = size, .emit = emit, .arg = arg};
	struct mvc_oid is;
	uint64_t start = mvc_trace_start(s->ctx->trace);
	int err;

	if (size <= MVC_BLOB_SMALL)
		return copy_small(s, oid, size, emit, arg);
	err = mvc_digest_init(&c.digest);
	if (err)
		return err;
	err = copy_recipe(&c, oid);
	if (!err) {
		mvc_digest_final(&c.digest, &is);
		if (!mvc_oid_eq(&is, oid)) {
			err = mvc_blob_range(
			    s, oid, size, 0, size, ignore_bytes, NULL);
			if (!err)
				err = mismatch(oid);
		}
	}
	mvc_digest_release(&c.digest);
	mvc_trace_end(s->ctx->trace, start, "store.read", 1, size);
	return err;
}

int
mvc_blob_range(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    uint64_t off, uint64_t len,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off), void *arg)
{
	struct copying c = {.s = s, .verify = true, .emit = emit, .arg = arg};
	struct mvc_buf b = MVC_BUF_INIT(MVC_CHUNK_MAX);
	int err;

	c.begin = off < size ? off : size;
	c.end = len < size - c.begin ? c.begin + len : size;
	if (c.begin == c.end)
		return MVC_OK;
	err = get_single(s, oid, size, &b);
	if (!err)
		err = emit(
		    arg, b.data + c.begin, (size_t)(c.end - c.begin), c.begin);
	else if (err == MVC_ENOTFOUND)
		err = copy_recipe(&c, oid);
	mvc_buf_release(&b);
	return err;
}
