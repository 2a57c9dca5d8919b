/*
 * Which objects are to be sent. A tree is gone through beside the earlier
 * version's: what stands in both under one name is there with all that is
 * below it, because that version's root says so. Nothing else is taken for
 * whole: of every other object, and each below it, the remote's segments are
 * asked.
 */
#include "object/recipe.h"
#include "object/tree.h"
#include "remote/push_priv.h"
#include "store/blob.h"
#include "util/banned.h"

struct node {
	struct mvc_buf bytes;
	struct mvc_tree_node at;
};

static int walk_tree(struct mvc_pushing *g, const struct mvc_oid *id,
    const struct mvc_oid *old, unsigned depth);

static int
node_load(struct node *n, struct mvc_pushing *g, const struct mvc_oid *id)
{
	int err;

	memset(n, 0, sizeof(*n));
	n->bytes.max = MVC_TREE_NODE_MAX;
	err = g->source.get(g->source.arg, MVC_TREE, id, &n->bytes);
	if (!err)
		err = mvc_tree_decode(&n->at, n->bytes.data, n->bytes.len);
	if (err)
		mvc_buf_release(&n->bytes);
	return err;
}

static void
node_release(struct node *n)
{
	mvc_tree_node_release(&n->at);
	mvc_buf_release(&n->bytes);
}

/* An object goes, unless it is there. */
static int
send_object(struct mvc_pushing *g, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct mvc_far_place there;
	struct mvc_tallied here;
	bool was;
	int err;

	err = mvc_far_locate(&there, g->p->far, kind, id);
	if (err != MVC_ENOTFOUND)
		return err;
	err = mvc_tally_object(&here, g->out, kind, id, true);
	if (err)
		return err;
	if (!here.there)
		return mvc_fail(MVC_ENOTFOUND,
		    "object %.12s is not in the store", mvc_oid_hex(id).s);
	return here.was ? MVC_OK
			: mvc_oidset_add(&g->packs, 1, &here.pack, &was);
}

/* Whether it was gone through already; what is not here never was. */
static int
was_seen(bool *seen, struct mvc_pushing *g, enum mvc_kind kind,
    const struct mvc_oid *id)
{
	struct mvc_tallied t;
	int err = mvc_tally_object(&t, g->seen, kind, id, true);

	*seen = !err && t.was;
	return err;
}

static int
walk_parts(struct mvc_pushing *g, enum mvc_kind kind, const struct mvc_oid *id,
    unsigned below)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_recipe_node node;
	bool seen;
	int err;

	err = was_seen(&seen, g, kind, id);
	if (err || seen)
		return err;
	err = g->source.get(g->source.arg, kind, id, &b);
	if (!err)
		err = mvc_recipe_decode(&node, kind, b.data, b.len);
	if (err)
		return err;
	if (node.level >= below)
		err = mvc_fail(MVC_ECORRUPT, "recipe %.12s is too deep",
		    mvc_oid_hex(id).s);
	for (size_t i = 0; !err && i < node.n; i++)
		err = node.level
		    ? walk_parts(g, MVC_PART, &node.entries[i].id, node.level)
		    : send_object(g, MVC_CHUNK, &node.entries[i].id);
	mvc_recipe_node_release(&node);
	return err ? err : send_object(g, kind, id);
}

/* A small file may be one chunk, or a recipe. */
static int
is_chunk(
    bool *chunk, struct mvc_pushing *g, const struct mvc_oid *id, uint64_t size)
{
	struct mvc_far_place there;
	struct mvc_tallied here;
	int err;

	*chunk = false;
	if (size > MVC_BLOB_SMALL)
		return MVC_OK;
	err = mvc_tally_object(&here, g->out, MVC_CHUNK, id, false);
	*chunk = !err && here.there;
	if (err || *chunk)
		return err;
	err = mvc_far_locate(&there, g->p->far, MVC_CHUNK, id);
	*chunk = !err;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
walk_blob(struct mvc_pushing *g, const struct mvc_oid *id, uint64_t size)
{
	bool chunk;
	int err;

	if (size == 0)
		return MVC_OK;
	err = is_chunk(&chunk, g, id, size);
	if (err)
		return err;
	return chunk ? send_object(g, MVC_CHUNK, id)
		     : walk_parts(g, MVC_RECIPE, id, MVC_RECIPE_LEVELS + 1);
}

static int
walk_entry(struct mvc_pushing *g, const struct mvc_entry *e,
    const struct mvc_entry *old, unsigned depth)
{
	if (e->kind == MVC_ENTRY_LINK || (old && mvc_oid_eq(&old->id, &e->id)))
		return MVC_OK;
	if (e->kind == MVC_ENTRY_DIR || e->kind == MVC_ENTRY_NODE)
		return walk_tree(g, &e->id, old ? &old->id : NULL, depth + 1);
	atomic_fetch_add(&g->p->ctx->progress.items, 1);
	return walk_blob(g, &e->id, e->size);
}

static int
walk_tree(struct mvc_pushing *g, const struct mvc_oid *id,
    const struct mvc_oid *old, unsigned depth)
{
	struct node n, o = {.bytes = {.data = NULL}};
	size_t at = 0;
	bool seen;
	int err;

	err = was_seen(&seen, g, MVC_TREE, id);
	if (err || seen)
		return err;
	if (depth > MVC_DEPTH_MAX + MVC_TREE_LEVELS)
		return mvc_fail(
		    MVC_ECORRUPT, "tree %.12s is too deep", mvc_oid_hex(id).s);
	err = node_load(&n, g, id);
	if (err)
		return err;
	/* Without the old one it only takes longer. */
	if (old && node_load(&o, g, old))
		old = NULL;
	for (size_t i = 0; !err && i < n.at.n; i++) {
		const struct mvc_entry *e = &n.at.entries[i];

		err = walk_entry(
		    g, e, old ? mvc_tree_old_of(&o.at, &at, e) : NULL, depth);
	}
	if (old)
		node_release(&o);
	node_release(&n);
	return err ? err : send_object(g, MVC_TREE, id);
}

int
mvc_push_walk(struct mvc_pushing *g, const struct mvc_push_item *item,
    const struct mvc_oid *base)
{
	if (!item->tree)
		return walk_blob(g, &item->oid, item->size);
	return walk_tree(g, &item->oid, base, 0);
}
