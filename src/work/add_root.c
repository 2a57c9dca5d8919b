/*
 * What each root has become, once all of it has flowed.
 */
#include "work/add_priv.h"

#include "tree/diff.h"

#include "util/banned.h"

int
add_need_edit(struct add *a, struct add_root *r)
{
	int err;

	if (r->edit)
		return MVC_OK;
	err = mvc_tree_edit_new(&r->edit, mvc_store_source(a->w->store),
	    mvc_writer_sink(a->writer), r->base_is_tree ? &r->base : NULL);
	if (err)
		return err;
	mvc_tree_edit_prune(r->edit);
	r->removed = strdup("");
	return r->removed ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
on_diff(void *arg, const char *path, const struct mvc_entry *x,
    const struct mvc_entry *y)
{
	struct add_root *r = arg;
	bool was = x && x->kind != MVC_ENTRY_DIR;
	bool is = y && y->kind != MVC_ENTRY_DIR;

	(void)path;
	r->added += !was && is;
	r->deleted += was && !is;
	r->modified += was && is;
	return MVC_OK;
}

static int
count(struct add *a, struct add_root *r)
{
	static const struct mvc_diff_ops ops = {.entry = on_diff};
	bool was = r->had_pointer && r->old.type == MVC_POINTER_TREE;

	if (r->now.type != MVC_POINTER_TREE && r->had_pointer && !was) {
		r->modified = 1;
		return MVC_OK;
	}
	if (r->now.type != MVC_POINTER_TREE || !was) {
		r->added = r->now.files;
		r->deleted = r->had_pointer ? r->old.files : 0;
		return MVC_OK;
	}
	return mvc_tree_diff(
	    mvc_store_source(a->w->store), &r->old.oid, &r->now.oid, &ops, r);
}

static int
finish_tree(struct add *a, struct add_root *r)
{
	int err;

	r->now.type = MVC_POINTER_TREE;
	if (!r->edit && r->had_pointer && r->old.type == MVC_POINTER_TREE &&
	    mvc_oid_eq(&r->base, &r->old.oid)) {
		r->now.oid = r->old.oid;
		r->now.size = r->old.size;
		r->now.files = r->old.files;
		return MVC_OK;
	}
	err = add_need_edit(a, r);
	if (!err)
		err = mvc_tree_edit_finish(
		    r->edit, &r->now.oid, &r->now.size, &r->now.files);
	return err;
}

static void
finish_file(struct add_root *r)
{
	r->now.type = r->file.kind == MVC_ENTRY_EXEC ? MVC_POINTER_EXEC
						     : MVC_POINTER_FILE;
	r->now.oid = r->file.id;
	r->now.size = r->file.size;
	r->now.files = 1;
}

static int
refuse_stale(const struct add_root *r)
{
	return mvc_fail(MVC_ECONFLICT,
	    "%s: its pointer names another version than the one that is here: "
	    "mvc checkout %s brings it (and keeps your changes); mvc add "
	    "--force takes what is here",
	    r->path, r->path);
}

/* Labels stay; who made it and where it came from stay only while it is the
 * same content. */
static int
finish_root(struct add *a, struct add_root *r)
{
	bool part = strcmp(r->parts.v[0], r->path) != 0;
	int err;

	err = mvc_pointer_copy(&r->now, &r->old);
	if (err)
		return err;
	if (r->is_file)
		finish_file(r);
	else if (r->is_dir || part)
		err = finish_tree(a, r);
	else
		return r->stale ? refuse_stale(r) : MVC_OK; /* not read */
	if (err)
		return err;
	r->changed = !r->had_pointer || r->untrue ||
	    r->now.type != r->old.type || !mvc_oid_eq(&r->now.oid, &r->old.oid);
	if (r->stale && r->changed)
		return refuse_stale(r);
	if (!mvc_oid_eq(&r->now.oid, &r->old.oid)) {
		mvc_pointer_keep_origin(&r->now, &r->old.oid);
		r->now.has_run = false;
	}
	/* What was put here only in part stays so until all of it is seen. */
	r->partial = r->was_partial;
	if (r->had_pointer && !r->had_record)
		r->partial = MVC_STAT_PARTIAL;
	if (!part)
		r->partial &= r->seen != r->now.files ? MVC_STAT_PARTIAL : 0;
	return MVC_OK;
}

int
add_roots_finish(struct add *a)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < a->n; i++)
		err = finish_root(a, &a->roots[i]);
	/* The new trees are read to be compared with the old ones. */
	if (!err)
		err = mvc_writer_flush(a->writer);
	for (size_t i = 0; !err && i < a->n; i++)
		if (a->roots[i].changed)
			err = count(a, &a->roots[i]);
	return err;
}
