/*
 * A whole file is checked by one hash over what was decoded; only when that
 * fails is each chunk looked at, to name the damaged one.
 *
 *   recipe ──► batches of chunks ──► on all cores: decode ──► in order: hash
 *                                    (a file: hand out)       (a range: hand out)
 */
#include "store/blob.h"
#include "chunk/cutter.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/readrun.h"
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
	bool verify;
};

static int
gather_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct gathering *g = arg;
	size_t before = g->out->len;
	int err;

	err = mvc_store_append(g->s, MVC_CHUNK, chunk, g->verify, g->out);
	if (!err && g->out->len - before != len)
		err = mvc_fail(MVC_ECORRUPT,
		    "chunk %.12s has another length than its recipe says",
		    mvc_oid_hex(chunk).s);
	return err;
}

static int
gather(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    bool verify, struct mvc_buf *out)
{
	struct gathering g = {s, out, verify};

	mvc_buf_clear(out);
	return mvc_recipe_chunks(&s->source, oid, 0, size, gather_chunk, &g);
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

static bool
is_it(const struct mvc_oid *oid, uint64_t size, const struct mvc_buf *b)
{
	struct mvc_oid is;

	mvc_blake3(&is, b->data ? b->data : "", b->len);
	return b->len == size && mvc_oid_eq(&is, oid);
}

int
mvc_blob_get(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    struct mvc_buf *out)
{
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
	if (is_it(oid, size, out))
		return MVC_OK;
	/* Chunk by chunk: a damaged one may lie elsewhere too, or is named. */
	err = size ? gather(s, oid, size, true, out) : MVC_OK;
	return err || is_it(oid, size, out) ? err : mismatch(oid);
}

/* Consecutive chunks of a file: decoded together, handed out together. */
struct batch {
	struct mvc_oid ids[BATCH_CHUNKS];
	uint32_t lens[BATCH_CHUNKS];
	uint32_t n;
	uint64_t off, len;
	struct mvc_buf bytes;
};

struct copying {
	struct mvc_store *s;
	struct mvc_flow *flow;
	/* One more than the flow holds: by the time one is filled again it is
	 * finished. Memory that is used again needs no page faults. */
	struct batch *batches;
	size_t n_batches, filling;
	struct mvc_digest digest;
	bool range; /* in order, each chunk checked; else the whole is */
	uint64_t begin, end; /* what to hand out */
	int (*emit)(void *arg, const void *p, size_t n, uint64_t off);
	void *arg;
};

static int
hand_out(struct copying *c, const struct batch *b)
{
	uint64_t from = b->off, to = b->off + b->bytes.len;

	if (from < c->begin)
		from = c->begin;
	if (to > c->end)
		to = c->end;
	if (from >= to)
		return MVC_OK;
	return c->emit(
	    c->arg, b->bytes.data + (from - b->off), (size_t)(to - from), from);
}

static int
batch_work(void *ctx, void *job, unsigned thread)
{
	struct copying *c = ctx;
	struct batch *b = job;
	struct gathering g = {c->s, &b->bytes, true};
	int err = MVC_OK;

	mvc_buf_clear(&b->bytes);
	if (c->range) {
		for (uint32_t i = 0; !err && i < b->n; i++)
			err = gather_chunk(&g, &b->ids[i], 0, b->lens[i]);
		return err;
	}
	err = mvc_store_append_chunks(c->s, b->ids, b->n, &b->bytes);
	/* Were one of another length, the whole would not be what its id says. */
	return err ? err : hand_out(c, b);
}

static int
batch_finish(void *ctx, void *job)
{
	struct copying *c = ctx;
	struct batch *b = job;

	if (c->range)
		return hand_out(c, b);
	mvc_digest_update(&c->digest, b->bytes.data, b->bytes.len);
	return MVC_OK;
}

static int
push_batch(struct copying *c)
{
	struct batch *b = &c->batches[c->filling];
	int err;

	if (!b->n)
		return MVC_OK;
	err = mvc_flow_push(c->flow, b);
	c->filling = (c->filling + 1) % c->n_batches;
	c->batches[c->filling].n = 0;
	return err;
}

static int
add_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct copying *c = arg;
	struct batch *b = &c->batches[c->filling];
	int err;

	if (b->n && (b->len + len > BATCH || b->n == BATCH_CHUNKS)) {
		err = push_batch(c);
		if (err)
			return err;
		b = &c->batches[c->filling];
	}
	if (!b->n) {
		b->off = off;
		b->len = 0;
	}
	b->ids[b->n] = *chunk;
	b->lens[b->n++] = len;
	b->len += len;
	return MVC_OK;
}

static const struct mvc_flow_ops batch_ops = {batch_work, batch_finish, NULL};

static int
start_batches(struct copying *c)
{
	/* A thread waits for the disk about half of its time. */
	unsigned threads = 2 * c->s->ctx->threads, depth = 2 * threads + 2;

	c->batches = calloc(depth + 1, sizeof(*c->batches));
	if (!c->batches)
		return mvc_fail(MVC_ENOMEM, "no memory to read a file");
	c->n_batches = depth + 1;
	for (size_t i = 0; i < c->n_batches; i++)
		c->batches[i].bytes.max = BATCH + MVC_CHUNK_MAX;
	return mvc_flow_new(&c->flow, threads, depth, &batch_ops, c);
}

static int
copy_recipe(struct copying *c, const struct mvc_oid *oid)
{
	int err = start_batches(c);

	if (!err)
		err = mvc_recipe_chunks(&c->s->source, oid, c->begin,
		    c->end - c->begin, add_chunk, c);
	if (!err)
		err = push_batch(c);
	if (!err)
		err = mvc_flow_wait(c->flow);
	mvc_flow_free(c->flow);
	for (size_t i = 0; i < c->n_batches; i++)
		mvc_buf_release(&c->batches[i].bytes);
	free(c->batches);
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

static int
emit_hashed(void *arg, const void *p, size_t n, uint64_t off)
{
	struct copying *c = arg;

	mvc_digest_update(&c->digest, p, n);
	return c->emit(c->arg, p, n, off);
}

int
mvc_blob_copy_checked(struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off), void *arg)
{
	struct copying c = {.s = s, .emit = emit, .arg = arg};
	struct mvc_oid is;
	int err = mvc_digest_init(&c.digest);

	if (!err)
		err = mvc_blob_range(s, oid, size, 0, size, emit_hashed, &c);
	if (!err) {
		mvc_digest_final(&c.digest, &is);
		if (!mvc_oid_eq(&is, oid))
			err = mismatch(oid);
	}
	mvc_digest_release(&c.digest);
	return err;
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
	struct copying c = {.s = s, .range = true, .emit = emit, .arg = arg};
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
