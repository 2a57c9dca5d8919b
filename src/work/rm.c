/*
 *     new trees claimed ──► staged ──► data removed ──► .gitignore
 *                               ──► stat cache ──► pointer
 *
 * The pointer in the work tree changes last, and it is what a run begins with:
 * killed anywhere, the same command again does the rest. The data goes only
 * once the index is written, which another Git may prevent.
 */
#include "work/rm.h"

#include "git/history.h"
#include "tree/edit.h"
#include "work/change.h"
#include "work/recorded.h"

#include "util/banned.h"

struct target {
	struct mvc_place place;
	struct mvc_found found;
	struct mvc_change_root *root;
	bool left;
};

struct rm {
	struct mvc_work *w;
	const struct mvc_rm_opts *o;
	struct mvc_change c;
	struct target *v; /* in path order */
	size_t n;
	bool has_head;
	struct mvc_gitid head;
	bool resumes; /* of some paths nothing is left to be done */
};

static struct mvc_recorded
recorded_of(const struct target *t)
{
	return (struct mvc_recorded){.path = t->place.path,
	    .inside = mvc_place_inside(&t->place),
	    .pointer = &t->place.pointer};
}

/* Whether HEAD has just this, so that it can be had back. */
static int
in_head(bool *is, struct rm *rm, const struct target *t)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	struct mvc_found f;
	int err;

	*is = false;
	if (!rm->has_head)
		return MVC_OK;
	err =
	    mvc_rev_read(&text, rm->w->repo, &rm->head, t->place.pointer_path);
	if (!err)
		err = mvc_pointer_parse(
		    &p, t->place.pointer_path, text.data, text.len);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	if (p.type == t->place.pointer.type &&
	    mvc_oid_eq(&p.oid, &t->place.pointer.oid)) {
		*is = true;
		return MVC_OK;
	}
	err = mvc_change_find(&f, rm->w, &p, mvc_place_inside(&t->place));
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	*is =
	    f.e.kind == t->found.e.kind && mvc_oid_eq(&f.e.id, &t->found.e.id);
	mvc_found_release(&f);
	return MVC_OK;
}

static int
check(struct rm *rm, const struct target *t)
{
	const struct mvc_recorded r = recorded_of(t);
	bool is = true;
	int err = MVC_OK;

	if (rm->o->cached)
		return MVC_OK;
	if (!rm->o->force)
		err = in_head(&is, rm, t);
	if (!err && !is)
		err = mvc_fail(MVC_EFINDING,
		    "%s: HEAD does not have this version of it", r.path);
	if (!err)
		err = mvc_recorded_check(rm->w, &r, rm->o->force);
	if (err != MVC_EFINDING)
		return err;
	return mvc_fail(MVC_EINVALID,
	    "%s: --cached keeps the files, --force deletes them",
	    mvc_error_text());
}

static int
untracked(struct rm *rm, const char *path)
{
	struct mvc_names below;
	const char *file;
	int err;

	err = mvc_work_roots(&below, rm->c.idx, path);
	if (err)
		return err;
	if (below.n)
		err = mvc_fail(MVC_EINVALID,
		    "%s is no tracked data, but holds some (%s): mvc rm -r "
		    "removes all of it",
		    path[0] ? path : "the repository", below.v[0]);
	else if (mvc_index_tracks(rm->c.idx, path, &file))
		err = mvc_fail(MVC_EINVALID,
		    "%s is tracked by Git, not by mvc: git rm %s", path, path);
	else
		err = mvc_fail(MVC_ENOTFOUND, "%s is not tracked", path);
	mvc_names_release(&below);
	return err;
}

static int
plan_edit(struct rm *rm, struct target *t)
{
	const char *inside = mvc_place_inside(&t->place);
	bool here;
	int err;

	err = mvc_change_find(&t->found, rm->w, &t->place.pointer, inside);
	if (err == MVC_ENOTFOUND) {
		err = mvc_work_has(&here, rm->w, t->place.path, NULL);
		return err ? err
			   : mvc_fail(MVC_ENOTFOUND,
				 here ? "%s is not recorded in %s: rm alone "
					"deletes it"
				      : "there is no %s in %s",
				 t->place.path, t->place.root);
	}
	if (err)
		return mvc_fail_prefix(err, "%s", t->place.path);
	/* Without its files being touched nothing is lost. */
	err = mvc_change_root(&t->root, &rm->c, &t->place,
	    !inside[0] && (rm->o->force || rm->o->cached));
	if (err || inside[0])
		return err ? err : mvc_change_edit(t->root, inside, NULL);
	t->root->is = false;
	t->root->loses = true;
	return MVC_OK;
}

/* Whether HEAD has what is missing: one that was stopped between two pointers
 * has removed it. The error on its way keeps its text. */
static bool
was_removed(struct rm *rm, const struct target *t, int missing)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	const char *path = t->place.pointer_path;
	struct mvc_found f;
	char said[MVC_ERROR_MAX];
	int err;

	if (missing != MVC_ENOTFOUND || !rm->has_head)
		return false;
	memcpy(said, mvc_error_text(), strlen(mvc_error_text()) + 1);
	err = mvc_rev_read(&text, rm->w->repo, &rm->head, path);
	if (!err)
		err = mvc_pointer_parse(&p, path, text.data, text.len);
	if (!err && t->place.tracked) {
		err =
		    mvc_change_find(&f, rm->w, &p, mvc_place_inside(&t->place));
		if (!err)
			mvc_found_release(&f);
	}
	if (err)
		mvc_error_adopt(missing, said);
	return !err;
}

static int
plan_path(struct rm *rm, const char *path)
{
	struct target *v = realloc(rm->v, (rm->n + 1) * sizeof(*v));
	struct target *t;
	int err;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	rm->v = v;
	t = &v[rm->n];
	memset(t, 0, sizeof(*t));
	err = mvc_place_find(&t->place, rm->w, rm->c.idx, path);
	if (err)
		return err;
	rm->n++;
	err = t->place.tracked ? plan_edit(rm, t) : untracked(rm, path);
	if (!was_removed(rm, t, err))
		return err;
	mvc_place_release(&t->place);
	rm->n--;
	rm->resumes = true;
	return MVC_OK;
}

/* The paths as roots and parts, a pointer's standing for its data. */
static int
gather(struct rm *rm, struct mvc_names *out, const char *path)
{
	struct mvc_place p = {0};
	struct mvc_names below;
	MVC_OWN_MEM char *data = NULL;
	int err;

	if (mvc_pointer_is_path(path)) {
		data = strndup(path, strlen(path) - strlen(MVC_POINTER_SUFFIX));
		return data ? mvc_names_add(out, data)
			    : mvc_fail(MVC_ENOMEM, "no memory");
	}
	if (!rm->o->recursive)
		return mvc_names_add(out, path);
	err = mvc_place_find(&p, rm->w, rm->c.idx, path);
	if (err)
		return err;
	if (!p.tracked)
		err = mvc_work_roots(&below, rm->c.idx, path);
	if (err || p.tracked || !below.n) {
		if (!err)
			err = mvc_names_add(out, path);
	} else {
		for (size_t i = 0; !err && i < below.n; i++)
			err = mvc_names_add(out, below.v[i]);
	}
	if (!err && !p.tracked)
		mvc_names_release(&below);
	mvc_place_release(&p);
	return err;
}

static int
find_head(struct rm *rm)
{
	int err = mvc_rev_resolve(&rm->head, rm->w->repo, "HEAD");

	rm->has_head = !err;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* In path order, what lies in another one left out. */
static int
plan(struct rm *rm, const char *const *paths, size_t n)
{
	struct mvc_names all = {0};
	const char *above = NULL;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = gather(rm, &all, paths[i]);
	mvc_names_sort(&all);
	for (size_t i = 0; !err && i < all.n; i++) {
		const char *p = all.v[i];

		if (above &&
		    mvc_statpath_below(p, strlen(p), above, strlen(above)))
			continue;
		above = p;
		err = plan_path(rm, p);
	}
	if (!err && rm->resumes && !rm->n)
		err = mvc_fail(MVC_ENOTFOUND, "%s is not tracked", all.v[0]);
	mvc_names_release(&all);
	for (size_t i = 0; !err && i < rm->n; i++)
		err = check(rm, &rm->v[i]);
	return err;
}

static int
remove_data(struct rm *rm)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && !rm->o->cached && i < rm->n; i++) {
		const struct mvc_recorded r = recorded_of(&rm->v[i]);

		err = mvc_recorded_remove(
		    &rm->v[i].left, rm->w, &r, rm->o->force);
	}
	return err;
}

/* Files that stay are none of mvc's from now on. This must not be lost: a
 * checkout would take away what is recorded and has no pointer. */
static int
update_cache(struct rm *rm)
{
	MVC_OWN(mvc_statupdate) *u = NULL;
	int err;

	err = mvc_statupdate_new(&u, rm->w->cache);
	for (size_t i = 0; !err && i < rm->n; i++)
		err = mvc_statupdate_remove(u, rm->v[i].place.path);
	if (!err)
		err = mvc_change_record(&rm->c, u);
	if (!err)
		err = mvc_statupdate_commit(u);
	return err;
}

static int
apply(struct rm *rm)
{
	int err;

	err = mvc_change_check(&rm->c);
	if (!err)
		err = mvc_change_store(&rm->c);
	for (size_t i = 0; !err && i < rm->n; i++)
		if (!rm->v[i].root->is)
			err = mvc_ignores_edit(
			    &rm->c.ignores, rm->v[i].place.path, false);
	if (!err)
		err = mvc_change_stage(&rm->c);
	if (!err)
		err = remove_data(rm);
	if (!err)
		err = mvc_ignores_write(&rm->c.ignores);
	if (!err)
		err = update_cache(rm);
	return err ? err : mvc_change_write(&rm->c, true);
}

static int
report(struct rm *rm, const struct mvc_rm_ops *ops)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < rm->n; i++) {
		const struct target *t = &rm->v[i];
		struct mvc_removed r = {.path = t->place.path,
		    .root = t->place.root,
		    .is_root = !mvc_place_inside(&t->place)[0],
		    .is_dir = t->found.e.kind == MVC_ENTRY_DIR,
		    .size = t->found.e.size,
		    .files = t->found.e.files,
		    .left = t->left};

		err = ops->removed(ops->arg, &r);
	}
	return err;
}

int
mvc_rm(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_rm_opts *opts, const struct mvc_rm_ops *ops)
{
	struct rm rm = {.w = w, .o = opts};
	int err;

	w->ctx->progress.what = "checking";
	err = mvc_change_init(&rm.c, w);
	if (!err)
		err = find_head(&rm);
	if (!err)
		err = plan(&rm, paths, n);
	if (!err && !opts->dry_run)
		err = apply(&rm);
	if (!err)
		err = report(&rm, ops);
	for (size_t i = 0; i < rm.n; i++) {
		mvc_place_release(&rm.v[i].place);
		mvc_found_release(&rm.v[i].found);
	}
	free(rm.v);
	mvc_change_release(&rm.c);
	return err;
}
