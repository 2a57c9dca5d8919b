#include "tree/walk.h"

#include "tree/cursor.h"
#include "tree/path.h"

#include "util/banned.h"

struct walk {
	const struct mvc_source *source;
	const struct mvc_walk_ops *ops;
	void *arg;
	struct mvc_buf path;
};

static int
want(struct walk *w, const struct mvc_oid *id)
{
	return w->ops->want ? w->ops->want(w->arg, id) : MVC_OK;
}

static int
node_was_read(struct walk *w, const struct mvc_oid *id)
{
	return w->ops->node ? w->ops->node(w->arg, id) : MVC_OK;
}

static int walk_dir(struct walk *w, const struct mvc_oid *id,
    const struct mvc_entry *dir, unsigned depth);

static int
walk_entry(struct walk *w, const struct mvc_entry *e, unsigned depth)
{
	size_t was;
	int err = mvc_path_push(&w->path, e, &was);

	if (err)
		return err;
	if (w->ops->entry)
		err = w->ops->entry(w->arg, w->path.data, e);
	if (!err && e->kind == MVC_ENTRY_DIR) {
		err = walk_dir(w, &e->id, e, depth + 1);
		if (!err && w->ops->leave)
			err = w->ops->leave(w->arg, w->path.data);
	}
	mvc_path_pop(&w->path, was);
	return err == MVC_WALK_SKIP ? MVC_OK : err;
}

/* Enter the node at the cursor, unless nobody wants it. */
static int
walk_node(struct walk *w, struct mvc_cursor *c)
{
	struct mvc_oid id = mvc_cursor_item(c)->id;
	int err = want(w, &id);

	if (err == MVC_WALK_SKIP) {
		mvc_cursor_skip(c);
		return MVC_OK;
	}
	if (!err)
		err = mvc_cursor_enter(c);
	return err ? err : node_was_read(w, &id);
}

static int
walk_items(struct walk *w, struct mvc_cursor *c, unsigned depth)
{
	const struct mvc_entry *e;
	int err = MVC_OK;

	while (!err && (e = mvc_cursor_item(c))) {
		if (e->kind == MVC_ENTRY_NODE) {
			err = walk_node(w, c);
		} else {
			err = walk_entry(w, e, depth);
			mvc_cursor_skip(c);
		}
	}
	return err;
}

static int
walk_dir(struct walk *w, const struct mvc_oid *id, const struct mvc_entry *dir,
    unsigned depth)
{
	MVC_OWN(mvc_cursor) *c = NULL;
	int err = mvc_path_depth(&w->path, depth);

	if (!err)
		err = want(w, id);
	if (err)
		return err == MVC_WALK_SKIP ? MVC_OK : err;
	err = mvc_cursor_new(&c, w->source);
	if (!err)
		err = mvc_cursor_open(c, id, dir);
	if (!err)
		err = node_was_read(w, id);
	return err ? err : walk_items(w, c, depth);
}

int
mvc_tree_walk(const struct mvc_source *source, const struct mvc_oid *root,
    const struct mvc_walk_ops *ops, void *arg)
{
	struct walk w = {source, ops, arg, MVC_PATH_INIT};
	int err = walk_dir(&w, root, NULL, 0);

	mvc_buf_release(&w.path);
	return err;
}
