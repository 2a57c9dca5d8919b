/*
 * One frame a directory on the way to the path set last:
 *
 *     frame 0  ""     base cursor ──► [ … ] ──► builder
 *     frame 1  "a"    base cursor ──► [ … ] ──► builder
 *     frame 2  "b"    base cursor ──► [ … ] ──► builder
 *
 * In each, what lies before the present name has gone from the base to the
 * builder, by whole nodes where the builder stands at a boundary, else by
 * entries. The last node of a level is never taken whole: the end of the list
 * ended it, not the rule. A frame is opened when something in it is looked up;
 * one in which nothing changed keeps the id that it had.
 */
#include "tree/edit.h"

#include "tree/cursor.h"
#include "tree/path.h"
#include "util/name.h"

#include "util/banned.h"

struct frame {
	char name[MVC_NAME_MAX];
	size_t name_len;
	struct mvc_entry base; /* id and sums, if has_base */
	bool has_base;
	bool has_sums; /* the base's; not known of the root */
	bool open; /* cursor and builder are in use */
	bool changed; /* differs from the base */
	bool removed; /* something of the base was removed */
	bool set; /* was set as a directory: never pruned */
	bool any; /* the builder has an entry */
	/* Made once, used for all directories of this depth. */
	struct mvc_cursor *cursor;
	struct mvc_tree_builder *builder;
};

struct mvc_tree_edit {
	const struct mvc_source *source;
	struct mvc_sink sink;
	struct frame **frames; /* MVC_DEPTH_MAX + 1 */
	unsigned depth; /* of the present frame */
	bool prune;
	bool last_is_leaf; /* the last path was set to no directory */
	struct mvc_buf last; /* path */
};

static struct frame *
top(struct mvc_tree_edit *t)
{
	return t->frames[t->depth];
}

static void
frame_free(struct frame *f)
{
	if (!f)
		return;
	mvc_cursor_free(f->cursor);
	mvc_tree_builder_free(f->builder);
	free(f);
}

void
mvc_tree_edit_free(struct mvc_tree_edit *t)
{
	if (!t)
		return;
	for (unsigned i = 0; t->frames && i <= MVC_DEPTH_MAX; i++)
		frame_free(t->frames[i]);
	free(t->frames);
	mvc_buf_release(&t->last);
	free(t);
}

static int
frame_new(struct frame **out, struct mvc_tree_edit *t)
{
	struct frame *f = calloc(1, sizeof(*f));
	int err;

	*out = f;
	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	err = mvc_cursor_new(&f->cursor, t->source);
	if (err)
		return err;
	return mvc_tree_builder_new(&f->builder, &t->sink);
}

/* Make a frame of this depth ready for another directory; base may be NULL. */
static int
frame_start(struct mvc_tree_edit *t, unsigned depth, const char *name,
    size_t len, const struct mvc_entry *base)
{
	struct frame *f = t->frames[depth];
	int err;

	if (!f) {
		err = frame_new(&t->frames[depth], t);
		if (err)
			return err;
		f = t->frames[depth];
	}
	memcpy(f->name, name, len);
	f->name_len = len;
	f->has_base = base;
	f->has_sums = base && depth;
	if (base)
		f->base = *base;
	f->open = f->changed = f->removed = f->set = f->any = false;
	mvc_cursor_close(f->cursor);
	mvc_tree_builder_reset(f->builder);
	t->depth = depth;
	return MVC_OK;
}

static int
frame_open(struct frame *f)
{
	int err = MVC_OK;

	if (!f->open && f->has_base)
		err = mvc_cursor_open(
		    f->cursor, &f->base.id, f->has_sums ? &f->base : NULL);
	f->open = true;
	return err;
}

static int
frame_add(struct frame *f, const struct mvc_entry *e)
{
	f->any = true;
	return mvc_tree_builder_add(f->builder, e);
}

/* Take the node at the cursor over, or enter it. */
static int
copy_node(struct frame *f, const struct mvc_entry *e)
{
	bool taken = false;
	int err = MVC_OK;

	if (!mvc_cursor_is_last(f->cursor))
		err = mvc_tree_builder_add_node(
		    f->builder, mvc_cursor_level(f->cursor) - 1, e, &taken);
	if (err)
		return err;
	if (!taken)
		return mvc_cursor_enter(f->cursor);
	f->any = true;
	mvc_cursor_skip(f->cursor);
	return MVC_OK;
}

/* Copy what the base has before the name, all of it without one. */
static int
copy_before(struct frame *f, const char *name, size_t len)
{
	const struct mvc_entry *e;
	int err = frame_open(f);

	while (!err && (e = mvc_cursor_item(f->cursor))) {
		int cmp =
		    name ? mvc_name_cmp(e->name, e->name_len, name, len) : -1;

		if (e->kind == MVC_ENTRY_NODE) {
			err = cmp < 0 ? copy_node(f, e)
				      : mvc_cursor_enter(f->cursor);
			continue;
		}
		if (cmp >= 0)
			break;
		err = frame_add(f, e);
		mvc_cursor_skip(f->cursor);
	}
	return err;
}

/* Copy up to the name; *old is what the base has there, NULL if nothing. */
static int
look_up(
    struct frame *f, const char *name, size_t len, const struct mvc_entry **old)
{
	int err = copy_before(f, name, len);
	const struct mvc_entry *e;

	*old = NULL;
	if (err)
		return err;
	e = mvc_cursor_item(f->cursor);
	if (e && !mvc_name_cmp(e->name, e->name_len, name, len))
		*old = e;
	return MVC_OK;
}

/* Begin a directory in the present one; base is its old content or NULL. */
static int
push(struct mvc_tree_edit *t, const char *name, size_t len,
    const struct mvc_entry *base)
{
	int err = mvc_name_check(name, len);

	if (err)
		return err;
	if (t->depth == MVC_DEPTH_MAX)
		return mvc_fail(MVC_EINVALID,
		    "more than %d directories within each other",
		    MVC_DEPTH_MAX);
	return frame_start(t, t->depth + 1, name, len, base);
}

/* The directory's id and sums, whether it changed or not. */
static int
frame_result(struct frame *f, struct mvc_entry *e)
{
	int err;

	if (f->changed || !f->has_base)
		return mvc_tree_builder_finish(
		    f->builder, &e->id, &e->size, &e->files);
	e->id = f->base.id;
	e->size = f->base.size;
	e->files = f->base.files;
	if (f->has_sums)
		return MVC_OK;
	err = frame_open(f);
	if (!err)
		mvc_cursor_sums(f->cursor, &e->size, &e->files);
	return err;
}

/* End the present directory: an entry of the one above, if it stays. */
static int
pop(struct mvc_tree_edit *t)
{
	struct frame *f = top(t), *up = t->frames[t->depth - 1];
	struct mvc_entry e = {
	    .kind = MVC_ENTRY_DIR, .name = f->name, .name_len = f->name_len};
	int err = MVC_OK;

	if (f->changed)
		err = copy_before(f, NULL, 0);
	if (err)
		return err;
	t->depth--;
	up->changed |= f->changed;
	if (f->changed && !f->any && !f->set && f->removed && t->prune) {
		up->removed = true;
		return MVC_OK;
	}
	err = frame_result(f, &e);
	return err ? err : frame_add(up, &e);
}

/*
 * Go down to the directory `name` of the present one. Without `make`, *there
 * is false, and nothing happens, where there is none.
 */
static int
go_down(struct mvc_tree_edit *t, const char *name, size_t len, bool make,
    bool *there)
{
	struct frame *f = top(t);
	const struct mvc_entry *old;
	struct mvc_entry base;
	bool is_dir;
	int err;

	err = look_up(f, name, len, &old);
	if (err)
		return err;
	is_dir = old && old->kind == MVC_ENTRY_DIR;
	*there = is_dir || make;
	if (!*there)
		return MVC_OK;
	if (is_dir)
		base = *old;
	else
		f->changed = true;
	if (old)
		mvc_cursor_skip(f->cursor);
	return push(t, name, len, is_dir ? &base : NULL);
}

/* Leave the frames that are not on the way to path; *rest is what is left. */
static int
leave_frames(struct mvc_tree_edit *t, const char *path, const char **rest)
{
	unsigned keep = 0;
	int err = MVC_OK;

	for (; keep < t->depth; keep++) {
		const struct frame *f = t->frames[keep + 1];

		/* A NUL in path ends the comparison: names have none. */
		if (strncmp(path, f->name, f->name_len) != 0 ||
		    path[f->name_len] != '/')
			break;
		path += f->name_len + 1;
	}
	while (!err && t->depth > keep)
		err = pop(t);
	*rest = path;
	return err;
}

static int
set_dir(struct mvc_tree_edit *t, const char *name, const struct mvc_entry *e)
{
	struct frame *f = top(t);
	bool given = !mvc_oid_is_zero(&e->id), there;
	const struct mvc_entry *old;
	int err;

	if (!given) {
		err = go_down(t, name, strlen(name), true, &there);
	} else {
		err = look_up(f, name, strlen(name), &old);
		if (err)
			return err;
		if (!old || old->kind != MVC_ENTRY_DIR ||
		    !mvc_oid_eq(&old->id, &e->id))
			f->changed = true;
		if (old)
			mvc_cursor_skip(f->cursor);
		err = push(t, name, strlen(name), e);
	}
	if (!err)
		top(t)->set = true;
	return err;
}

static int
set_leaf(struct mvc_tree_edit *t, const char *name, const struct mvc_entry *e)
{
	struct frame *f = top(t);
	const struct mvc_entry *old;
	struct mvc_entry named;
	int err;

	err = look_up(f, name, strlen(name), &old);
	if (err)
		return err;
	if (!mvc_entry_eq(old, e))
		f->changed = true;
	if (old)
		mvc_cursor_skip(f->cursor);
	if (!e) {
		f->removed |= old != NULL;
		return MVC_OK;
	}
	named = *e;
	named.name = name;
	named.name_len = strlen(name);
	return frame_add(f, &named);
}

static int
check_order(struct mvc_tree_edit *t, const char *path)
{
	const char *last = t->last.data ? t->last.data : "";
	size_t n = t->last.len;

	if (mvc_path_cmp(last, path) >= 0)
		return mvc_fail(MVC_EINVALID,
		    "paths are not in order: '%s' comes after '%s'", path,
		    last);
	if (t->last_is_leaf && !strncmp(path, last, n) && path[n] == '/')
		return mvc_fail(MVC_EINVALID,
		    "'%s' cannot be in '%s', which is no directory", path,
		    last);
	return MVC_OK;
}

static int
keep_path(struct mvc_tree_edit *t, const char *path, const struct mvc_entry *e)
{
	int err = check_order(t, path);

	if (err)
		return err;
	t->last_is_leaf = e && e->kind != MVC_ENTRY_DIR;
	mvc_buf_clear(&t->last);
	return mvc_buf_add_str(&t->last, path);
}

int
mvc_tree_edit_set(
    struct mvc_tree_edit *t, const char *path, const struct mvc_entry *e)
{
	const char *slash;
	bool there = true;
	int err;

	err = keep_path(t, path, e);
	if (!err)
		err = leave_frames(t, path, &path);
	while (!err && there && (slash = strchr(path, '/'))) {
		err = go_down(t, path, (size_t)(slash - path), e, &there);
		path = slash + 1;
	}
	if (err || !there)
		return err;
	if (e && e->kind == MVC_ENTRY_DIR)
		return set_dir(t, path, e);
	return set_leaf(t, path, e);
}

void
mvc_tree_edit_prune(struct mvc_tree_edit *t)
{
	t->prune = true;
}

int
mvc_tree_edit_new(struct mvc_tree_edit **out, const struct mvc_source *source,
    const struct mvc_sink *sink, const struct mvc_oid *base)
{
	MVC_OWN(mvc_tree_edit) *t = calloc(1, sizeof(*t));
	struct mvc_entry root = {.kind = MVC_ENTRY_DIR};
	int err;

	*out = NULL;
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	t->source = source;
	t->sink = *sink;
	t->last.max = MVC_PATH_MAX;
	t->frames = calloc(MVC_DEPTH_MAX + 1, sizeof(*t->frames));
	if (!t->frames)
		return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	if (base)
		root.id = *base;
	err = frame_start(t, 0, "", 0, base ? &root : NULL);
	if (err)
		return err;
	*out = MVC_TAKE(t);
	return MVC_OK;
}

int
mvc_tree_edit_finish(struct mvc_tree_edit *t, struct mvc_oid *root,
    uint64_t *size, uint64_t *files)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_DIR};
	int err = MVC_OK;

	while (!err && t->depth)
		err = pop(t);
	if (!err && t->frames[0]->changed)
		err = copy_before(t->frames[0], NULL, 0);
	if (!err)
		err = frame_result(t->frames[0], &e);
	if (err)
		return err;
	*root = e.id;
	*size = e.size;
	*files = e.files;
	return MVC_OK;
}
