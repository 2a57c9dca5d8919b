#include "store/reach.h"
#include "chunk/codec.h"
#include "object/recipe.h"
#include "util/banned.h"

struct reaching {
	const struct mvc_source *source;
	const struct mvc_reach_ops *ops;
	void *arg;
	struct mvc_buf path;
	unsigned depth;
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

static int
reach_tree(struct reaching *r, const struct mvc_oid *id)
{
	struct mvc_buf b = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_tree_node node;
	int err;

	err = r->ops->object(r->arg, MVC_TREE, id);
	if (err)
		return err == MVC_REACH_SKIP ? MVC_OK : err;
	if (r->depth >= MVC_DEPTH_MAX + MVC_TREE_LEVELS)
		return fault(r, MVC_TREE, id,
		    mvc_fail(MVC_ECORRUPT, "tree %.12s is too deep",
			mvc_oid_hex(id).s));
	err = r->source->get(r->source->arg, MVC_TREE, id, &b);
	if (!err)
		err = mvc_tree_decode(&node, b.data, b.len);
	if (err) {
		mvc_buf_release(&b);
		return fault(r, MVC_TREE, id, err);
	}
	r->depth++;
	for (size_t i = 0; !err && i < node.n; i++)
		err = reach_entry(r, &node.entries[i]);
	r->depth--;
	mvc_tree_node_release(&node);
	mvc_buf_release(&b);
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
