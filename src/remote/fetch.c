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

/* Look into the segments of the item's root; of one that is condemned, where
 * there is no other: it can be read until it is swept. */
static int
lean_on(struct mvc_fetch *f, struct mvc_fetch_item *item)
{
	struct mvc_backend *b = mvc_far_backend(f->far);
	struct mvc_root_key key;
	struct mvc_root r;
	bool clean;
	int err;

	err = mvc_root_find(
	    &r, &key, b, f->there, &item->oid, mvc_far_trash(f->far));
	if (err == MVC_ENOTFOUND)
		err = mvc_root_find(&r, &key, b, f->there, &item->oid, NULL);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "this version was never pushed there");
	if (err)
		return err;
	err = mvc_oid_eq(&r.oid, &item->oid)
	    ? mvc_far_lean(&clean, f->far, &r, true)
	    : mvc_fail(MVC_ECORRUPT, "%s is of another version", key.s);
	mvc_root_release(&r);
	return err;
}

static int
walk_item(struct mvc_fetching *g, const struct mvc_fetch_item *item)
{
	struct mvc_want w = {.id = item->oid,
	    .old = item->base,
	    .has_old = item->tree && item->has_base,
	    .size = item->size,
	    .inner = item->inner && *item->inner ? item->inner : NULL,
	    .item = (uint32_t)(item - g->f->items),
	    .kind = item->tree ? MVC_TREE : 0};
	int err;

	if (!item->tree && (item->size == 0 || g->f->trees_only))
		return MVC_OK;
	g->faults = 0;
	g->meta.n = g->chunks.n = 0;
	mvc_oidset_clear(&g->done);
	err = mvc_wants_add(&g->meta, &w);
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
	    g->f->trees_only || item->only;
	return mvc_writer_claim(g->w, g->f->here, &c, 1);
}

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
			err = lean_on(g->f, item);
		if (err == MVC_ENOTFOUND || err == MVC_ECORRUPT) {
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
	if (!g->decoders)
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
	free(g->decoders);
	mvc_writer_free(g->w);
	mvc_oidset_release(&g->done);
	free(g->meta.v);
	free(g->chunks.v);
	free(g->again.v);
}

static int
look(struct mvc_fetch *f, bool *any)
{
	int err = MVC_OK;

	*any = false;
	for (size_t i = 0; !err && i < f->n; i++) {
		err = look_here(f, &f->items[i]);
		*any |= f->items[i].state == MVC_FETCH_NEEDED;
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
		err = lean_on(f, &f->items[i]);
		if (err == MVC_ENOTFOUND || err == MVC_ECORRUPT) {
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
	bool any;
	int err;

	err = look(f, &any);
	if (err || !any)
		return err;
	if (f->dry_run)
		return try_all(f);
	atomic_store(&f->ctx->progress.what, "fetching");
	err = start(&g);
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
