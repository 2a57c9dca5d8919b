#include "work/choose.h"

#include "git/history.h"
#include "store/writer.h"
#include "tree/edit.h"
#include "tree/find.h"
#include "work/ignores.h"
#include "work/merge.h"
#include "work/pointerfile.h"

#include "util/banned.h"

#define TEXT_MAX (2 * MVC_POINTER_MAX)

struct choose {
	struct mvc_work *w;
	struct mvc_index *idx;
	struct mvc_ignores ignores;
	struct mvc_names *set;
	/* of a revision */
	struct mvc_gitid commit;
	const char *rev;
	/* of a side */
	enum mvc_side side;
	const struct mvc_choose_ops *ops;
	const char *root;
};

static int
pointer_path(struct mvc_buf *out, const char *root)
{
	mvc_buf_clear(out);
	return mvc_buf_addf(out, "%s%s", root, MVC_POINTER_SUFFIX);
}

/* In the work tree and in the index, with its ignore line; `path` in it is
 * what was chosen. */
static int
set_pointer(struct choose *c, const char *root, const char *at,
    const struct mvc_pointer *p)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	int err = pointer_path(&path, root);

	if (!err)
		err = mvc_pointer_check_path(path.data);
	if (!err)
		err = mvc_pointer_format(&text, p);
	if (!err)
		err = mvc_pointer_write(p, c->w->top, path.data);
	if (!err)
		err = mvc_index_add(
		    c->idx, path.data, 0100644, text.data, text.len);
	if (!err)
		err = mvc_ignores_edit(&c->ignores, root, true);
	return err ? err : mvc_names_add(c->set, at);
}

static int
finish(struct choose *c)
{
	int err = mvc_ignores_stage(&c->ignores);

	if (!err)
		err = mvc_ignores_write(&c->ignores);
	return err ? err : mvc_index_commit(c->idx);
}

/* Revisions. */

static int
read_rev(struct mvc_pointer *out, struct choose *c, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	int err = pointer_path(&path, root);

	if (!err)
		err = mvc_rev_read(&text, c->w->repo, &c->commit, path.data);
	return err ? err
		   : mvc_pointer_parse(out, path.data, text.data, text.len);
}

static int
on_rev_pointer(void *arg, const struct mvc_git_pointer *g)
{
	struct choose *c = arg;
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_OWN_MEM char *root = NULL;
	int err = mvc_pointer_parse(&p, g->path, g->p, g->n);

	if (err)
		return err;
	root = strndup(g->path, strlen(g->path) - strlen(MVC_POINTER_SUFFIX));
	if (!root)
		return mvc_fail(MVC_ENOMEM, "no memory");
	return set_pointer(c, root, root, &p);
}

static int
claim(struct choose *c, struct mvc_writer *writer, const struct mvc_pointer *p,
    const struct mvc_oid base[2])
{
	struct mvc_claim claim = {.oid = p->oid,
	    .tree = true,
	    .size = p->size,
	    .files = p->files,
	    .base = base,
	    .n_base = 2};
	char holder[33];
	int err = mvc_repo_clone_id(holder, c->w->repo, true);

	if (!err)
		err = mvc_writer_claim(writer, holder, &claim, 1);
	if (err != MVC_ENOTFOUND)
		return err;
	/* Not all of it is here: keep what is. */
	claim.part = true;
	return mvc_writer_claim(writer, holder, &claim, 1);
}

/* The tree of `now` with one path of it as in `then`. */
static int
graft(struct choose *c, struct mvc_pointer *now, const struct mvc_pointer *then,
    const char *path)
{
	const struct mvc_source *source = mvc_store_source(c->w->store);
	struct mvc_oid base[2] = {now->oid, then->oid};
	MVC_OWN(mvc_writer) *writer = NULL;
	MVC_OWN(mvc_tree_edit) *edit = NULL;
	MVC_SCOPED(mvc_found) found = {0};
	int err;

	err = mvc_tree_find(&found, source, &then->oid, path);
	if (!err)
		err = mvc_writer_new(&writer, c->w->store);
	if (!err)
		err = mvc_tree_edit_new(
		    &edit, source, mvc_writer_sink(writer), &now->oid);
	if (!err)
		err = mvc_tree_edit_set(edit, path, &found.e);
	if (!err)
		err = mvc_tree_edit_finish(
		    edit, &now->oid, &now->size, &now->files);
	if (err || mvc_oid_eq(&now->oid, &base[0]))
		return err;
	now->has_run = false;
	mvc_pointer_keep_origin(now, &base[0]);
	return claim(c, writer, now, base);
}

static int
choose_part(struct choose *c, const char *root, const char *path,
    const struct mvc_pointer *then)
{
	MVC_SCOPED(mvc_pointer) now = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_buf) file = MVC_BUF_INIT(1 << 20);
	int err = pointer_path(&file, root);

	if (!err)
		err = mvc_work_pointer(&now, c->w, c->idx, file.data);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err,
		    "%s is not tracked now: check out all of it: mvc checkout "
		    "%s -- %s",
		    root, c->rev, root);
	if (!err &&
	    (now.type != MVC_POINTER_TREE || then->type != MVC_POINTER_TREE))
		err = mvc_fail(MVC_ENOTFOUND, "%s has no %s", c->rev, path);
	if (!err)
		err = graft(c, &now, then, path + strlen(root) + 1);
	if (err == MVC_ENOTFOUND)
		return mvc_fail_prefix(err, "%s in %s", path, c->rev);
	if (!err)
		err = set_pointer(c, root, path, &now);
	return err;
}

/* The root that is the path or holds it. */
static int
choose_path(struct choose *c, const char *path)
{
	MVC_OWN_MEM char *root = strdup(path);
	size_t n = strlen(path), at = 0, before = c->set->n;
	int err;

	if (!root)
		return mvc_fail(MVC_ENOMEM, "no memory");
	while (at < n) {
		MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
		const char *slash = strchr(path + at + 1, '/');

		at = slash ? (size_t)(slash - path) : n;
		memcpy(root, path, at);
		root[at] = 0;
		err = read_rev(&p, c, root);
		if (err == MVC_ENOTFOUND || err == MVC_EINVALID)
			continue;
		if (err)
			return err;
		return at == n ? set_pointer(c, root, root, &p)
			       : choose_part(c, root, path, &p);
	}
	err = mvc_rev_pointers(c->w->repo, &c->commit, path, on_rev_pointer, c);
	if (!err && c->set->n == before)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: nothing is tracked there in %s", path[0] ? path : ".",
		    c->rev);
	return err;
}

static int
choose(struct choose *c, int (*one)(struct choose *c, const char *path),
    const char *const *paths, size_t n)
{
	MVC_OWN(mvc_index) *idx = NULL;
	int err = mvc_index_open(&idx, c->w->repo);

	c->idx = idx;
	c->ignores = (struct mvc_ignores){.w = c->w, .idx = idx};
	for (size_t i = 0; !err && i < n; i++)
		err = one(c, paths[i]);
	if (!err)
		err = finish(c);
	mvc_ignores_release(&c->ignores);
	if (err)
		mvc_names_release(c->set);
	return err;
}

int
mvc_choose_rev(struct mvc_names *set, struct mvc_work *w, const char *rev,
    const char *const *paths, size_t n)
{
	struct choose c = {.w = w, .set = set, .rev = rev};
	int err;

	memset(set, 0, sizeof(*set));
	err = mvc_rev_resolve(&c.commit, w->repo, rev);
	return err ? err : choose(&c, choose_path, paths, n);
}

/* Sides. */

static int
read_stage(
    struct mvc_pointer *out, struct choose *c, const char *root, int stage)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	int err = pointer_path(&path, root);

	if (!err)
		err = mvc_index_read(&text, c->idx, path.data, stage);
	return err ? err
		   : mvc_pointer_parse(out, path.data, text.data, text.len);
}

static int
on_conflict(void *arg, const char *path, const char *what, const char *beside)
{
	struct choose *c = arg;

	if (!c->ops->conflict)
		return MVC_OK;
	return c->ops->conflict(c->ops->arg, c->root, path, what, beside);
}

/* A side that is not there deleted it. */
static int
side_deleted(const char *root, int stage)
{
	return mvc_fail(MVC_ENOTFOUND,
	    "%s was deleted %s: git rm %s%s, or take the other side", root,
	    stage == MVC_SIDE_OURS ? "on this side" : "on the other side", root,
	    MVC_POINTER_SUFFIX);
}

static int
merge(struct choose *c, struct mvc_pointer *out, const char *root)
{
	MVC_SCOPED(mvc_pointer) base = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) ours = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) theirs = MVC_POINTER_INIT;
	struct mvc_merge m = {.store = c->w->store,
	    .name = root,
	    .keep_both = true,
	    .conflict = on_conflict,
	    .arg = c};
	bool has_base = true;
	char holder[33];
	int err = read_stage(&ours, c, root, MVC_SIDE_OURS);

	if (err == MVC_ENOTFOUND)
		return side_deleted(root, MVC_SIDE_OURS);
	if (!err)
		err = read_stage(&theirs, c, root, MVC_SIDE_THEIRS);
	if (err == MVC_ENOTFOUND)
		return side_deleted(root, MVC_SIDE_THEIRS);
	if (!err)
		err = read_stage(&base, c, root, 1);
	if (err == MVC_ENOTFOUND) {
		has_base = false;
		err = MVC_OK;
	}
	if (!err)
		err = mvc_repo_clone_id(holder, c->w->repo, true);
	m.holder = holder;
	c->root = root;
	return err ? err
		   : mvc_merge_pointers(
			 out, &m, has_base ? &base : NULL, &ours, &theirs);
}

static int
choose_one(struct choose *c, const char *root)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err;

	if (c->side == MVC_SIDE_MERGE) {
		err = merge(c, &p, root);
	} else {
		err = read_stage(&p, c, root, (int)c->side);
		if (err == MVC_ENOTFOUND)
			err = side_deleted(root, (int)c->side);
	}
	return err ? err : set_pointer(c, root, root, &p);
}

struct conflicts {
	struct mvc_names *out;
	const char *under;
	size_t len;
};

static int
gather(void *arg, const struct mvc_index_entry *e)
{
	struct conflicts *f = arg;
	size_t n = strlen(e->path) - strlen(MVC_POINTER_SUFFIX);
	MVC_OWN_MEM char *root = NULL;

	if (e->stage == 0)
		return MVC_OK;
	root = strndup(e->path, n);
	if (!root)
		return mvc_fail(MVC_ENOMEM, "no memory");
	if (f->len && strcmp(root, f->under) && strcmp(e->path, f->under) &&
	    !mvc_statpath_below(root, n, f->under, f->len))
		return MVC_OK;
	return mvc_names_add(f->out, root);
}

static int
choose_under(struct choose *c, const char *path)
{
	struct mvc_names roots = {0};
	struct conflicts f = {&roots, path, strlen(path)};
	int err = mvc_index_each_pointer(c->idx, gather, &f);

	mvc_names_sort(&roots);
	if (!err && !roots.n)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: Git's index has no conflict there",
		    path[0] ? path : ".");
	for (size_t i = 0; !err && i < roots.n; i++)
		err = choose_one(c, roots.v[i]);
	mvc_names_release(&roots);
	return err;
}

int
mvc_choose_side(struct mvc_names *set, struct mvc_work *w, enum mvc_side side,
    const char *const *paths, size_t n, const struct mvc_choose_ops *ops)
{
	struct choose c = {.w = w, .set = set, .side = side, .ops = ops};

	memset(set, 0, sizeof(*set));
	return choose(&c, choose_under, paths, n);
}
