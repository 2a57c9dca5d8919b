/*
 *   wants, by pack and place ──► jobs ──► get ─► decode ─► check   many at once
 *                                           │
 *                 writer ◄── in order ◄─────┘   trees are expanded
 *
 * A job is a range of one pack: wants that lie near each other, and what is
 * between them; or the whole pack where most of it is wanted, which becomes a
 * pack of the store as it is.
 */
#include "chunk/codec.h"
#include "hash/digest.h"
#include "remote/fetch_priv.h"
#include "remote/landing.h"
#include "remote/packcheck.h"
#include "store/pack.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Bytes between two wants that are read rather than asked around: a request
 * costs about as much. */
#define GAP (UINT64_C(128) << 10)
/* Bytes of one range: some are under way at a time. */
#define RANGE_MAX (UINT64_C(4) << 20)
/* Packs from this size on come whole when half of them is wanted. */
#define WHOLE_MIN (UINT64_C(1) << 20)
/* So much is published at a time, so that a stopped fetch keeps it. */
#define FLUSH_AT (UINT64_C(256) << 20)

/* An object of a range: how it came. */
struct piece {
	struct mvc_want want;
	char *raw; /* decoded, of trees, recipes and parts; NULL */
	char *why; /* it could not be had; NULL: it is good */
	uint8_t check[16];
};

struct job {
	struct mvc_oid pack;
	uint64_t off, len; /* the range; 0, size: the whole pack */
	bool whole;
	uint8_t *bytes; /* of the range */
	struct piece *pieces;
	size_t n;
	struct mvc_pack_index ix; /* of the whole pack, checked */
	bool stale; /* it is not there, or not whole: again, in ranges */
};

static void
job_free(struct job *j)
{
	for (size_t i = 0; i < j->n; i++) {
		free(j->pieces[i].raw);
		free(j->pieces[i].why);
	}
	free(j->pieces);
	free(j->bytes);
	mvc_pack_index_release(&j->ix);
	free(j);
}

/* Faults of the place, not of the way to it: they end this object only. */
static bool
is_fault(int err)
{
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ||
	    err == MVC_EVERSION;
}

int
mvc_fetch_give(
    struct mvc_fetching *g, const struct mvc_want *w, const void *raw, size_t n)
{
	const struct mvc_fetch_taker *t = g->f->taker;

	if (!t || w->kind != MVC_CHUNK)
		return MVC_OK;
	if (w->file)
		return t->part(t->arg, w->file, w->off, raw, n);
	return w->size == n ? t->file(t->arg, &w->id, raw, n) : MVC_OK;
}

static int
keep_why(struct piece *p)
{
	p->why = strdup(mvc_error_text());
	return p->why ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

/* Chunks that nobody keeps are read and decoded in memory that stays: fresh
 * memory costs more than the copy. */
static bool
is_passing(const struct mvc_fetching *g, const struct job *j)
{
	return g->f->no_store && !j->whole && j->len <= RANGE_MAX &&
	    j->pieces[0].want.kind == MVC_CHUNK;
}

static int
pass_piece(struct mvc_fetching *g, struct mvc_decoder *dec, const struct job *j,
    struct piece *p, char *bytes)
{
	const struct mvc_segment_entry *e = &p->want.at.e;
	char *raw = bytes + RANGE_MAX;
	int err = MVC_ECORRUPT;

	if (e->raw <= MVC_OBJECT_MAX)
		err = mvc_object_decode(
		    dec, raw, e, (uint8_t *)bytes + (e->offset - j->off));
	if (!err)
		return mvc_fetch_give(g, &p->want, raw, e->raw);
	if (!is_fault(err))
		return err;
	(void)!mvc_fail_prefix(err, "object %.12s in %s", mvc_oid_hex(&e->id).s,
	    mvc_pack_path(&j->pack).s);
	return keep_why(p);
}

static int
no_range(struct job *j)
{
	for (size_t i = 0; i < j->n; i++)
		if (keep_why(&j->pieces[i]))
			return MVC_ENOMEM;
	return MVC_OK;
}

static int
pass_range(struct mvc_fetching *g, struct job *j, struct mvc_decoder *dec,
    char **scratch)
{
	int err;

	if (!*scratch)
		*scratch = malloc(RANGE_MAX + MVC_OBJECT_MAX);
	if (!*scratch)
		return mvc_fail(MVC_ENOMEM, "no memory for a range");
	err = mvc_backend_read(
	    g->b, mvc_pack_path(&j->pack).s, j->off, *scratch, j->len);
	if (err)
		return is_fault(err) ? no_range(j) : err;
	for (size_t i = 0; !err && i < j->n; i++)
		err = pass_piece(g, dec, j, &j->pieces[i], *scratch);
	return err;
}

static int
open_piece(struct mvc_fetching *g, struct mvc_decoder *dec, const struct job *j,
    struct piece *p)
{
	const struct mvc_segment_entry *e = &p->want.at.e;
	const uint8_t *packed = j->bytes + (e->offset - j->off);
	int err;

	p->raw = malloc(e->raw + 1);
	if (!p->raw)
		return mvc_fail(MVC_ENOMEM, "no memory for an object");
	err = mvc_object_decode(dec, p->raw, e, packed);
	if (is_fault(err)) {
		(void)!mvc_fail_prefix(err, "object %.12s in %s",
		    mvc_oid_hex(&e->id).s, mvc_pack_path(&j->pack).s);
		return keep_why(p);
	}
	mvc_blake3_128(p->check, packed, e->packed);
	if (e->kind == MVC_CHUNK) {
		if (!err)
			err = mvc_fetch_give(g, &p->want, p->raw, e->raw);
		free(p->raw);
		p->raw = NULL;
	}
	return err;
}

static int
get_range(struct mvc_fetching *g, struct job *j, struct mvc_decoder *dec)
{
	int err;

	j->bytes = malloc(j->len);
	if (!j->bytes)
		return mvc_fail(MVC_ENOMEM, "no memory for a range");
	err = mvc_backend_read(
	    g->b, mvc_pack_path(&j->pack).s, j->off, j->bytes, j->len);
	if (err)
		return is_fault(err) ? no_range(j) : err;
	for (size_t i = 0; !err && i < j->n; i++)
		err = open_piece(g, dec, j, &j->pieces[i]);
	return err;
}

/* What of a pack's objects the job is for, by where they lie. */
struct giving {
	struct mvc_fetching *g;
	const struct job *j;
};

static int
by_offset(const void *key, const void *piece)
{
	const struct mvc_pack_entry *e = key;
	uint64_t off = ((const struct piece *)piece)->want.at.e.offset;

	return e->offset < off ? -1 : e->offset > off;
}

static void
give_object(void *arg, const struct mvc_pack_entry *e, const char *raw)
{
	const struct giving *to = arg;
	const struct piece *p =
	    bsearch(e, to->j->pieces, to->j->n, sizeof(*p), by_offset);

	if (p && mvc_oid_eq(&p->want.id, &e->id))
		(void)!mvc_fetch_give(to->g, &p->want, raw, e->raw);
}

static int
check_pack(
    struct mvc_fetching *g, struct job *j, int fd, struct mvc_decoder *dec)
{
	struct giving to = {g, j};

	return mvc_packcheck(
	    &j->ix, fd, &j->pack, dec, g->f->taker ? give_object : NULL, &to);
}

/* A pack that a stopped fetch left, listed nowhere. */
static int
find_pack(struct mvc_fetching *g, struct job *j, struct mvc_decoder *dec)
{
	const struct mvc_folder *f = mvc_store_folder(g->f->store);
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err;

	err = mvc_sys_open(&fd, f->fd, mvc_pack_path(&j->pack).s, O_RDONLY, 0);
	if (!err && (fstat(fd, &st) < 0 || (uint64_t)st.st_size != j->len))
		err = mvc_fail(MVC_ECORRUPT, "it has another length");
	if (!err)
		err = check_pack(g, j, fd, dec);
	if (err)
		mvc_pack_index_release(&j->ix);
	return err;
}

static int
get_pack(struct mvc_fetching *g, struct job *j, struct mvc_decoder *dec)
{
	const struct mvc_folder *f = mvc_store_folder(g->f->store);
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	struct mvc_landing l = {.name = t.name, .stays = true};
	int err;

	err = mvc_folder_tmp(&t, f);
	if (err)
		return err;
	l.fd = t.fd;
	err = mvc_backend_get(
	    g->b, mvc_pack_path(&j->pack).s, 0, j->len, mvc_landing_take, &l);
	if (!err)
		err = check_pack(g, j, t.fd, dec);
	if (err) {
		mvc_tmpfile_release(&t);
		return err;
	}
	return mvc_folder_publish(&t, f, mvc_pack_path(&j->pack).s);
}

static int
job_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_fetching *g = ctx;
	struct mvc_decoder *dec = g->decoders[thread];
	struct job *j = job;
	int err;

	if (is_passing(g, j)) {
		err = pass_range(g, j, dec, &g->scratch[thread]);
	} else if (!j->whole) {
		err = get_range(g, j, dec);
	} else if (!find_pack(g, j, dec)) {
		err = MVC_OK;
	} else {
		err = get_pack(g, j, dec);
		j->stale = is_fault(err);
		err = j->stale ? MVC_OK : err;
	}
	if (!err)
		atomic_fetch_add(&g->f->ctx->progress.bytes, j->len);
	return err;
}

static int
put_piece(struct mvc_fetching *g, const struct job *j, struct piece *p)
{
	const struct mvc_segment_entry *e = &p->want.at.e;
	struct mvc_encoded enc = {.codec = e->codec,
	    .p = j->bytes + (e->offset - j->off),
	    .len = e->packed};
	int err = MVC_OK;

	/* A recipe alone would say that its file is here. */
	if (!g->f->no_store || e->kind == MVC_TREE)
		err = mvc_writer_put_encoded(
		    g->w, e->kind, &e->id, e->raw, &enc, p->check);
	if (err || !p->raw)
		return err;
	err = mvc_fetch_expand(g, &p->want, p->raw, e->raw);
	if (!is_fault(err) && err != MVC_EINVALID)
		return err;
	mvc_fetch_fault(g, &p->want);
	return MVC_OK;
}

static int
job_finish(void *ctx, void *job)
{
	struct mvc_fetching *g = ctx;
	struct job *j = job;
	int err = MVC_OK;

	for (size_t i = 0; !err && j->stale && i < j->n; i++)
		err = mvc_wants_add(&g->again, &j->pieces[i].want);
	for (size_t i = 0; i < j->n; i++) {
		if (!j->pieces[i].why)
			continue;
		(void)!mvc_error_adopt(MVC_ECORRUPT, j->pieces[i].why);
		mvc_fetch_fault(g, &j->pieces[i].want);
	}
	if (!err && j->whole && !j->stale) {
		err = mvc_writer_adopt(g->w, &j->ix, j->len);
		g->f->objects += j->n;
		g->f->packs++;
	}
	for (size_t i = 0; !err && !j->whole && i < j->n; i++) {
		if (j->pieces[i].why)
			continue;
		if (!is_passing(g, j))
			err = put_piece(g, j, &j->pieces[i]);
		g->f->objects++;
	}
	g->f->bytes += j->len;
	g->since_flush += j->len;
	if (!err && g->since_flush >= FLUSH_AT) {
		err = mvc_writer_flush(g->w);
		g->since_flush = 0;
	}
	return err;
}

static void
job_drop(void *ctx, void *job)
{
	job_free(job);
}

static const struct mvc_flow_ops job_ops = {job_work, job_finish, job_drop};

/* A job for the n wants, which lie in one pack, in order. */
static int
push_job(struct mvc_fetching *g, const struct mvc_want *w, size_t n, bool whole)
{
	const struct mvc_segment_entry *last = &w[n - 1].at.e;
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
	j->pieces = calloc(n, sizeof(*j->pieces));
	if (!j->pieces) {
		free(j);
		return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
	}
	j->n = n;
	for (size_t i = 0; i < n; i++)
		j->pieces[i].want = w[i];
	j->pack = w->at.pack;
	j->whole = whole;
	j->off = whole ? 0 : w->at.e.offset;
	j->len = whole ? w->at.pack_size : last->offset + last->packed - j->off;
	atomic_fetch_add(&g->f->ctx->progress.bytes_total, j->len);
	return mvc_flow_push(g->flow, j);
}

/* How many of the n wants one range has. */
static size_t
range_of(const struct mvc_want *w, size_t n)
{
	uint64_t end = w->at.e.offset + w->at.e.packed;
	size_t i = 1;

	for (; i < n; i++) {
		const struct mvc_segment_entry *e = &w[i].at.e;

		/* Of several files. */
		if (e->offset == w[i - 1].at.e.offset)
			continue;
		if (e->offset < end || e->offset - end > GAP ||
		    e->offset + e->packed - w->at.e.offset > RANGE_MAX)
			break;
		end = e->offset + e->packed;
	}
	return i;
}

/* Trees and recipes are read object by object: they are to be expanded. */
static bool
comes_whole(const struct mvc_fetching *g, const struct mvc_want *w, size_t n)
{
	uint64_t sum = 0;

	if (g->no_whole || g->f->no_store || w->at.pack_size < WHOLE_MIN)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (w[i].kind != MVC_CHUNK)
			return false;
		sum += w[i].at.e.packed;
	}
	return sum >= w->at.pack_size / 2 &&
	    mvc_writer_may_name(g->w, &w->at.pack);
}

static int
push_pack(struct mvc_fetching *g, const struct mvc_want *w, size_t n)
{
	int err = MVC_OK;

	if (comes_whole(g, w, n))
		return push_job(g, w, n, true);
	for (size_t i = 0; !err && i < n;) {
		size_t part = range_of(w + i, n - i);

		err = push_job(g, w + i, part, false);
		i += part;
	}
	return err;
}

static int
by_place(const void *a, const void *b)
{
	const struct mvc_want *x = a, *y = b;
	int c = mvc_oid_cmp(&x->at.pack, &y->at.pack);

	if (c)
		return c;
	if (x->at.e.offset != y->at.e.offset)
		return x->at.e.offset < y->at.e.offset ? -1 : 1;
	return 0;
}

static int
push_all(struct mvc_fetching *g, struct mvc_wants *wants)
{
	struct mvc_want *v = wants->v;
	size_t end;
	int err = MVC_OK;

	qsort(v, wants->n, sizeof(*v), by_place);
	for (size_t i = 0; !err && i < wants->n; i = end) {
		for (end = i + 1; end < wants->n &&
		     mvc_oid_eq(&v[i].at.pack, &v[end].at.pack);
		     end++)
			;
		err = push_pack(g, v + i, end - i);
	}
	return err ? err : mvc_flow_wait(g->flow);
}

int
mvc_fetch_batch(struct mvc_fetching *g, struct mvc_wants *wants)
{
	int err = MVC_OK;

	if (!g->flow)
		err = mvc_flow_new(
		    &g->flow, g->n_threads, g->n_threads + 2, &job_ops, g);
	if (!err)
		err = push_all(g, wants);
	/* Of damaged packs, object by object: the good ones are had. */
	if (!err && g->again.n) {
		struct mvc_wants again = g->again;

		memset(&g->again, 0, sizeof(g->again));
		g->no_whole = true;
		err = push_all(g, &again);
		g->no_whole = false;
		free(again.v);
	}
	return err;
}
