/*
 * Three cursors go through a directory together. All stand behind the same
 * name; what comes next is settled for a whole node at once where theirs is
 * ours or the base's, else one name at a time. The result is an edit of ours.
 */
#include "tree/merge.h"

#include "tree/cursor.h"
#include "tree/edit.h"
#include "tree/path.h"

#include "util/banned.h"

enum side { BASE, OURS, THEIRS, SIDES };

struct merge {
	const struct mvc_source *source;
	const struct mvc_merge_ops *ops;
	void *arg;
	struct mvc_tree_edit *edit; /* of ours */
	struct mvc_buf path;
};

/* The entries of one name; NULL where a side has none. */
struct trio {
	const struct mvc_entry *e[SIDES];
};

struct cursors {
	struct mvc_cursor *c[SIDES];
};

static void
cursors_release(struct cursors *c)
{
	for (int i = 0; i < SIDES; i++)
		mvc_cursor_free(c->c[i]);
}

static int merge_dirs(struct merge *m, const struct trio *dirs, unsigned depth);

static bool
is_dir(const struct mvc_entry *e)
{
	return e && e->kind == MVC_ENTRY_DIR;
}

static bool
is_file(const struct mvc_entry *e)
{
	return e && e->kind <= MVC_ENTRY_EXEC;
}

/* One side changed the bytes and the other the executable bit: take both. */
static bool
merge_file(struct mvc_entry *out, const struct trio *t)
{
	const struct mvc_entry *base = t->e[BASE], *ours = t->e[OURS];
	const struct mvc_entry *theirs = t->e[THEIRS];

	if (!is_file(base) || !is_file(ours) || !is_file(theirs))
		return false;
	if (mvc_oid_eq(&base->id, &ours->id) && base->kind == theirs->kind) {
		*out = *theirs;
		out->kind = ours->kind;
	} else if (mvc_oid_eq(&base->id, &theirs->id) &&
	    base->kind == ours->kind) {
		*out = *ours;
		out->kind = theirs->kind;
	} else {
		return false;
	}
	return true;
}

static int
merge_conflict(struct merge *m, const struct trio *t)
{
	const struct mvc_entry *choice = t->e[OURS];
	int err;

	err = m->ops->conflict(m->arg, m->path.data, t->e[BASE], t->e[OURS],
	    t->e[THEIRS], &choice);
	if (err || choice == t->e[OURS])
		return err;
	return mvc_tree_edit_set(m->edit, m->path.data, choice);
}

/* Directories, where nothing but directories are: by their entries. */
static int
merge_below(struct merge *m, const struct trio *t, unsigned depth)
{
	static const struct mvc_entry keep = {.kind = MVC_ENTRY_DIR};
	struct trio dirs;
	int err = MVC_OK;

	for (int i = 0; i < SIDES; i++)
		dirs.e[i] = is_dir(t->e[i]) ? t->e[i] : NULL;
	/* Both sides have it: it stays, though it may become empty. */
	if (dirs.e[OURS] && dirs.e[THEIRS])
		err = mvc_tree_edit_set(m->edit, m->path.data, &keep);
	return err ? err : merge_dirs(m, &dirs, depth + 1);
}

static int
merge_changed(struct merge *m, const struct trio *t, unsigned depth)
{
	const struct mvc_entry *base = t->e[BASE], *ours = t->e[OURS];
	const struct mvc_entry *theirs = t->e[THEIRS];
	struct mvc_entry both;

	if (mvc_entry_eq(base, ours) ||
	    (!ours && !is_dir(base) && is_dir(theirs)))
		return mvc_tree_edit_set(m->edit, m->path.data, theirs);
	if ((!ours || is_dir(ours)) && (!theirs || is_dir(theirs)) &&
	    (is_dir(ours) || is_dir(theirs)))
		return merge_below(m, t, depth);
	if (merge_file(&both, t))
		return mvc_tree_edit_set(m->edit, m->path.data, &both);
	return merge_conflict(m, t);
}

static int
merge_name(struct merge *m, const struct trio *t, unsigned depth)
{
	const struct mvc_entry *any = t->e[BASE];
	size_t was;
	int err;

	if (mvc_entry_eq(t->e[OURS], t->e[THEIRS]) ||
	    mvc_entry_eq(t->e[BASE], t->e[THEIRS]))
		return MVC_OK;
	if (!any)
		any = t->e[OURS] ? t->e[OURS] : t->e[THEIRS];
	err = mvc_path_push(&m->path, any, &was);
	if (err)
		return err;
	err = merge_changed(m, t, depth);
	mvc_path_pop(&m->path, was);
	return err;
}

/* The items with the least name of all, which are entries. */
static struct trio
next_trio(const struct cursors *c)
{
	const struct mvc_entry *least = NULL;
	struct trio t = {{NULL, NULL, NULL}};

	for (int i = 0; i < SIDES; i++) {
		const struct mvc_entry *e = mvc_cursor_item(c->c[i]);
		int cmp;

		if (!e)
			continue;
		cmp = !least ? -1
			     : mvc_name_cmp(e->name, e->name_len, least->name,
				   least->name_len);
		if (cmp < 0) {
			t = (struct trio){{NULL, NULL, NULL}};
			least = e;
		}
		if (cmp <= 0)
			t.e[i] = e;
	}
	return t;
}

static bool
same_node(const struct mvc_entry *a, const struct mvc_entry *b)
{
	return a && b && a->kind == MVC_ENTRY_NODE && mvc_entry_eq(a, b);
}

/* If theirs begins with a node that is also ours or the base's, ours stays as
 * it is up to its last name. */
static int
pass_node(const struct cursors *c, bool *passed)
{
	const struct mvc_entry *theirs = mvc_cursor_item(c->c[THEIRS]);
	char name[MVC_NAME_MAX];
	size_t len;
	int err = MVC_OK;

	*passed = same_node(theirs, mvc_cursor_item(c->c[OURS])) ||
	    same_node(theirs, mvc_cursor_item(c->c[BASE]));
	if (!*passed)
		return MVC_OK;
	len = theirs->name_len;
	memcpy(name, theirs->name, len);
	for (int i = 0; i < SIDES && !err; i++)
		err = mvc_cursor_seek(c->c[i], name, len, true);
	return err;
}

/* Enter the nodes of the highest level; *entered is false at entries. */
static int
enter_highest(const struct cursors *c, bool *entered)
{
	unsigned level = 0;
	int err = MVC_OK;

	for (int i = 0; i < SIDES; i++)
		if (mvc_cursor_level(c->c[i]) > level)
			level = mvc_cursor_level(c->c[i]);
	*entered = level;
	for (int i = 0; i < SIDES && level && !err; i++)
		if (mvc_cursor_level(c->c[i]) == level)
			err = mvc_cursor_enter(c->c[i]);
	return err;
}

static int
merge_step(struct merge *m, const struct cursors *c, unsigned depth)
{
	struct trio t;
	bool moved;
	int err;

	err = pass_node(c, &moved);
	if (!err && !moved)
		err = enter_highest(c, &moved);
	if (err || moved)
		return err;
	t = next_trio(c);
	err = merge_name(m, &t, depth);
	for (int i = 0; i < SIDES; i++)
		if (t.e[i])
			mvc_cursor_skip(c->c[i]);
	return err;
}

static bool
at_end(const struct cursors *c)
{
	for (int i = 0; i < SIDES; i++)
		if (mvc_cursor_item(c->c[i]))
			return false;
	return true;
}

static int
open_all(struct cursors *c, const struct merge *m, const struct trio *dirs,
    unsigned depth)
{
	int err = MVC_OK;

	for (int i = 0; i < SIDES && !err; i++) {
		const struct mvc_entry *dir = dirs->e[i];

		err = mvc_cursor_new(&c->c[i], m->source);
		if (!err && dir)
			err = mvc_cursor_open(
			    c->c[i], &dir->id, depth ? dir : NULL);
	}
	return err;
}

static int
merge_dirs(struct merge *m, const struct trio *dirs, unsigned depth)
{
	struct cursors c = {{NULL, NULL, NULL}};
	int err = mvc_path_depth(&m->path, depth);

	if (!err)
		err = open_all(&c, m, dirs, depth);
	while (!err && !at_end(&c))
		err = merge_step(m, &c, depth);
	cursors_release(&c);
	return err;
}

static int
merge_roots(struct merge *m, const struct mvc_oid *const roots[SIDES])
{
	struct mvc_entry dirs[SIDES] = {{.kind = 0}};
	struct trio t = {{NULL, NULL, NULL}};

	for (int i = 0; i < SIDES; i++) {
		if (!roots[i])
			continue;
		dirs[i].kind = MVC_ENTRY_DIR;
		dirs[i].id = *roots[i];
		t.e[i] = &dirs[i];
	}
	if (mvc_entry_eq(t.e[OURS], t.e[THEIRS]) ||
	    mvc_entry_eq(t.e[BASE], t.e[THEIRS]))
		return MVC_OK;
	return merge_dirs(m, &t, 0);
}

int
mvc_tree_merge(struct mvc_oid *out, uint64_t *size, uint64_t *files,
    const struct mvc_source *source, const struct mvc_sink *sink,
    const struct mvc_oid *base, const struct mvc_oid *ours,
    const struct mvc_oid *theirs, const struct mvc_merge_ops *ops, void *arg)
{
	MVC_OWN(mvc_tree_edit) *edit = NULL;
	struct merge m = {source, ops, arg, NULL, MVC_PATH_INIT};
	const struct mvc_oid *const roots[SIDES] = {base, ours, theirs};
	int err;

	/* Nothing of ours changed since the base: theirs as it is. */
	if (base && mvc_oid_eq(base, ours))
		ours = theirs;
	err = mvc_tree_edit_new(&edit, source, sink, ours);
	if (err)
		return err;
	mvc_tree_edit_prune(edit);
	m.edit = edit;
	if (ours != theirs)
		err = merge_roots(&m, roots);
	mvc_buf_release(&m.path);
	return err ? err : mvc_tree_edit_finish(edit, out, size, files);
}
