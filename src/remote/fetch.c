#include "remote/fetch_priv.h"
#include "store/root.h"
#include "util/trace.h"
#include "util/banned.h"

/* More threads than this wait for each other. */
#define THREADS_MAX 32

void
mvc_fetch_fault(struct mvc_fetching *g, const struct mvc_want *w)
{
	g->faults++;
	if (g->f->missing && g->tell)
		g->f->missing(
		    g->f->arg, &g->f->items[w->item], mvc_error_text());
}

/* Whether the local store has all of it. */
static int
look_here(struct mvc_fetch *f, struct mvc_fetch_item *item)
{
	struct mvc_root root;
	int err;

	item->state = MVC_FETCH_NEEDED;
	if (f->heal)
		return MVC_OK;
	err = mvc_root_get(&root, f->store, f->here, &item->oid);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	if (!root.part)
		item->state = MVC_FETCH_HERE;
	mvc_root_release(&root);
	return MVC_OK;
}

static void
tell_missing(struct mvc_fetch *f, struct mvc_fetch_item *item)
{
	item->state = MVC_FETCH_MISSING;
	if (f->missing)
		f->missing(f->arg, item, mvc_error_text());
}

static void
begin_walk(struct mvc_fetching *g)
{
	g->faults = 0;
	g->meta.n = g->chunks.n = 0;
	mvc_oidset_clear(&g->done);
}

static int
add_item(struct mvc_fetching *g, const struct mvc_fetch_item *item)
{
	struct mvc_want w = {.id = item->oid,
	    .old = item->base,
	    .has_old = item->tree && item->has_base,
	    .size = item->size,
	    .inner = item->inner && *item->inner ? item->inner : NULL,
	    .item = (uint32_t)(item - g->f->items),
	    .kind = item->tree ? MVC_TREE : 0};

	if (!item->tree &&
	    (item->size == 0 || g->f->trees_only ||
		(item->only && !mvc_oidset_has(item->only, 1, &item->oid))))
		return MVC_OK;
	return mvc_wants_add(&g->meta, &w);
}

static int
walk_item(struct mvc_fetching *g, const struct mvc_fetch_item *item)
{
	int err;

	begin_walk(g);
	err = add_item(g, item);
	return err ? err : mvc_fetch_walk(g);
}

static int
claim(struct mvc_fetching *g, const struct mvc_fetch_item *item)
{
	struct mvc_claim c = {.oid = item->oid,
	    .tree = item->tree,
	    .size = item->size,
	    .files = item->files,
	    .base = &item->base,
	    .n_base = item->has_base};

	c.part = g->faults > 0 || (item->inner && *item->inner) ||
	    g->f->trees_only || g->f->no_store || item->only;
	return mvc_writer_claim(g->w, g->f->here, &c, 1);
}

/* ---- all items together ---- */

/* An item's root, on its way. */
struct rooted {
	struct mvc_fetch_item *item;
	struct mvc_root root;
	bool there;
};

static bool
is_absent(int err)
{
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT;
}

static int
root_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_fetching *g = ctx;
	struct rooted *r = job;
	int err = mvc_far_root(&r->root, g->f->far, g->f->there, &r->item->oid);

	r->there = !err;
	return is_absent(err) ? MVC_OK : err;
}

static int
root_finish(void *ctx, void *job)
{
	struct mvc_fetching *g = ctx;
	struct rooted *r = job;
	bool clean;
	int err = r->there ? mvc_far_lean(&clean, g->f->far, &r->root, true)
			   : MVC_ENOTFOUND;

	if (!err)
		return add_item(g, r->item);
	g->faults++;
	return is_absent(err) ? MVC_OK : err;
}

static void
root_drop(void *ctx, void *job)
{
	struct rooted *r = job;

	mvc_root_release(&r->root);
	free(r);
}

static int
add_all(struct mvc_fetching *g)
{
	static const struct mvc_flow_ops ops = {
	    root_work, root_finish, root_drop};
	unsigned n = g->n_threads;
	MVC_OWN(mvc_flow) *flow = NULL;
	int err = mvc_flow_new(&flow, n, 4 * n, &ops, g);

	for (size_t i = 0; !err && i < g->f->n; i++) {
		struct rooted *r;

		if (g->f->items[i].state != MVC_FETCH_NEEDED)
			continue;
		r = calloc(1, sizeof(*r));
		if (!r)
			return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
		r->item = &g->f->items[i];
		err = mvc_flow_push(flow, r);
	}
	return err ? err : mvc_flow_wait(flow);
}

/*
 * Each step is one for all of them, so that many items wait for a place that
 * is far away as long as one does. Where something is missing none of them is
 * claimed: each is gone through alone then, which says what lacks what.
 */
static int
fetch_together(struct mvc_fetching *g)
{
	int err;

	begin_walk(g);
	g->tell = false;
	err = add_all(g);
	if (!err)
		err = mvc_fetch_walk(g);
	for (size_t i = 0; !err && !g->faults && i < g->f->n; i++) {
		struct mvc_fetch_item *item = &g->f->items[i];

		if (item->state != MVC_FETCH_NEEDED)
			continue;
		item->state = MVC_FETCH_DONE;
		err = claim(g, item);
	}
	return err;
}

/* ---- one item ---- */

/*
 * Twice where something was missing: a collection may have moved it meanwhile,
 * and the root, read again, says where it is now (DESIGN, Collection, rule 6).
 */
static int
fetch_item(struct mvc_fetching *g, struct mvc_fetch_item *item)
{
	int err;

	g->faults = 1;
	for (int i = 0; i < 2 && g->faults; i++) {
		g->tell = i > 0;
		err = i > 0 ? mvc_far_look_away(g->f->far) : MVC_OK;
		if (!err)
			err =
			    mvc_far_lean_on(g->f->far, g->f->there, &item->oid);
		if (is_absent(err)) {
			tell_missing(g->f, item);
			return MVC_OK;
		}
		if (!err)
			err = walk_item(g, item);
		if (err)
			return err;
	}
	item->state = g->faults ? MVC_FETCH_MISSING : MVC_FETCH_DONE;
	return claim(g, item);
}

/* The error's text stays. */
static void
keep_what_came(struct mvc_fetching *g)
{
	char text[MVC_ERROR_MAX];

	snprintf(text, sizeof(text), "%s", mvc_error_text());
	mvc_flow_free(MVC_TAKE(g->flow));
	(void)!mvc_writer_flush(g->w);
	(void)!mvc_error_adopt(MVC_EIO, text);
}

static int
start(struct mvc_fetching *g)
{
	struct mvc_fetch *f = g->f;
	int err;

	g->n_threads =
	    g->b->calls > f->ctx->threads ? g->b->calls : f->ctx->threads;
	if (g->n_threads > THREADS_MAX)
		g->n_threads = THREADS_MAX;
	g->decoders = calloc(g->n_threads, sizeof(struct mvc_decoder *));
	g->scratch = calloc(g->n_threads, sizeof(char *));
	if (!g->decoders || !g->scratch)
		return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
	err = mvc_writer_new(&g->w, f->store);
	for (unsigned i = 0; !err && i < g->n_threads; i++)
		err = mvc_decoder_new(&g->decoders[i]);
	return err;
}

static void
stop(struct mvc_fetching *g)
{
	mvc_flow_free(g->flow);
	for (unsigned i = 0; g->decoders && i < g->n_threads; i++)
		mvc_decoder_free(g->decoders[i]);
	for (unsigned i = 0; g->scratch && i < g->n_threads; i++)
		free(g->scratch[i]);
	free(g->scratch);
	free(g->decoders);
	mvc_writer_free(g->w);
	mvc_oidset_release(&g->done);
	free(g->meta.v);
	free(g->chunks.v);
	free(g->again.v);
}

static int
look(struct mvc_fetch *f, size_t *needed)
{
	int err = MVC_OK;

	*needed = 0;
	for (size_t i = 0; !err && i < f->n; i++) {
		err = look_here(f, &f->items[i]);
		*needed += f->items[i].state == MVC_FETCH_NEEDED;
	}
	return err;
}

/* Only say what the remote does not have. */
static int
try_all(struct mvc_fetch *f)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < f->n; i++) {
		if (f->items[i].state != MVC_FETCH_NEEDED)
			continue;
		err = mvc_far_lean_on(f->far, f->there, &f->items[i].oid);
		if (is_absent(err)) {
			tell_missing(f, &f->items[i]);
			err = MVC_OK;
		}
	}
	return err;
}

int
mvc_fetch(struct mvc_fetch *f)
{
	struct mvc_fetching g = {.f = f, .b = mvc_far_backend(f->far)};
	uint64_t from = mvc_trace_start(f->ctx->trace);
	size_t needed;
	int err;

	err = look(f, &needed);
	if (err || !needed)
		return err;
	if (f->dry_run)
		return try_all(f);
	atomic_store(&f->ctx->progress.what, "fetching");
	err = start(&g);
	if (!err && needed > 1)
		err = fetch_together(&g);
	for (size_t i = 0; !err && i < f->n; i++)
		if (f->items[i].state == MVC_FETCH_NEEDED)
			err = fetch_item(&g, &f->items[i]);
	/* What has come is kept. */
	if (err && g.w && g.flow)
		keep_what_came(&g);
	stop(&g);
	mvc_trace_end(f->ctx->trace, from, "fetch", f->objects, f->bytes);
	return err;
}
