#include "work/change.h"

#include "store/root.h"
#include "tree/edit.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/base.h"
#include "work/pointerfile.h"
#include "work/typed.h"

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static void
root_free(struct mvc_change_root *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->edits[i].inside);
		mvc_found_release(&r->edits[i].found);
	}
	free(r->edits);
	free(r->bases);
	free(r->path);
	free(r->pointer_path);
	mvc_pointer_release(&r->old);
	mvc_pointer_release(&r->now);
	free(r);
}

int
mvc_change_init(struct mvc_change *c, struct mvc_work *w)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->w = w;
	err = mvc_index_open(&c->idx, w->repo);
	c->ignores = (struct mvc_ignores){.w = w, .idx = c->idx};
	return err;
}

void
mvc_change_release(struct mvc_change *c)
{
	for (size_t i = 0; i < c->n; i++)
		root_free(c->roots[i]);
	free(c->roots);
	mvc_ignores_release(&c->ignores);
	mvc_writer_free(c->writer);
	mvc_index_free(c->idx);
	memset(c, 0, sizeof(*c));
}

const char *
mvc_place_inside(const struct mvc_place *p)
{
	size_t n = strlen(p->root);

	return p->path[n] == '/' ? p->path + n + 1 : "";
}

int
mvc_change_find(struct mvc_found *out, struct mvc_work *w,
    const struct mvc_pointer *p, const char *inside)
{
	MVC_SCOPED(mvc_buf) node = MVC_BUF_INIT(MVC_TREE_NODE_MAX);
	const struct mvc_source *source = mvc_store_source(w->store);
	int err;

	memset(out, 0, sizeof(*out));
	if (!inside[0]) {
		out->e.kind = p->type == MVC_POINTER_TREE ? MVC_ENTRY_DIR
		    : p->type == MVC_POINTER_EXEC         ? MVC_ENTRY_EXEC
							  : MVC_ENTRY_FILE;
		out->e.id = p->oid;
		out->e.size = p->size;
		out->e.files = p->files;
		return MVC_OK;
	}
	if (p->type != MVC_POINTER_TREE)
		return mvc_fail(MVC_ENOTFOUND, "it is tracked as a file");
	err = source->get(source->arg, MVC_TREE, &p->oid, &node);
	if (err == MVC_ENOTFOUND)
		err = mvc_fail(MVC_EINVALID,
		    "the folder's list of files (%.12s) is not in the store: "
		    "mvc fetch brings it",
		    mvc_oid_hex(&p->oid).s);
	if (err)
		return err;
	return mvc_tree_find(out, source, &p->oid, inside);
}

/* What the stat cache knows of the root. */
static int
find_record(struct mvc_change_root *r, struct mvc_work *w)
{
	int err = mvc_base_find(&r->base, w, r->path, r->was ? &r->old : NULL);

	if (err || !r->base.kind)
		return err;
	r->recorded = true;
	r->partial = r->base.flags & MVC_STAT_PART;
	r->cached = r->base.oid;
	return MVC_OK;
}

static int
root_fill(struct mvc_change_root *r, const struct mvc_place *p)
{
	r->path = strdup(p->tracked ? p->root : p->path);
	r->pointer_path = strdup(p->pointer_path);
	r->was = p->tracked;
	r->is = true;
	if (!r->path || !r->pointer_path)
		return no_memory();
	return p->tracked ? mvc_pointer_copy(&r->old, &p->pointer) : MVC_OK;
}

int
mvc_change_root(struct mvc_change_root **out, struct mvc_change *c,
    const struct mvc_place *p, bool any_version)
{
	const char *path = p->tracked ? p->root : p->path;
	struct mvc_change_root **v, *r;
	int err;

	for (size_t i = 0; i < c->n; i++) {
		*out = c->roots[i];
		if (!strcmp((*out)->path, path))
			return MVC_OK;
	}
	*out = NULL;
	v = realloc(c->roots, (c->n + 1) * sizeof(*v));
	if (!v)
		return no_memory();
	c->roots = v;
	r = calloc(1, sizeof(*r));
	if (!r)
		return no_memory();
	v[c->n++] = r;
	err = root_fill(r, p);
	if (!err)
		err = find_record(r, c->w);
	r->any_version = any_version;
	if (!err)
		*out = r;
	return err;
}

int
mvc_change_edit(struct mvc_change_root *r, const char *inside,
    const struct mvc_found *found)
{
	struct mvc_change_edit *v, *e;

	v = realloc(r->edits, (r->n + 1) * sizeof(*v));
	if (!v)
		return no_memory();
	r->edits = v;
	e = &v[r->n++];
	memset(e, 0, sizeof(*e));
	e->inside = strdup(inside);
	if (!e->inside)
		return no_memory();
	if (!found) {
		r->loses = true;
		return MVC_OK;
	}
	r->gains = true;
	e->set = true;
	e->found.e = found->e;
	e->found.e.name = NULL;
	e->found.e.name_len = 0;
	if (found->e.kind != MVC_ENTRY_LINK)
		return MVC_OK;
	e->found.text = strndup(found->e.target, found->e.target_len);
	e->found.e.target = e->found.text;
	return e->found.text ? MVC_OK : no_memory();
}

int
mvc_change_base(struct mvc_change_root *r, const struct mvc_oid *oid)
{
	const struct mvc_oid **v;

	for (size_t i = 0; i < r->n_bases; i++)
		if (mvc_oid_eq(r->bases[i], oid))
			return MVC_OK;
	v = realloc(r->bases, (r->n_bases + 1) * sizeof(*v));
	if (!v)
		return no_memory();
	r->bases = v;
	r->bases[r->n_bases++] = oid;
	return MVC_OK;
}

/* Trees. */

static int
by_inside(const void *a, const void *b)
{
	const struct mvc_change_edit *x = a, *y = b;

	return mvc_path_cmp(x->inside, y->inside);
}

static bool
at_or_below(const char *path, const char *dir)
{
	return !strcmp(path, dir) ||
	    mvc_statpath_below(path, strlen(path), dir, strlen(dir));
}

static int
edit_tree(struct mvc_change *c, struct mvc_change_root *r,
    const struct mvc_oid *base, struct mvc_pointer *out)
{
	MVC_OWN(mvc_tree_edit) *t = NULL;
	const char *removed = NULL;
	int err;

	qsort(r->edits, r->n, sizeof(*r->edits), by_inside);
	err = mvc_tree_edit_new(&t, mvc_store_source(c->w->store),
	    mvc_writer_sink(c->writer), base);
	for (size_t i = 0; !err && i < r->n; i++) {
		struct mvc_change_edit *e = &r->edits[i];

		if (removed && at_or_below(e->inside, removed))
			continue;
		err = mvc_tree_edit_set(
		    t, e->inside, e->set ? &e->found.e : NULL);
		removed = e->set ? NULL : e->inside;
	}
	if (!err)
		err =
		    mvc_tree_edit_finish(t, &out->oid, &out->size, &out->files);
	return err;
}

/* What is here is another version. Where a run was stopped, the change leads
 * from that one to the same. */
static int
check_version(struct mvc_change *c, struct mvc_change_root *r)
{
	struct mvc_pointer p = MVC_POINTER_INIT;
	bool has = false;
	int err = MVC_OK;

	if (r->n)
		err = mvc_work_holds(&has, c->w, &r->cached);
	if (!err && has)
		err = edit_tree(c, r, &r->cached, &p);
	if (err || (has && mvc_oid_eq(&p.oid, &r->now.oid)))
		return err;
	return mvc_fail(MVC_ECONFLICT,
	    "%s: its pointer names another version than the one that is here: "
	    "first mvc checkout %s (your changes are kept)",
	    r->path, r->path);
}

/* Another content: who made it is not known of it. */
static int
new_content(struct mvc_change *c, struct mvc_change_root *r)
{
	int err;

	err = mvc_pointer_copy(&r->now, &r->old);
	if (!err)
		err = edit_tree(c, r, &r->old.oid, &r->now);
	if (err || mvc_oid_eq(&r->now.oid, &r->old.oid))
		return err;
	mvc_pointer_keep_origin(&r->now, &r->old.oid);
	r->now.has_run = false;
	return MVC_OK;
}

/* Whether one of the versions that it builds on is here only in part. */
static int
is_part(bool *part, struct mvc_change *c, const struct mvc_change_root *r,
    const char *holder)
{
	*part = false;
	for (size_t i = 0; i < r->n_bases && !*part; i++) {
		struct mvc_root root;
		int err = mvc_root_get(&root, c->w->store, holder, r->bases[i]);

		if (err == MVC_ENOTFOUND)
			continue;
		if (err)
			return err;
		*part = root.part;
		mvc_root_release(&root);
	}
	return MVC_OK;
}

static int
claim(struct mvc_change *c, struct mvc_change_root *r, const char *holder)
{
	struct mvc_claim cl = {.oid = r->now.oid,
	    .tree = r->now.type == MVC_POINTER_TREE,
	    .size = r->now.size,
	    .files = r->now.files};
	MVC_OWN_MEM struct mvc_oid *bases = NULL;
	int err;

	bases = calloc(r->n_bases + 1, sizeof(*bases));
	if (!bases)
		return no_memory();
	for (size_t i = 0; i < r->n_bases; i++)
		bases[i] = *r->bases[i];
	cl.base = bases;
	cl.n_base = r->n_bases;
	err = is_part(&cl.part, c, r, holder);
	if (!err)
		err = mvc_writer_claim(c->writer, holder, &cl, 1);
	if (err != MVC_ENOTFOUND || cl.part)
		return err;
	/* Not all of it is here: keep what is. */
	cl.part = true;
	return mvc_writer_claim(c->writer, holder, &cl, 1);
}

int
mvc_change_check(const struct mvc_change *c)
{
	int err = mvc_index_can_write(c->idx);

	for (size_t i = 0; !err && i < c->n; i++)
		err = mvc_work_can_write(c->w, c->roots[i]->pointer_path);
	return err;
}

int
mvc_change_store(struct mvc_change *c)
{
	char holder[33];
	int err;

	err = mvc_repo_clone_id(holder, c->w->repo, true);
	if (!err)
		err = mvc_writer_new(&c->writer, c->w->store);
	for (size_t i = 0; !err && i < c->n; i++) {
		struct mvc_change_root *r = c->roots[i];

		if (r->is && r->n)
			err = new_content(c, r);
		if (!err && r->was && r->recorded && !r->any_version &&
		    !mvc_oid_eq(&r->cached, &r->old.oid))
			err = check_version(c, r);
		if (!r->is)
			continue;
		if (!err && r->was)
			err = mvc_change_base(r, &r->old.oid);
		if (!err)
			err = claim(c, r, holder);
	}
	return err;
}

/* Pointers. */

static int
remove_pointer(struct mvc_work *w, const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, w->top, path, false);
	if (err == MVC_ENOTFOUND)
		return MVC_OK; /* Git's sparse checkout left it out */
	if (err || mvc_file_absent(folder, name))
		return err;
	err = mvc_sys_unlink(folder, name);
	return err ? err : mvc_sys_fsync_dir(folder, ".");
}

/* On some systems both names are the same file's. */
static int
rename_pointer(struct mvc_work *w, const char *path, const char *to)
{
	MVC_OWN_FD int folder = -1;
	const char *slash = strrchr(to, '/');
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, w->top, path, false);
	if (err || mvc_file_absent(folder, name))
		return err;
	err = mvc_typed_rename(folder, name, folder, slash ? slash + 1 : to);
	return err ? err : mvc_sys_fsync_dir(folder, ".");
}

static int
write_pointer(struct mvc_change *c, struct mvc_change_root *r)
{
	MVC_OWN_FD int folder = -1;
	struct mvc_index_entry e;
	const char *name;
	int err;

	if (!r->is && r->renamed)
		return rename_pointer(c->w, r->pointer_path, r->renamed);
	if (!r->is)
		return remove_pointer(c->w, r->pointer_path);
	err = mvc_beneath_parent(
	    &folder, &name, c->w->top, r->pointer_path, false);
	/* Where Git's sparse checkout left it out it stays out. */
	if (r->was && (err == MVC_ENOTFOUND || mvc_file_absent(folder, name)) &&
	    mvc_index_find(&e, c->idx, r->pointer_path, 0) == MVC_OK && e.skip)
		return MVC_OK;
	return err ? err
		   : mvc_pointer_write(&r->now, c->w->top, r->pointer_path);
}

int
mvc_change_write(struct mvc_change *c, bool losing)
{
	int err = MVC_OK;

	/* What gains too before what only loses. */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; !err && i < c->n; i++) {
			struct mvc_change_root *r = c->roots[i];

			if (r->loses == losing && r->gains == !pass)
				err = write_pointer(c, r);
		}
	return err;
}

int
mvc_change_stage(struct mvc_change *c)
{
	int err = MVC_OK;

	/* First what goes: names may differ in case only. */
	for (size_t i = 0; !err && i < c->n; i++)
		if (!c->roots[i]->is)
			err =
			    mvc_index_remove(c->idx, c->roots[i]->pointer_path);
	for (size_t i = 0; !err && i < c->n; i++)
		if (c->roots[i]->is)
			err = mvc_pointer_stage(c->idx,
			    c->roots[i]->pointer_path, &c->roots[i]->now);
	if (!err)
		err = mvc_ignores_stage(&c->ignores);
	return err ? err : mvc_index_commit(c->idx);
}

static int
by_path(const void *a, const void *b)
{
	const struct mvc_change_root *const *x = a, *const *y = b;

	return mvc_path_cmp((*x)->path, (*y)->path);
}

static int
settle(struct mvc_change *c)
{
	MVC_OWN_MEM struct mvc_stat_entry *v = calloc(c->n + 1, sizeof(*v));

	if (!v)
		return no_memory();
	for (size_t i = 0; i < c->n; i++)
		v[i] = c->roots[i]->base;
	return mvc_base_settle(c->w, v, c->n);
}

int
mvc_change_record(struct mvc_change *c, struct mvc_statupdate *u)
{
	int err = MVC_OK;

	if (c->n > 1)
		qsort(c->roots, c->n, sizeof(*c->roots), by_path);
	err = settle(c);
	for (size_t i = 0; !err && i < c->n; i++) {
		struct mvc_change_root *r = c->roots[i];

		if (r->is && r->n && r->recorded)
			err = mvc_statupdate_root(
			    u, r->path, &r->now.oid, r->partial);
	}
	return err;
}
