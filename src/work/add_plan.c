#include "work/add_priv.h"

#include "git/ignore.h"
#include "store/root.h"
#include "work/base.h"
#include "work/hidden.h"
#include "work/sizes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
check_path(const char *path)
{
	if (!path[0])
		return mvc_fail(MVC_EINVALID,
		    "the whole repository cannot be one data set: name the "
		    "folders of data in it");
	if (mvc_pointer_is_path(path))
		return mvc_fail(MVC_EINVALID,
		    "%s: names that end in %s are pointers: mvc add %.*s", path,
		    MVC_POINTER_SUFFIX,
		    (int)(strlen(path) - strlen(MVC_POINTER_SUFFIX)), path);
	return mvc_data_check_path(path);
}

/* What lies in a submodule, or another repository, is that one's to record. */
static int
check_nested(struct add *a, const char *path)
{
	MVC_OWN_MEM char *s = NULL;
	struct stat st;
	size_t n = strlen(path);

	s = malloc(n + sizeof("/.git"));
	if (!s)
		return no_memory();
	for (size_t i = 1; i <= n; i++) {
		if (path[i] && path[i] != '/')
			continue;
		memcpy(s, path, i);
		memcpy(s + i, "/.git", sizeof("/.git"));
		if (fstatat(a->w->top, s, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return mvc_fail(MVC_EINVALID,
			    "%.*s is a Git repository of its own: run mvc add "
			    "in it",
			    (int)i, path);
	}
	return MVC_OK;
}

/* A link is kept as a link only inside a folder. */
static int
check_link(struct add *a, const char *path)
{
	struct stat st;

	if (fstatat(a->w->top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return mvc_fail(MVC_EINVALID,
		    "%s is a symbolic link: add what it points to", path);
	return MVC_OK;
}

/* Pointers below a root that is to be tracked as a whole. */
static int
check_overlap(struct add *a, const struct add_root *r)
{
	const char *path = r->path;
	struct mvc_names below;
	int err;

	err = mvc_work_roots(&below, a->idx, path);
	if (err)
		return err;
	for (size_t i = 0; !err && i < below.n; i++)
		if (strcmp(below.v[i], path))
			err = r->had_pointer
			    ? mvc_work_fail_overlap(path, below.v[i])
			    : mvc_fail(MVC_EINVALID,
				  "%s: %s in it is tracked by itself: first "
				  "mvc rm --cached %s",
				  path, below.v[i], below.v[i]);
	mvc_names_release(&below);
	return err;
}

static int
check_git(struct add *a, const struct add_root *r)
{
	MVC_OWN_MEM char *why = NULL;
	const char *below;
	bool hidden;
	int err;

	if (mvc_index_tracks(a->idx, r->path, &below)) {
		err = check_overlap(a, r);
		return err ? err
			   : mvc_fail(MVC_EINVALID,
				 "%s: Git tracks %s: first git rm -r -q "
				 "--cached %s",
				 r->path, below, r->path);
	}
	if (r->had_pointer)
		return MVC_OK;
	err = mvc_ignore_check(&hidden, &why, a->w->repo, r->pointer_path);
	if (err || !hidden)
		return err;
	return mvc_fail(MVC_EINVALID,
	    "%s would be hidden from Git by %s: change that rule",
	    r->pointer_path, why && why[0] ? why : "an ignore rule");
}

/* All of the version that was put here, and all of it is asked about. */
static bool
is_all_here(const struct add_root *r)
{
	return !r->was_partial && r->parts.n == 1 &&
	    !strcmp(r->parts.v[0], r->path);
}

/*
 * What the stat cache's entries of the root are changes to: the content last
 * put here or recorded from here, which must be the one that the pointer
 * names, or the user's work would silently undo somebody else's. Or what is
 * here turns out to be just that: an add was cut short before it could say so
 * in the cache.
 */
static int
find_base(struct add *a, struct add_root *r)
{
	const struct mvc_stat_entry *e = &r->record;
	bool has = r->had_pointer;
	int err = mvc_base_find(
	    &r->record, a->w, r->path, r->had_pointer ? &r->old : NULL);

	if (err)
		return err;
	r->had_record = e->kind != 0;
	r->was_partial = e->flags & MVC_STAT_PART;
	r->distrust = !e->kind || r->was_partial & MVC_STAT_MIXED;
	r->has_base = e->kind || r->had_pointer;
	if (!r->has_base)
		return MVC_OK;
	r->base = e->kind ? e->oid : r->old.oid;
	r->base_is_tree = e->kind ? e->kind == MVC_ENTRY_DIR
				  : r->old.type == MVC_POINTER_TREE;
	r->other = e->kind &&
	    (!r->had_pointer || !mvc_work_is_version(a->w, e, &r->old));
	r->stale = r->other && r->had_pointer && !a->o->force;
	if (!r->other)
		return MVC_OK;
	/* No longer named, but known: if the store still has it. */
	if (e->kind == MVC_ENTRY_DIR)
		err = mvc_work_holds(&has, a->w, &e->oid);
	r->distrust = r->distrust || !has;
	if (!r->had_pointer || (!has && is_all_here(r))) {
		r->has_base = r->base_is_tree = has;
	} else if (!has) {
		/* What is beside the parts is still of the other. */
		r->was_partial = MVC_STAT_PART;
		r->base = r->old.oid;
		r->base_is_tree = r->old.type == MVC_POINTER_TREE;
	}
	return err;
}

/* Whether the new version can promise that all of it is here. */
static int
judge_claim(struct add *a, struct add_root *r)
{
	struct mvc_root root;
	char holder[33];
	int err;

	if (!r->has_base)
		return MVC_OK;
	err = mvc_repo_clone_id(holder, a->w->repo, true);
	if (!err)
		err = mvc_root_get(&root, a->w->store, holder, &r->base);
	if (err == MVC_ENOTFOUND)
		return MVC_OK; /* it is proved when it is claimed */
	if (err)
		return err;
	r->part_claim = root.part;
	mvc_root_release(&root);
	return MVC_OK;
}

static struct add_root *
root_of(struct add *a, const char *path)
{
	for (size_t i = 0; i < a->n; i++)
		if (!strcmp(a->roots[i].path, path))
			return &a->roots[i];
	return NULL;
}

static int
new_root(struct add *a, struct mvc_place *p)
{
	struct add_root *v, *r;
	struct mvc_index_entry e;
	int err;

	v = realloc(a->roots, (a->n + 1) * sizeof(*v));
	if (!v)
		return no_memory();
	a->roots = v;
	r = &v[a->n];
	memset(r, 0, sizeof(*r));
	r->path = strdup(p->tracked ? p->root : p->path);
	r->pointer_path = strdup(p->pointer_path);
	r->had_pointer = p->tracked;
	r->left_out = p->tracked && p->pointer_path &&
	    !mvc_index_find(&e, a->idx, p->pointer_path, 0) && e.skip;
	a->n++;
	if (!r->path || !r->pointer_path)
		return no_memory();
	if (!p->tracked)
		return MVC_OK;
	r->old = p->pointer;
	memset(&p->pointer, 0, sizeof(p->pointer));
	err = mvc_sizes_check(&r->old, a->w->store, r->pointer_path);
	r->untrue = err == MVC_EINVALID;
	return r->untrue ? MVC_OK : err;
}

/* Whether Git knows a pointer that is not here: it may be a mistake, so -u
 * neither records the data anew nor forgets it. */
static bool
is_undecided(struct add *a, const struct mvc_place *p)
{
	struct mvc_index_entry e;

	if (p->tracked || !a->o->update || !p->pointer_path ||
	    mvc_index_find(&e, a->idx, p->pointer_path, 0))
		return false;
	mvc_warn(a->w->ctx,
	    "%s is not here: git checkout brings it back, mvc rm --cached "
	    "untracks the data",
	    p->pointer_path);
	return true;
}

/* What is hidden is not recorded by name either, unless it was before. */
static int
check_hidden(struct add *a, const char *root, const char *path)
{
	MVC_OWN_MEM char *why = NULL;
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	struct stat st;
	bool is_dir = fstatat(a->w->top, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
	int err = mvc_hidden(&why, a->w->top, path, strlen(root), is_dir);

	if (!err && why)
		err = mvc_statcursor_new(&k, a->w->cache);
	if (!err && why)
		err = mvc_statcursor_seek(k, path);
	if (err || !why)
		return err;
	e = mvc_statcursor_at(k);
	if (e && mvc_stat_within(e, path, strlen(path)))
		return MVC_OK;
	return mvc_fail(
	    MVC_EINVALID, "%s is hidden by %s: change that rule", path, why);
}

static int
plan_path(struct add *a, const char *path)
{
	struct mvc_place p = {0};
	struct add_root *r;
	int err;

	err = check_path(path);
	if (!err)
		err = check_nested(a, path);
	if (!err)
		err = mvc_place_find(&p, a->w, a->idx, path);
	if (err)
		return err;
	if (is_undecided(a, &p)) {
		mvc_place_release(&p);
		return MVC_OK;
	}
	if (!p.tracked || !strcmp(p.root, path))
		err = check_link(a, path);
	else if (p.pointer.type != MVC_POINTER_TREE)
		err = mvc_fail(
		    MVC_EINVALID, "%s: %s is tracked as a file", path, p.root);
	else
		err = check_hidden(a, p.root, path);
	r = root_of(a, p.tracked ? p.root : path);
	if (!err && !r) {
		err = new_root(a, &p);
		r = err ? NULL : &a->roots[a->n - 1];
	}
	if (!err)
		err = mvc_names_add(&r->parts, path);
	mvc_place_release(&p);
	return err;
}

static int
by_path(const void *a, const void *b)
{
	const struct add_root *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

int
add_plan(struct add *a, const char *const *paths, size_t n)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = plan_path(a, paths[i]);
	if (!err && a->n > 1)
		qsort(a->roots, a->n, sizeof(*a->roots), by_path);
	for (size_t i = 0; !err && i < a->n; i++) {
		struct add_root *r = &a->roots[i];
		const char *above = i ? a->roots[i - 1].path : "";

		mvc_names_outermost(&r->parts);
		if (i &&
		    mvc_statpath_below(
			r->path, strlen(r->path), above, strlen(above)))
			return mvc_fail(MVC_EINVALID,
			    "%s lies in %s: add one of them", r->path, above);
		if (!r->had_pointer)
			err = check_overlap(a, r);
		if (!err)
			err = check_git(a, r);
		if (!err)
			err = find_base(a, r);
		if (!err)
			err = judge_claim(a, r);
	}
	return err;
}
