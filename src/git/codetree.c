/*
 *   index, read anew ──► entries in memory ──► each that differs in the work
 *                                 │             tree: its blob, or gone
 *                                 └──► written as a tree, without the index
 */
#include "git/codetree.h"
#include "git/foreign.h"
#include "git/repo.h"
#include "git/scan.h"

#include <stdio.h>
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#define REFS "refs/mvc/code/"
/* A file that is cut while libgit2 reads it is read again. */
#define TRIES 10

struct code {
	struct mvc_repo *r;
	const struct mvc_codetree_opts *o;
	git_index *index;
	git_diff *diff;
};

static int
open_index(git_index **out, struct mvc_repo *r)
{
	const git_error *last;
	int e = git_index_open(out, r->index_path);

	if (e == 0)
		return MVC_OK;
	last = git_error_last();
	if (last &&
	    (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_NOMEMORY))
		return mvc_git_fail(e, "read %s", r->index_path);
	return mvc_foreign_read(out, r);
}

static bool
is_left_out(const struct code *c, const char *path)
{
	return c->o->leave_out && c->o->leave_out(c->o->arg, path);
}

/* What a sparse checkout left out is not gone. */
static void
take_gone(struct code *c, const char *path)
{
	const git_index_entry *e = git_index_get_bypath(c->index, path, 0);

	if (!e || !(e->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE))
		git_index_remove(c->index, path, 0);
}

static bool
is_gone(struct code *c, const char *path)
{
	MVC_OWN_MEM char *whole = NULL;

	return !mvc_git_textf(&whole, "%s/%s", c->r->worktree, path) &&
	    mvc_file_absent(AT_FDCWD, whole);
}

/* Another mvc's temporary. */
static bool
is_passing(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return !strncmp(name, MVC_TMP_PREFIX, strlen(MVC_TMP_PREFIX));
}

static int
take_file(struct code *c, const git_diff_delta *d)
{
	const char *path = d->new_file.path;
	git_index_entry e = {.mode = d->new_file.mode, .path = path};
	int err, tries = 0;

	do
		err = git_blob_create_from_workdir(&e.id, c->r->git, path);
	while (err < 0 && !is_gone(c, path) && ++tries < TRIES);
	/* Gone since the work tree was listed, which libgit2 does not tell from
	 * other faults. */
	if (err < 0 && is_gone(c, path)) {
		take_gone(c, path);
		return MVC_OK;
	}
	if (!err)
		git_index_conflict_remove(c->index, path);
	if (!err)
		err = git_index_add(c->index, &e);
	return err < 0 ? mvc_git_fail(err, "read %s", path) : MVC_OK;
}

/* A submodule is its commit. */
static int
take_link(struct code *c, const git_diff_delta *d)
{
	git_index_entry e = {.mode = GIT_FILEMODE_COMMIT,
	    .path = d->new_file.path,
	    .id = d->new_file.id};
	int err;

	if (git_oid_is_zero(&e.id))
		return MVC_OK;
	err = git_index_add(c->index, &e);
	return err < 0 ? mvc_git_fail(err, "read %s", e.path) : MVC_OK;
}

static int
take(struct code *c, const git_diff_delta *d)
{
	const char *path =
	    d->new_file.path ? d->new_file.path : d->old_file.path;
	bool fresh = d->status == GIT_DELTA_UNTRACKED;

	if (is_left_out(c, path) || is_passing(path))
		return MVC_OK; /* see drop_left_out() */
	if (d->status == GIT_DELTA_DELETED) {
		take_gone(c, path);
		return MVC_OK;
	}
	if (d->new_file.mode == GIT_FILEMODE_COMMIT)
		return take_link(c, d);
	/* A repository in it, and no submodule. */
	if (d->new_file.mode == GIT_FILEMODE_TREE ||
	    d->new_file.mode == GIT_FILEMODE_UNREADABLE)
		return MVC_OK;
	if (fresh && d->new_file.size >= c->o->large)
		return c->o->omitted ? c->o->omitted(c->o->arg, path) : MVC_OK;
	return take_file(c, d);
}

static int
list(struct code *c)
{
	git_diff_options o;
	int e = git_diff_options_init(&o, GIT_DIFF_OPTIONS_VERSION);

	if (e < 0)
		return mvc_git_fail(e, "compare the work tree");
	o.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
	    GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
	e = git_diff_index_to_workdir(&c->diff, c->r->git, c->index, &o);
	return e < 0 ? mvc_git_fail(e, "compare the work tree") : MVC_OK;
}

/* Entries of what is not to be in the tree. */
static void
drop_left_out(struct code *c)
{
	for (size_t i = git_index_entrycount(c->index); i-- > 0;) {
		const git_index_entry *e = git_index_get_byindex(c->index, i);

		if (is_left_out(c, e->path))
			git_index_remove(
			    c->index, e->path, git_index_entry_stage(e));
	}
}

static int
build(struct code *c)
{
	int err = open_index(&c->index, c->r);

	if (!err)
		err = list(c);
	for (size_t i = 0; !err && i < git_diff_num_deltas(c->diff); i++)
		err = take(c, git_diff_get_delta(c->diff, i));
	if (err)
		return err;
	drop_left_out(c);
	git_index_conflict_cleanup(c->index);
	return MVC_OK;
}

int
mvc_codetree_write(struct mvc_gitid *tree, struct mvc_repo *r,
    const struct mvc_codetree_opts *o)
{
	struct code c = {.r = r, .o = o};
	MVC_OWN_MEM char *objects = NULL;
	git_oid id;
	int err, e;

	memset(tree, 0, sizeof(*tree));
	err = build(&c);
	if (!err) {
		e = git_index_write_tree_to(&id, c.index, r->git);
		if (e < 0)
			err = mvc_git_fail(e, "write the tree of the code");
	}
	git_diff_free(c.diff);
	git_index_free(c.index);
	/* libgit2 syncs objects and their folders, but not that of those. */
	if (!err)
		err = mvc_git_textf(&objects, "%s/objects", r->commondir);
	if (!err)
		err = mvc_sys_fsync_dir(AT_FDCWD, objects);
	if (!err)
		mvc_gitid_from(tree, &id);
	return err;
}

int
mvc_codetree_head(
    struct mvc_gitid *commit, struct mvc_gitid *tree, struct mvc_repo *r)
{
	MVC_GIT_OWN(git_object) *o = NULL;
	int e = git_revparse_single(&o, r->git, "HEAD^{commit}");

	memset(commit, 0, sizeof(*commit));
	memset(tree, 0, sizeof(*tree));
	if (e == GIT_ENOTFOUND || e == GIT_EUNBORNBRANCH)
		return MVC_OK;
	if (e < 0)
		return mvc_git_fail(e, "read HEAD");
	mvc_gitid_from(commit, git_object_id(o));
	mvc_gitid_from(tree, git_commit_tree_id((git_commit *)o));
	return MVC_OK;
}

int
mvc_codetree_keep(struct mvc_repo *r, const struct mvc_gitid *tree)
{
	git_reference *ref = NULL;
	char name[128];
	git_oid id;
	int err = mvc_gitid_to(&id, tree), e;

	if (err)
		return err;
	snprintf(name, sizeof(name), REFS "%s", mvc_gitid_hex(tree).s);
	e = git_reference_create(&ref, r->git, name, &id, 1, NULL);
	git_reference_free(ref);
	if (e < 0)
		return mvc_git_fail(e, "write %s", name);
	mvc_repo_share(r, name);
	return MVC_OK;
}

struct sums {
	git_odb *odb;
	uint64_t size, files;
};

static int
count(const char *root, const git_tree_entry *e, void *arg)
{
	struct sums *s = arg;
	git_object_t type;
	size_t size;

	(void)root;
	if (git_tree_entry_type(e) != GIT_OBJECT_BLOB)
		return 0;
	if (git_odb_read_header(&size, &type, s->odb, git_tree_entry_id(e)) < 0)
		return -1;
	s->files++;
	s->size += size;
	return 0;
}

static int
measure(struct mvc_code_entry *out, struct mvc_repo *r, const git_oid *id,
    const char *path)
{
	MVC_GIT_OWN(git_tree) *tree = NULL;
	MVC_GIT_OWN(git_odb) *odb = NULL;
	struct sums s = {.size = 0};
	git_object_t type;
	size_t size = 0;
	int e = git_repository_odb(&odb, r->git);

	s.odb = odb;
	if (!e && out->folder)
		e = git_tree_lookup(&tree, r->git, id);
	if (!e && out->folder)
		e = git_tree_walk(tree, GIT_TREEWALK_PRE, count, &s);
	if (!e && !out->folder)
		e = git_odb_read_header(&size, &type, odb, id);
	out->size = out->folder ? s.size : size;
	out->files = out->folder ? s.files : 1;
	return e < 0 ? mvc_git_fail(e, "read %s of the code", path) : MVC_OK;
}

int
mvc_codetree_find(struct mvc_code_entry *out, struct mvc_repo *r,
    const struct mvc_gitid *tree, const char *path)
{
	MVC_GIT_OWN(git_tree_entry) *entry = NULL;
	MVC_GIT_OWN(git_tree) *root = NULL;
	git_filemode_t mode;
	git_oid id;
	int err = mvc_gitid_to(&id, tree), e;

	*out = (struct mvc_code_entry){.size = 0};
	if (!err)
		err = mvc_git_tree(&root, r, &id);
	if (err)
		return err;
	e = git_tree_entry_bypath(&entry, root, path);
	if (e == GIT_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND, "%s is not in Git", path);
	if (e < 0)
		return mvc_git_fail(e, "read %s of the code", path);
	mode = git_tree_entry_filemode(entry);
	if (mode == GIT_FILEMODE_LINK || mode == GIT_FILEMODE_COMMIT)
		return mvc_fail(MVC_EINVALID,
		    "%s is a %s: name what is behind it", path,
		    mode == GIT_FILEMODE_LINK ? "link" : "submodule");
	out->folder = mode == GIT_FILEMODE_TREE;
	out->executable = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
	mvc_gitid_from(&out->id, git_tree_entry_id(entry));
	return measure(out, r, git_tree_entry_id(entry), path);
}
