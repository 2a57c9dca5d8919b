/*
 * Two cursors go through a directory side by side. Nodes of the same id are
 * passed over; else the higher one is entered, or both, until both stand at
 * entries. Nodes end where the content says, so after a difference the two
 * soon stand at the same nodes again.
 */
#include "tree/diff.h"

#include "tree/cursor.h"
#include "tree/path.h"

#include "util/banned.h"

struct diff {
	const struct mvc_source *source;
	const struct mvc_diff_ops *ops;
	void *arg;
	struct mvc_buf path;
};

static int diff_dirs(struct diff *d, const struct mvc_entry *a,
    const struct mvc_entry *b, unsigned depth);

static bool
is_dir(const struct mvc_entry *e)
{
	return e && e->kind == MVC_ENTRY_DIR;
}

/* Something that shows, and what is below where it is a directory. */
static int
show(struct diff *d, const struct mvc_entry *a, const struct mvc_entry *b,
    unsigned depth)
{
	int err = d->ops->entry(d->arg, d->path.data, a, b);

	if (err || !(is_dir(a) || is_dir(b)))
		return err;
	err =
	    diff_dirs(d, is_dir(a) ? a : NULL, is_dir(b) ? b : NULL, depth + 1);
	if (!err && d->ops->leave)
		err = d->ops->leave(d->arg, d->path.data, a, b);
	return err;
}

/* Two entries of one name, one of them NULL perhaps. */
static int
diff_entries(struct diff *d, const struct mvc_entry *a,
    const struct mvc_entry *b, unsigned depth)
{
	size_t was;
	int err;

	if (mvc_entry_eq(a, b))
		return MVC_OK;
	err = mvc_path_push(&d->path, a ? a : b, &was);
	if (err)
		return err;
	if (is_dir(a) && is_dir(b))
		err = diff_dirs(d, a, b, depth + 1);
	else
		err = show(d, a, b, depth);
	mvc_path_pop(&d->path, was);
	return err;
}

/* Enter the nodes of the higher level of the two. */
static int
enter_higher(struct mvc_cursor *a, struct mvc_cursor *b)
{
	unsigned la = mvc_cursor_level(a), lb = mvc_cursor_level(b);
	int err = MVC_OK;

	if (la >= lb)
		err = mvc_cursor_enter(a);
	if (!err && lb >= la)
		err = mvc_cursor_enter(b);
	return err;
}

static int
diff_step(struct diff *d, struct mvc_cursor *ca, struct mvc_cursor *cb,
    unsigned depth)
{
	const struct mvc_entry *a = mvc_cursor_item(ca);
	const struct mvc_entry *b = mvc_cursor_item(cb);
	int cmp, err;

	if (a && b && a->kind == MVC_ENTRY_NODE && mvc_entry_eq(a, b)) {
		mvc_cursor_skip(ca);
		mvc_cursor_skip(cb);
		return MVC_OK;
	}
	if (mvc_cursor_level(ca) || mvc_cursor_level(cb))
		return enter_higher(ca, cb);
	cmp = !a ? 1
	    : !b ? -1
		 : mvc_name_cmp(a->name, a->name_len, b->name, b->name_len);
	err = diff_entries(d, cmp <= 0 ? a : NULL, cmp >= 0 ? b : NULL, depth);
	if (cmp <= 0)
		mvc_cursor_skip(ca);
	if (cmp >= 0)
		mvc_cursor_skip(cb);
	return err;
}

static int
open_side(struct mvc_cursor **out, const struct diff *d,
    const struct mvc_entry *dir, unsigned depth)
{
	int err = mvc_cursor_new(out, d->source);

	if (err || !dir)
		return err;
	return mvc_cursor_open(*out, &dir->id, depth ? dir : NULL);
}

static int
diff_dirs(struct diff *d, const struct mvc_entry *a, const struct mvc_entry *b,
    unsigned depth)
{
	MVC_OWN(mvc_cursor) *ca = NULL;
	MVC_OWN(mvc_cursor) *cb = NULL;
	int err = mvc_path_depth(&d->path, depth);

	if (!err)
		err = open_side(&ca, d, a, depth);
	if (!err)
		err = open_side(&cb, d, b, depth);
	while (!err && (mvc_cursor_item(ca) || mvc_cursor_item(cb)))
		err = diff_step(d, ca, cb, depth);
	return err;
}

int
mvc_tree_diff(const struct mvc_source *source, const struct mvc_oid *a,
    const struct mvc_oid *b, const struct mvc_diff_ops *ops, void *arg)
{
	struct diff d = {source, ops, arg, MVC_PATH_INIT};
	struct mvc_entry ea = {.kind = MVC_ENTRY_DIR};
	struct mvc_entry eb = {.kind = MVC_ENTRY_DIR};
	int err;

	if (a && b && mvc_oid_eq(a, b))
		return MVC_OK;
	if (a)
		ea.id = *a;
	if (b)
		eb.id = *b;
	err = diff_dirs(&d, a ? &ea : NULL, b ? &eb : NULL, 0);
	mvc_buf_release(&d.path);
	return err;
}
