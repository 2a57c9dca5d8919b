/*
 * What some trees and recipes name is asked of the local store; what is not
 * there is brought, together. The last named are done first, so that little is
 * waiting at any time. Chunks wait until there are many: they come pack by
 * pack.
 */
#include "object/recipe.h"
#include "object/tree.h"
#include "remote/fetch_priv.h"
#include "store/blob.h"
#include "util/banned.h"

/* Done together, which bounds memory: a tree's node names some 1,000. */
#define TREES 64
#define WANTS ((size_t)1 << 15)
#define CHUNKS ((size_t)1 << 18)
/* Chunks that are read from here for files that mostly come from there. */
#define FEW 256

int
mvc_wants_add(struct mvc_wants *l, const struct mvc_want *w)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct mvc_want *t = realloc(l->v, cap * sizeof(*t));

		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for a fetch");
		l->v = t;
		l->cap = cap;
	}
	l->v[l->n++] = *w;
	return MVC_OK;
}

/*
 * Whether e is on the way to `inner`, whose rest below it is then *rest.
 * *last: no later entry of this node is.
 */
static bool
is_on_way(
    const char **rest, bool *last, const struct mvc_entry *e, const char *inner)
{
	size_t n = strcspn(inner, "/");
	int c = mvc_name_cmp(inner, n, e->name, e->name_len);

	*last = c <= 0;
	*rest = inner;
	if (e->kind == MVC_ENTRY_NODE)
		return c <= 0;
	if (c != 0)
		return false;
	*rest = inner[n] ? inner + n + 1 : NULL;
	return true;
}

static bool
is_left_out(const struct mvc_fetching *g, const struct mvc_want *file)
{
	const struct mvc_oidset *only = g->f->items[file->item].only;

	return only && !mvc_oidset_has(only, 1, &file->id);
}

static int
want_entry(struct mvc_fetching *g, const struct mvc_want *parent,
    const struct mvc_entry *e, const struct mvc_entry *old, const char *inner)
{
	struct mvc_want w = {
	    .id = e->id, .item = parent->item, .size = e->size, .inner = inner};

	if (e->kind == MVC_ENTRY_LINK || (old && mvc_oid_eq(&old->id, &e->id)))
		return MVC_OK;
	if (e->kind == MVC_ENTRY_DIR || e->kind == MVC_ENTRY_NODE) {
		w.kind = MVC_TREE;
		w.has_old = old != NULL;
		if (old)
			w.old = old->id;
	} else if (e->size == 0 || g->f->trees_only || is_left_out(g, &w)) {
		return MVC_OK;
	}
	return mvc_wants_add(&g->meta, &w);
}

/* The base's node, for comparing; without it it only takes longer. */
static void
load_old(struct mvc_tree_node *old, struct mvc_buf *bytes,
    struct mvc_fetching *g, const struct mvc_want *w)
{
	memset(old, 0, sizeof(*old));
	if (w->has_old &&
	    !mvc_store_get(g->f->store, MVC_TREE, &w->old, bytes) &&
	    mvc_tree_decode(old, bytes->data, bytes->len))
		memset(old, 0, sizeof(*old));
}

static int
expand_tree(
    struct mvc_fetching *g, const struct mvc_want *w, const void *raw, size_t n)
{
	MVC_SCOPED(mvc_buf) bytes = MVC_BUF_INIT(MVC_TREE_NODE_MAX);
	struct mvc_tree_node node, old;
	bool last = false, any = false;
	size_t at = 0;
	int err;

	err = mvc_tree_decode(&node, raw, n);
	if (err)
		return err;
	load_old(&old, &bytes, g, w);
	for (size_t i = 0; !err && !last && i < node.n; i++) {
		const struct mvc_entry *e = &node.entries[i];
		const char *rest = NULL;

		if (w->inner && !is_on_way(&rest, &last, e, w->inner))
			continue;
		any = true;
		err = want_entry(g, w, e, mvc_tree_old_of(&old, &at, e), rest);
	}
	/* Who asks for trees alone may be about to add it. */
	if (!err && w->inner && !any && !g->f->trees_only)
		err = mvc_fail(
		    MVC_ENOTFOUND, "there is no %s in this version", w->inner);
	mvc_tree_node_release(&old);
	mvc_tree_node_release(&node);
	return err;
}

static int
expand_recipe(
    struct mvc_fetching *g, const struct mvc_want *w, const void *raw, size_t n)
{
	struct mvc_want below = {
	    .item = w->item, .file = w->file, .off = w->off};
	const struct mvc_fetch_taker *t = g->f->taker;
	struct mvc_recipe_node node;
	int err;

	err = mvc_recipe_decode(&node, w->kind, raw, n);
	if (err)
		return err;
	if (w->kind == MVC_PART && node.level >= w->level)
		err = mvc_fail(MVC_ECORRUPT, "it is too deep");
	if (!err && t && w->kind == MVC_RECIPE)
		below.file = t->begin(t->arg, &w->id, node.size);
	for (size_t i = 0; !err && i < node.n; i++) {
		below.id = node.entries[i].id;
		below.kind = node.level ? MVC_PART : MVC_CHUNK;
		below.level = (uint8_t)node.level;
		err = mvc_wants_add(node.level ? &g->meta : &g->chunks, &below);
		below.off += node.entries[i].len;
	}
	mvc_recipe_node_release(&node);
	return err;
}

/* Of an item that leaves out what its base has, or what it does not want,
 * nothing is said of others. */
static struct mvc_oid
done_id(const struct mvc_fetching *g, const struct mvc_want *w)
{
	const struct mvc_fetch_item *item = &g->f->items[w->item];
	struct mvc_oid id = w->id;

	for (unsigned i = 0; (item->has_base || item->only) && i < 4; i++)
		id.b[i] ^= (uint8_t)((w->item + 1) >> (8 * i));
	return id;
}

/* What repeats is gone through once, or hostile trees take for ever. */
int
mvc_fetch_expand(
    struct mvc_fetching *g, const struct mvc_want *w, const void *raw, size_t n)
{
	struct mvc_oid id = done_id(g, w);
	bool was = false;
	int err = MVC_OK;

	if (!w->inner)
		err = mvc_oidset_add(&g->done, w->kind, &id, &was);
	if (err || was)
		return err;
	return w->kind == MVC_TREE ? expand_tree(g, w, raw, n)
				   : expand_recipe(g, w, raw, n);
}

/* What is here is read from here, and expanded at once. */
static int
expand_here(struct mvc_fetching *g, const struct mvc_want *w)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err;

	if (w->kind == MVC_CHUNK || mvc_oidset_has(&g->done, w->kind, &w->id))
		return MVC_OK;
	err = mvc_store_get(g->f->store, w->kind, &w->id, &b);
	/* It came just now, and is wanted in another place too. */
	if (err == MVC_ENOTFOUND) {
		err = mvc_writer_flush(g->w);
		if (!err)
			err = mvc_store_get(g->f->store, w->kind, &w->id, &b);
	}
	return err ? err : mvc_fetch_expand(g, w, b.data, b.len);
}

/* The store has it; to heal, only what can be read counts. */
static int
is_known(bool *here, struct mvc_fetching *g, enum mvc_kind kind,
    const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err = MVC_OK;

	if (g->f->heal && mvc_store_get(g->f->store, kind, id, &b))
		err = mvc_writer_distrust(g->w, kind, id);
	return err ? err : mvc_writer_known(g->w, kind, id, 0, here);
}

/* Whether the store has it; counts for the claim. */
static int
is_here(bool *here, struct mvc_fetching *g, struct mvc_want *w)
{
	int err;

	if (w->kind)
		return is_known(here, g, w->kind, &w->id);
	*here = false;
	w->kind = MVC_CHUNK;
	err = w->size > MVC_BLOB_SMALL ? MVC_OK
				       : is_known(here, g, MVC_CHUNK, &w->id);
	if (err || *here)
		return err;
	w->kind = MVC_RECIPE;
	err = is_known(here, g, MVC_RECIPE, &w->id);
	if (!err && !*here)
		w->kind = 0;
	return err;
}

static int
locate(struct mvc_fetching *g, struct mvc_want *w)
{
	struct mvc_far *far = g->f->far;
	int err = MVC_ENOTFOUND;

	if (w->kind)
		return mvc_far_locate(&w->at, far, w->kind, &w->id);
	w->kind = MVC_CHUNK;
	if (w->size <= MVC_BLOB_SMALL)
		err = mvc_far_locate(&w->at, far, MVC_CHUNK, &w->id);
	if (err != MVC_ENOTFOUND)
		return err;
	w->kind = MVC_RECIPE;
	return mvc_far_locate(&w->at, far, MVC_RECIPE, &w->id);
}

/* Not here: where is it there? */
static int
seek(bool *there, struct mvc_fetching *g, struct mvc_want *w)
{
	int err = locate(g, w);

	*there = !err;
	if (err != MVC_ENOTFOUND)
		return err;
	(void)!mvc_fail(
	    err, "object %.12s is not there", mvc_oid_hex(&w->id).s);
	mvc_fetch_fault(g, w);
	return MVC_OK;
}

static int
by_id(const void *a, const void *b)
{
	const struct mvc_want *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return mvc_oid_cmp(&x->id, &y->id);
}

/* It will not come: nor will the whole of its file. */
static void
lose(const struct mvc_fetching *g, const struct mvc_want *w)
{
	if (w->file)
		g->f->taker->lose(g->f->taker->arg, w->file);
}

/* Chunks of files that come which are here, or came for another place: for a
 * few the files are not to be lost. */
static int
give_here(struct mvc_fetching *g, const struct mvc_wants *here)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	bool few = here->n <= FEW || g->f->no_store;
	struct mvc_store *s = g->f->store;
	int err = MVC_OK;

	if (here->n > 0 && few)
		err = mvc_writer_flush(g->w);
	for (size_t i = 0; !err && i < here->n; i++) {
		const struct mvc_want *w = &here->v[i];

		if (!few || mvc_store_get(s, w->kind, &w->id, &b))
			lose(g, w);
		else
			err = mvc_fetch_give(g, w, b.data, b.len);
	}
	return err;
}

static int
fetch_chunk(struct mvc_fetching *g, struct mvc_want *w, struct mvc_wants *batch,
    struct mvc_wants *at_hand)
{
	bool here, there = false;
	int err = is_here(&here, g, w);

	if (!err && !here)
		err = seek(&there, g, w);
	if (!err && here && w->file)
		err = mvc_wants_add(at_hand, w);
	else if (!err && !there)
		lose(g, w);
	return err || !there ? err : mvc_wants_add(batch, w);
}

/* Whether it comes for the one before it; what is not kept comes for each file
 * that has it. */
static bool
is_again(const struct mvc_fetching *g, const struct mvc_want *w)
{
	return by_id(w - 1, w) == 0 &&
	    (!g->f->no_store || (!w->file && !w[-1].file));
}

/* Chunks that are not here yet, each once, with their places. */
static int
fetch_chunks(struct mvc_fetching *g)
{
	struct mvc_wants all = g->chunks, batch = {NULL, 0, 0};
	struct mvc_wants here = {NULL, 0, 0};
	int err = MVC_OK;

	memset(&g->chunks, 0, sizeof(g->chunks));
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_id);
	for (size_t i = 0; !err && i < all.n; i++)
		if (i == 0 || !is_again(g, &all.v[i]))
			err = fetch_chunk(g, &all.v[i], &batch, &here);
		else if (all.v[i].file)
			err = mvc_wants_add(&here, &all.v[i]);
	free(all.v);
	if (!err && batch.n)
		err = mvc_fetch_batch(g, &batch);
	if (!err)
		err = give_here(g, &here);
	free(batch.v);
	free(here.v);
	return err;
}

/* What is here is expanded; what is there is to be brought. */
static int
take(struct mvc_fetching *g, struct mvc_want *w, struct mvc_wants *batch)
{
	bool here, there = false;
	int err = is_here(&here, g, w);

	if (!err && here)
		err = expand_here(g, w);
	else if (!err)
		err = seek(&there, g, w);
	if (err || !there)
		return err;
	return mvc_wants_add(w->kind == MVC_CHUNK ? &g->chunks : batch, w);
}

/* How many of the last wants to do together: what they name is kept. */
static size_t
slice_of(const struct mvc_wants *l)
{
	size_t n = 0, trees = 0;

	while (n < l->n && n < WANTS && trees < TREES)
		trees += l->v[l->n - ++n].kind == MVC_TREE;
	return n;
}

static int
fetch_some(struct mvc_fetching *g)
{
	struct mvc_wants slice = {NULL, 0, 0}, batch = {NULL, 0, 0};
	size_t n = slice_of(&g->meta);
	int err = MVC_OK;

	g->meta.n -= n;
	for (size_t i = 0; !err && i < n; i++)
		err = mvc_wants_add(&slice, &g->meta.v[g->meta.n + i]);
	for (size_t i = 0; !err && i < n; i++)
		err = take(g, &slice.v[i], &batch);
	free(slice.v);
	if (!err && batch.n)
		err = mvc_fetch_batch(g, &batch);
	free(batch.v);
	if (!err && g->chunks.n >= CHUNKS)
		err = fetch_chunks(g);
	return err;
}

int
mvc_fetch_walk(struct mvc_fetching *g)
{
	int err = MVC_OK;

	while (!err && g->meta.n > 0)
		err = fetch_some(g);
	return err || g->chunks.n == 0 ? err : fetch_chunks(g);
}
