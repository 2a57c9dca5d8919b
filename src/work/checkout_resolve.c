/* Which roots a checkout is about, and what the stat cache says of them. */
#include "work/checkout_priv.h"

#include "git/history.h"
#include "tree/edit.h"
#include "work/base.h"
#include "work/sizes.h"
#include "work/typed.h"

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static struct co_root *
root_at(struct checkout *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->roots[i].path, path))
			return &c->roots[i];
	return NULL;
}

static int
new_root(struct co_root **out, struct checkout *c, const char *path)
{
	struct co_root *v = realloc(c->roots, (c->n + 1) * sizeof(*v));

	if (!v)
		return no_memory();
	c->roots = v;
	*out = &v[c->n];
	memset(*out, 0, sizeof(**out));
	(*out)->path = strdup(path);
	if (!(*out)->path)
		return no_memory();
	c->n++;
	return MVC_OK;
}

static void
set_target(struct co_root *r, const struct mvc_pointer *p)
{
	r->kind = p->type == MVC_POINTER_TREE ? MVC_ENTRY_DIR
	    : p->type == MVC_POINTER_EXEC     ? MVC_ENTRY_EXEC
					      : MVC_ENTRY_FILE;
	r->oid = p->oid;
	r->size = p->size;
	r->files = p->files;
}

/* A root with its pointer, and the part of it to look at. */
static int
add_root(struct checkout *c, const char *root, const char *part,
    const struct mvc_pointer *p)
{
	struct co_root *r = root_at(c, root);
	int err = MVC_OK;

	for (size_t i = 0; i < c->passed.n; i++)
		if (!strcmp(c->passed.v[i], root))
			return MVC_OK;
	if (!r) {
		err = new_root(&r, c, root);
		if (err)
			return err;
		r->gone = !p;
		if (p)
			set_target(r, p);
	}
	return mvc_names_add(&r->parts, part);
}

/* The root's pointer says; without one nothing is done. */
static int
add_named(struct checkout *c, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err = mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX);

	if (!err)
		err = mvc_work_pointer(&p, c->w, c->idx, path.data);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (err == MVC_ECONFLICT)
		return mvc_fail(err,
		    "%s has two versions: mvc checkout --ours, --theirs or "
		    "--merge %s",
		    root, root);
	if (!err)
		err = mvc_sizes_check(&p, c->w->store, path.data);
	return err ? err : add_root(c, root, root, &p);
}

bool
co_left_out(struct checkout *c, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	struct mvc_index_entry e;

	if (mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX))
		return false;
	return mvc_index_find(&e, c->idx, path.data, 0) == MVC_OK && e.skip;
}

static int
add_below(struct checkout *c, const char *under, bool *any)
{
	struct mvc_names roots;
	int err = mvc_work_roots_here(&roots, c->w, c->idx, under);

	if (err)
		return err;
	*any = roots.n > 0;
	for (size_t i = 0; !err && i < roots.n; i++)
		if (!co_left_out(c, roots.v[i]))
			err = add_named(c, roots.v[i]);
	mvc_names_release(&roots);
	return err;
}

bool
co_has_pointer(struct checkout *c, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	struct mvc_index_entry e;

	if (mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX))
		return true;
	for (int stage = 0; stage < 4; stage++)
		if (mvc_index_find(&e, c->idx, path.data, stage) !=
		    MVC_ENOTFOUND)
			return true;
	/* Another's, whose name differs in case, is not this one's. */
	if (c->w->repo->ignorecase)
		return mvc_typed_listed(c->w->top, path.data);
	return !mvc_file_absent(c->w->top, path.data);
}

/* Past all that is at and below the path. */
static int
seek_past(struct mvc_statcursor *k, const char *path)
{
	MVC_SCOPED(mvc_buf) after = MVC_BUF_INIT(1 << 20);
	int err = mvc_buf_addf(&after, "%s\1", path);

	return err ? err : mvc_statcursor_seek(k, after.data);
}

struct search {
	struct mvc_oid oid;
	bool found;
};

static int
on_history(void *arg, const struct mvc_git_pointer *g)
{
	struct search *s = arg;
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err = mvc_pointer_parse(&p, g->path, g->p, g->n);

	s->found = !err && mvc_oid_eq(&p.oid, &s->oid);
	return s->found || err == MVC_ENOMEM;
}

/* Whether it lies in another data set: that one's plan deals with it. */
static bool
is_inside(struct checkout *c, const char *path)
{
	MVC_OWN_MEM char *above = strdup(path);
	char *s;

	while (above && (s = strrchr(above, '/'))) {
		*s = 0;
		if (co_has_pointer(c, above))
			return true;
	}
	return false;
}

/* Whether others lie in it: the root may stay, and go only in part. */
static bool
holds_others(const struct checkout *c, const char *path)
{
	for (size_t i = 0; i < c->n; i++)
		if (mvc_statpath_below(c->roots[i].path,
			strlen(c->roots[i].path), path, strlen(path)))
			return true;
	return false;
}

/* Mvc forgets it, and it is the user's. */
static int
add_disowned(struct checkout *c, const char *path)
{
	int err = add_root(c, path, path, NULL);

	if (err)
		return err;
	root_at(c, path)->disowned = true;
	mvc_warn(c->w->ctx,
	    "%s: no pointer in Git names this version, so what no other one "
	    "names is kept, untracked",
	    path);
	return MVC_OK;
}

/* Data goes only if Git still names it somewhere, so that it can come back. */
static int
add_gone_root(
    struct checkout *c, const char *path, const struct mvc_stat_entry *e)
{
	struct search s = {.oid = e->oid};
	bool inside = is_inside(c, path);
	int err;

	/* Perhaps it was a part of others, which are named (work/base.h). */
	if (inside && e->flags & MVC_STAT_PARTIAL)
		return MVC_OK;
	err = mvc_history_pointers(c->w->repo, on_history, &s);

	if (s.found)
		return inside ? MVC_OK : add_root(c, path, path, NULL);
	if (err)
		mvc_warn(c->w->ctx,
		    "%s: it has no pointer any more, and is "
		    "kept: %s",
		    path, mvc_error_text());
	else if (inside || holds_others(c, path))
		return add_disowned(c, path);
	else
		mvc_warn(c->w->ctx,
		    "%s: no pointer in Git names this version, so it is kept: "
		    "mvc add %s tracks it again",
		    path, path);
	return MVC_OK;
}

/* Where Git's sparse checkout left the pointer out its data goes as well: the
 * index names it, or some commit does. */
static int
add_left_out(
    struct checkout *c, const char *path, const struct mvc_stat_entry *e)
{
	MVC_SCOPED(mvc_buf) pointer = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err = mvc_buf_addf(&pointer, "%s%s", path, MVC_POINTER_SUFFIX);

	if (!err)
		err = mvc_work_pointer(&p, c->w, c->idx, pointer.data);
	if (!err && mvc_oid_eq(&p.oid, &e->oid))
		return add_root(c, path, path, NULL);
	return err == MVC_ENOMEM ? err : add_gone_root(c, path, e);
}

/* Data that lies here, and whose pointer went. */
static int
add_gone(struct checkout *c, const char *under)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	size_t n = strlen(under);
	int err;

	if (c->second)
		return MVC_OK;
	err = mvc_statcursor_new(&k, c->w->cache);
	if (!err && n)
		err = mvc_statcursor_seek(k, under);
	while (!err && (e = mvc_statcursor_at(k))) {
		MVC_OWN_MEM char *path = strdup(e->path);
		struct mvc_stat_entry root = *e;
		bool has;

		if (!path)
			return no_memory();
		if (n && strcmp(path, under) &&
		    !mvc_statpath_below(path, strlen(path), under, n))
			break;
		if (!(e->flags & MVC_STAT_ROOT)) {
			err = mvc_statcursor_next(k);
			continue;
		}
		has = co_has_pointer(c, path);
		if (!has)
			err = add_gone_root(c, path, &root);
		else if (co_left_out(c, path) && !root_at(c, path))
			err = add_left_out(c, path, &root);
		if (!err)
			err = has && root.flags & MVC_STAT_MIXED
			    ? mvc_statcursor_next(k)
			    : seek_past(k, path);
	}
	return err;
}

static int
add_path(struct checkout *c, const char *path)
{
	struct mvc_place p = {0};
	size_t before = c->n;
	bool any;
	int err;

	err = mvc_place_find(&p, c->w, c->idx, path);
	if (err == MVC_ECONFLICT)
		return mvc_fail_prefix(
		    err, "choose by mvc checkout --ours, --theirs or --merge");
	if (err)
		return err;
	if (p.tracked) {
		err = mvc_sizes_check(&p.pointer, c->w->store, p.pointer_path);
		if (!err)
			err = add_root(c, p.root, path, &p.pointer);
		if (!err)
			err = add_gone(c, path);
	} else {
		err = add_below(c, path, &any);
		if (!err)
			err = add_gone(c, path);
		if (!err && c->n == before && !any)
			err = mvc_fail(MVC_ENOTFOUND,
			    "%s: nothing is tracked there", path);
	}
	mvc_place_release(&p);
	return err;
}

static int
by_path(const void *a, const void *b)
{
	const struct co_root *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

static int
look_up(struct checkout *c, struct co_root *r)
{
	struct mvc_pointer p = {.type = r->kind == MVC_ENTRY_DIR
		? MVC_POINTER_TREE
		: MVC_POINTER_FILE,
	    .oid = r->oid,
	    .files = r->files};
	int err = mvc_base_find(&r->record, c->w, r->path, r->gone ? NULL : &p);

	if (err || !r->record.kind)
		return err;
	r->had_record = r->record.kind == MVC_ENTRY_DIR;
	r->was_partial = r->record.flags & MVC_STAT_PART;
	r->base = r->record.oid;
	return MVC_OK;
}

/* A merge of a branch that tracks d with one that tracks d/x leaves both. */
static int
check_overlap(const struct checkout *c)
{
	const char *above = "";

	for (size_t i = 0; i < c->n; i++) {
		const char *path = c->roots[i].path;

		if (c->roots[i].gone)
			continue;
		if (*above &&
		    mvc_statpath_below(
			path, strlen(path), above, strlen(above)))
			return mvc_work_fail_overlap(above, path);
		above = path;
	}
	return MVC_OK;
}

/* What is a file, or was one here, has no parts. */
static int
make_whole(struct co_root *r)
{
	bool has_parts = r->kind == MVC_ENTRY_DIR &&
	    (!r->record.kind || r->record.kind == MVC_ENTRY_DIR);

	if (has_parts || !strcmp(r->parts.v[0], r->path))
		return MVC_OK;
	mvc_names_release(&r->parts);
	return mvc_names_add(&r->parts, r->path);
}

int
co_resolve(struct checkout *c, const char *const *paths, size_t n)
{
	bool any;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = paths[i][0] ? add_path(c, paths[i])
				  : add_below(c, "", &any);
	if (!n)
		err = add_below(c, "", &any);
	if (!err && !n)
		err = add_gone(c, "");
	if (!err && c->n > 1)
		qsort(c->roots, c->n, sizeof(*c->roots), by_path);
	if (!err)
		err = check_overlap(c);
	for (size_t i = 0; !err && i < c->n; i++) {
		mvc_names_outermost(&c->roots[i].parts);
		err = look_up(c, &c->roots[i]);
		if (!err)
			err = make_whole(&c->roots[i]);
	}
	return err;
}
