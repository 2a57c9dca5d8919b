/*
 * Depth first over commits, so that parents come before children and a tree is
 * compared while its parent's is still in libgit2's cache:
 *
 *     tips ──► stack of commits ──► all parents told? ──► compare, tell
 *
 * A tree is compared with those of all parents at once, entry by entry in
 * Git's order; whatever has the id that some parent has there is passed over
 * with all that is below. So a commit costs the folders that it changed.
 */
#include "git/gains.h"

#include "git/repo.h"
#include "git/scan.h"

#include <stdio.h>
#include "util/banned.h"

/* Of a merge of more than these, the rest is not compared: what came from there
 * is told once more. */
#define PARENTS_MAX 8
#define DEPTH_MAX 2048 /* core.maxTreeDepth */

struct frame {
	git_oid id;
	unsigned next; /* parent to look at */
};

struct gains {
	struct mvc_repo *r;
	const struct mvc_gains_ops *ops;
	struct mvc_idset seen, shallow;
	struct frame *stack;
	size_t n, size;
	struct mvc_gitid *parents;
	size_t n_parents;
	struct mvc_buf path, blob;
	unsigned depth;
};

/* ---- one commit's tree ---- */

static bool
is_wanted_file(const struct mvc_buf *path, uint32_t mode)
{
	static const char runs[] = ".mvc/runs/";

	if (mode != GIT_FILEMODE_BLOB && mode != 0100664 &&
	    mode != GIT_FILEMODE_BLOB_EXECUTABLE)
		return false;
	if (!strncmp(path->data, runs, sizeof(runs) - 1))
		return true;
	return path->len > 4 && !strcmp(path->data + path->len - 4, ".mvc") &&
	    path->data[path->len - 5] != '/';
}

/* Of mvc's own folder only the records. */
static bool
is_wanted_folder(const struct mvc_buf *path)
{
	return strncmp(path->data, ".mvc/", 5) != 0 || !path->data[5] ||
	    !strncmp(path->data, ".mvc/runs/", 10);
}

static int
tell_file(struct gains *g, const git_oid *id)
{
	struct mvc_gain gain = {.path = g->path.data};
	int err;

	mvc_buf_clear(&g->blob);
	err = mvc_git_blob(&g->blob, g->r, id);
	if (err && err != MVC_ETOOBIG)
		return mvc_fail_prefix(err, "%s", g->path.data);
	if (!err) {
		gain.p = g->blob.data ? g->blob.data : "";
		gain.n = g->blob.len;
	}
	return g->ops->gain(g->ops->arg, &gain);
}

/* The trees of the parents at the same path. */
struct olds {
	git_tree *tree[PARENTS_MAX]; /* NULL: none there */
	size_t at[PARENTS_MAX];
	size_t n;
};

static void
olds_release(struct olds *o)
{
	for (size_t i = 0; i < o->n; i++)
		git_tree_free(o->tree[i]);
}

/* A parent's entry of the same name and kind, NULL if there is none. Names are
 * asked for in order. */
static const git_tree_entry *
old_entry(struct olds *o, size_t i, const git_tree_entry *e)
{
	size_t n = o->tree[i] ? git_tree_entrycount(o->tree[i]) : 0;

	for (; o->at[i] < n; o->at[i]++) {
		const git_tree_entry *old =
		    git_tree_entry_byindex(o->tree[i], o->at[i]);
		int cmp = git_tree_entry_cmp(old, e);

		if (cmp >= 0)
			return cmp ? NULL : old;
	}
	return NULL;
}

static int
walk(struct gains *g, const git_oid *tree, const git_oid *const *old, size_t n);

static int
walk_entry(struct gains *g, const git_tree_entry *e, struct olds *o)
{
	const uint32_t mode = git_tree_entry_filemode_raw(e);
	const git_oid *id = git_tree_entry_id(e);
	const git_oid *below[PARENTS_MAX];
	const size_t len = g->path.len;
	size_t n = 0;
	int err;

	for (size_t i = 0; i < o->n; i++) {
		const git_tree_entry *old = old_entry(o, i, e);

		if (old && git_oid_equal(git_tree_entry_id(old), id) &&
		    git_tree_entry_type(old) == git_tree_entry_type(e))
			return MVC_OK;
		if (old && git_tree_entry_type(old) == GIT_OBJECT_TREE)
			below[n++] = git_tree_entry_id(old);
	}
	err = mvc_buf_add_str(&g->path, git_tree_entry_name(e));
	if (!err && git_tree_entry_type(e) == GIT_OBJECT_TREE) {
		err = mvc_buf_add_char(&g->path, '/');
		if (!err && is_wanted_folder(&g->path))
			err = walk(g, id, below, n);
	} else if (!err && is_wanted_file(&g->path, mode)) {
		err = tell_file(g, id);
	}
	g->path.len = len;
	if (g->path.data)
		g->path.data[len] = 0;
	return err;
}

static int
walk(struct gains *g, const git_oid *id, const git_oid *const *old, size_t n)
{
	MVC_GIT_OWN(git_tree) *tree = NULL;
	struct olds o = {.n = 0};
	int err;

	if (g->depth == DEPTH_MAX)
		return mvc_fail(MVC_ETOOBIG, "a tree deeper than %d in %s",
		    DEPTH_MAX, g->r->commondir);
	err = mvc_git_tree(&tree, g->r, id);
	for (; !err && o.n < n; o.n++)
		err = mvc_git_tree(&o.tree[o.n], g->r, old[o.n]);
	g->depth++;
	for (size_t i = 0; !err && i < git_tree_entrycount(tree); i++)
		err = walk_entry(g, git_tree_entry_byindex(tree, i), &o);
	g->depth--;
	olds_release(&o);
	return err;
}

/* ---- commits ---- */

static int
parents_add(struct gains *g, const git_oid *id)
{
	if ((g->n_parents & (g->n_parents - 1)) == 0) {
		struct mvc_gitid *v = reallocarray(g->parents,
		    g->n_parents ? 2 * g->n_parents : 1, sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for commits");
		g->parents = v;
	}
	mvc_gitid_from(&g->parents[g->n_parents++], id);
	return MVC_OK;
}

/* Its parents' ids, and of the first of them the trees. */
static int
take_parents(struct gains *g, git_commit *c, git_oid *trees, size_t *n)
{
	int err = MVC_OK;

	g->n_parents = *n = 0;
	if (mvc_idset_has(&g->shallow, git_commit_id(c)))
		return MVC_OK;
	for (unsigned i = 0; !err && i < git_commit_parentcount(c); i++) {
		MVC_GIT_OWN(git_commit) *parent = NULL;
		const git_oid *id = git_commit_parent_id(c, i);

		err = parents_add(g, id);
		if (err || *n == PARENTS_MAX)
			continue;
		err = mvc_git_commit(&parent, g->r, id);
		if (!err)
			trees[(*n)++] = *git_commit_tree_id(parent);
	}
	return err;
}

static int
tell(struct gains *g, git_commit *c)
{
	struct mvc_gains_commit told = {.time = git_commit_time(c)};
	git_oid trees[PARENTS_MAX];
	const git_oid *old[PARENTS_MAX];
	size_t n;
	int err;

	err = take_parents(g, c, trees, &n);
	if (err)
		return err;
	mvc_gitid_from(&told.id, git_commit_id(c));
	told.parents = g->parents;
	told.n = g->n_parents;
	told.boundary = mvc_idset_has(&g->shallow, git_commit_id(c));
	err = g->ops->commit(g->ops->arg, &told);
	for (size_t i = 0; i < n; i++) {
		if (git_oid_equal(&trees[i], git_commit_tree_id(c)))
			return err;
		old[i] = &trees[i];
	}
	mvc_buf_clear(&g->path);
	if (!err)
		err = walk(g, git_commit_tree_id(c), old, n);
	return err;
}

static int
push(struct gains *g, const git_oid *id)
{
	struct mvc_gitid key;
	bool fresh;
	int err;

	mvc_gitid_from(&key, id);
	err = mvc_idset_add(&fresh, &g->seen, id);
	if (err || !fresh || g->ops->known(g->ops->arg, &key))
		return err;
	if (g->n == g->size) {
		size_t size = g->size ? 2 * g->size : 64;
		struct frame *v = reallocarray(g->stack, size, sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for commits");
		g->stack = v;
		g->size = size;
	}
	g->stack[g->n++] = (struct frame){.id = *id};
	return MVC_OK;
}

/* The commit on top: to its next parent, or told and done. */
static int
step(struct gains *g)
{
	struct frame *top = &g->stack[g->n - 1];
	MVC_GIT_OWN(git_commit) *c = NULL;
	int err = mvc_git_commit(&c, g->r, &top->id);

	if (err)
		return err;
	if (!mvc_idset_has(&g->shallow, &top->id))
		while (top->next < git_commit_parentcount(c)) {
			size_t n = g->n;

			err = push(g, git_commit_parent_id(c, top->next++));
			if (err || g->n > n)
				return err;
		}
	g->n--;
	return tell(g, c);
}

int
mvc_history_gains(struct mvc_repo *r, const struct mvc_gitid *tips, size_t n,
    const struct mvc_gains_ops *ops)
{
	struct gains g = {.r = r,
	    .ops = ops,
	    .path = MVC_BUF_INIT(MVC_SCAN_PATH_MAX),
	    .blob = MVC_BUF_INIT(MVC_GAIN_MAX)};
	int err = mvc_idset_shallow(&g.shallow, r);

	for (size_t i = 0; !err && i < n; i++) {
		git_oid id;

		err = mvc_gitid_to(&id, &tips[i]);
		if (!err)
			err = push(&g, &id);
		while (!err && g.n)
			err = step(&g);
	}
	mvc_idset_release(&g.seen);
	mvc_idset_release(&g.shallow);
	mvc_buf_release(&g.path);
	mvc_buf_release(&g.blob);
	free(g.parents);
	free(g.stack);
	return err;
}

/* ---- tips ---- */

static int
tell_tip(git_reference *ref,
    int (*each)(void *arg, const struct mvc_gitid *commit), void *arg)
{
	static const char code[] = "refs/mvc/code/";
	MVC_GIT_OWN(git_object) *o = NULL;
	struct mvc_gitid id;

	/* Trees, perhaps many. */
	if (!strncmp(git_reference_name(ref), code, sizeof(code) - 1))
		return MVC_OK;
	/* A tag of a tree, a branch that is not born yet, a broken ref: Git
	 * tells of those. */
	if (git_reference_peel(&o, ref, GIT_OBJECT_COMMIT) < 0)
		return MVC_OK;
	mvc_gitid_from(&id, git_object_id(o));
	return each(arg, &id);
}

int
mvc_history_tips(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_gitid *commit), void *arg)
{
	git_reference_iterator *it = NULL;
	git_reference *ref = NULL;
	int err = MVC_OK, e;

	e = git_reference_lookup(&ref, r->git, "HEAD");
	if (e == 0)
		err = tell_tip(ref, each, arg);
	git_reference_free(ref);
	if (!err && git_reference_iterator_new(&it, r->git) < 0)
		return mvc_git_fail(-1, "list the refs");
	while (!err && (e = git_reference_next(&ref, it)) == 0) {
		err = tell_tip(ref, each, arg);
		git_reference_free(ref);
	}
	git_reference_iterator_free(it);
	if (!err && e != GIT_ITEROVER)
		err = mvc_git_fail(e, "list the refs");
	return err;
}
