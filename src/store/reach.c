#include "store/reach.h"
#include "chunk/codec.h"
#include "object/recipe.h"
#include "util/banned.h"

/* Nodes above the one at hand that are kept decoded: those of any honest tree
 * are. Others are read again when the walk comes back to them. */
#define HELD_MAX (UINT64_C(32) << 20)

struct reaching {
	const struct mvc_source *source;
	const struct mvc_reach_ops *ops;
	void *arg;
	struct mvc_buf path;
	unsigned depth;
	struct level *above; /* the node that the walk is below */
	uint64_t held;
};

/* A tree's node on the way down. */
struct level {
	struct level *above;
	struct mvc_oid id;
	struct mvc_buf bytes;
	struct mvc_tree_node node;
	uint64_t held; /* 0: it must be read again */
};

static int
fault(struct reaching *r, enum mvc_kind kind, const struct mvc_oid *id, int err)
{
	return r->ops->fault ? r->ops->fault(r->arg, kind, id, err) : err;
}

/* A recipe or part, and what is below it. */
static int
reach_parts(struct reaching *r, enum mvc_kind kind, const struct mvc_oid *id,
    unsigned below)
{
	struct mvc_buf b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_recipe_node node;
	int err;

	err = r->ops->object(r->arg, kind, id);
	if (err)
		return err == MVC_REACH_SKIP ? MVC_OK : err;
	err = r->source->get(r->source->arg, kind, id, &b);
	if (!err)
		err = mvc_recipe_decode(&node, kind, b.data, b.len);
	mvc_buf_release(&b);
	if (err)
		return fault(r, kind, id, err);
	if (node.level >= below)
		err = fault(r, kind, id,
		    mvc_fail(MVC_ECORRUPT, "recipe %.12s is too deep",
			mvc_oid_hex(id).s));
	for (size_t i = 0; !err && node.level < below && i < node.n; i++) {
		if (node.level > 0)
			err = reach_parts(
			    r, MVC_PART, &node.entries[i].id, node.level);
		else
			err = r->ops->object(
			    r->arg, MVC_CHUNK, &node.entries[i].id);
		if (err == MVC_REACH_SKIP)
			err = MVC_OK;
	}
	mvc_recipe_node_release(&node);
	return err;
}

static int
reach_blob(struct reaching *r, const struct mvc_oid *id, uint64_t size)
{
	enum mvc_kind kind;
	int err;

	if (size == 0)
		return MVC_OK;
	err = r->ops->which(r->arg, id, size, &kind);
	if (err)
		return fault(r, MVC_RECIPE, id, err);
	if (kind == MVC_RECIPE)
		return reach_parts(r, kind, id, MVC_RECIPE_LEVELS + 1);
	err = r->ops->object(r->arg, kind, id);
	return err == MVC_REACH_SKIP ? MVC_OK : err;
}

static int reach_tree(struct reaching *r, const struct mvc_oid *id);

static int
reach_entry(struct reaching *r, const struct mvc_entry *e)
{
	size_t len = r->path.len;
	int err = MVC_OK;

	if (e->kind == MVC_ENTRY_NODE)
		return reach_tree(r, &e->id);
	if (len)
		err = mvc_buf_add_char(&r->path, '/');
	if (!err)
		err = mvc_buf_add(&r->path, e->name, e->name_len);
	if (err)
		return err;
	if (e->kind == MVC_ENTRY_DIR) {
		err = reach_tree(r, &e->id);
	} else if (e->kind != MVC_ENTRY_LINK) {
		if (r->ops->file)
			err = r->ops->file(r->arg, r->path.data, e);
		if (!err)
			err = reach_blob(r, &e->id, e->size);
	}
	r->path.len = len;
	r->path.data[len] = 0;
	return err;
}

static void
level_drop(struct reaching *r, struct level *l)
{
	if (!l || !l->held)
		return;
	r->held -= l->held;
	l->held = 0;
	mvc_tree_node_release(&l->node);
	mvc_buf_release(&l->bytes);
}

static int
level_load(struct reaching *r, struct level *l)
{
	int err;

	if (l->held)
		return MVC_OK;
	if (r->held > HELD_MAX)
		level_drop(r, l->above);
	l->bytes = (struct mvc_buf)MVC_BUF_INIT(MVC_OBJECT_MAX);
	err = r->source->get(r->source->arg, MVC_TREE, &l->id, &l->bytes);
	if (!err)
		err = mvc_tree_decode(&l->node, l->bytes.data, l->bytes.len);
	if (err) {
		mvc_buf_release(&l->bytes);
		return err;
	}
	l->held = l->bytes.len + l->node.n * sizeof(*l->node.entries) + 1;
	r->held += l->held;
	return MVC_OK;
}

static int
reach_tree(struct reaching *r, const struct mvc_oid *id)
{
	struct level l = {.above = r->above, .id = *id};
	size_t n = 1;
	int err;

	err = r->ops->object(r->arg, MVC_TREE, id);
	if (err)
		return err == MVC_REACH_SKIP ? MVC_OK : err;
	if (r->depth >= MVC_DEPTH_MAX + MVC_TREE_LEVELS)
		return fault(r, MVC_TREE, id,
		    mvc_fail(MVC_ECORRUPT, "tree %.12s is too deep",
			mvc_oid_hex(id).s));
	r->depth++;
	r->above = &l;
	for (size_t i = 0; !err && i < n; i++) {
		err = level_load(r, &l);
		if (err) {
			err = fault(r, MVC_TREE, &l.id, err);
			break;
		}
		n = l.node.n;
		if (n)
			err = reach_entry(r, &l.node.entries[i]);
	}
	level_drop(r, &l);
	r->above = l.above;
	r->depth--;
	return err;
}

int
mvc_reach(const struct mvc_source *source, bool tree, const struct mvc_oid *oid,
    uint64_t size, const struct mvc_reach_ops *ops, void *arg)
{
	struct reaching r = {.source = source,
	    .ops = ops,
	    .arg = arg,
	    .path = MVC_BUF_INIT(4 << 20)};
	struct mvc_entry e = {
	    .kind = MVC_ENTRY_FILE, .name = "", .size = size, .files = 1};
	int err;

	err = mvc_buf_add(&r.path, "", 0);
	if (err)
		return err;
	e.id = *oid;
	err = tree ? reach_tree(&r, oid) : reach_entry(&r, &e);
	mvc_buf_release(&r.path);
	return err;
}
