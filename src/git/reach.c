/*
 * Every pointer that anything in Git can still reach.
 *
 *   files of Git's own ──► starts ──► commits ──► trees ──► pointers
 *   (refs, reflogs, …)      tags peeled  │  each tree id and blob id
 *   indexes ────────────────────────────┴─► once: idset
 *
 * The files are read as they are, not through a library: whatever begins a
 * line with an id counts, so that what a later Git adds is not overlooked. A
 * start is hard (a ref, the stash) or soft (a reflog, ORIG_HEAD, FETCH_HEAD),
 * which Git itself does not always keep: what a soft one leads to and is gone
 * is passed over, unless a partial clone may get it back.
 */
#include "git/history.h"
#include "git/index.h"
#include "git/repo.h"
#include "git/scan.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#define DEPTH_MAX 64 /* of folders in refs/ and logs/ */

struct ids {
	git_oid *v;
	size_t n;
};

struct reach {
	struct mvc_repo *r;
	struct mvc_idset seen, shallow;
	struct ids hard, soft, todo;
	struct mvc_scan scan;
};

static int
push(struct ids *l, const git_oid *id)
{
	if ((l->n & (l->n - 1)) == 0) {
		git_oid *v =
		    reallocarray(l->v, l->n ? 2 * l->n : 1, sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for Git ids");
		l->v = v;
	}
	l->v[l->n++] = *id;
	return MVC_OK;
}

/* ---- starts ---- */

/* Ids that begin a line, one or two: `ID`, `ID name`, `OLD NEW who`. */
static int
take_line(struct ids *to, const char *line)
{
	git_oid id;
	int err = MVC_OK;

	for (int i = 0; !err && i < 2; i++) {
		size_t n = strspn(line, "0123456789abcdef");

		if (n != GIT_OID_HEXSZ || git_oid_fromstr(&id, line) < 0)
			break;
		if (!git_oid_is_zero(&id))
			err = push(to, &id);
		line += n;
		if (*line++ != ' ')
			break;
	}
	return err;
}

static int
take_file(struct ids *to, const char *path)
{
	MVC_OWN_MEM char *line = NULL;
	size_t size = 0;
	int err = MVC_OK;
	FILE *f = mvc_file_stream(path);

	if (!f)
		return errno == ENOENT ? MVC_OK
				       : mvc_sys_fail(AT_FDCWD, "open", path);
	while (!err && getline(&line, &size, f) >= 0)
		err = take_line(to, line);
	if (!err && ferror(f))
		err = mvc_fail_errno("read %s", path);
	fclose(f);
	return err;
}

/* ORIG_HEAD and its like; not "config", "index", "gitdir", and no text of the
 * user's, as COMMIT_EDITMSG. */
static bool
is_pseudo_ref(const char *name)
{
	size_t n = strlen(name);

	return !(n > 3 && !strcmp(name + n - 3, "MSG")) &&
	    name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_")] == 0;
}

enum depth { PSEUDO_REFS, ALL_BELOW };

static int
take_folder(struct ids *to, const char *path, enum depth how, int depth);

static int
take_entry(struct ids *to, const char *folder, const char *name, enum depth how,
    int depth)
{
	MVC_OWN_MEM char *path = NULL;
	struct stat st;
	int err;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return MVC_OK;
	err = mvc_git_textf(&path, "%s/%s", folder, name);
	if (err)
		return err;
	if (stat(path, &st) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", path);
	if (S_ISREG(st.st_mode) && (how == ALL_BELOW || is_pseudo_ref(name)))
		return take_file(to, path);
	if (S_ISDIR(st.st_mode) && how == ALL_BELOW)
		return take_folder(to, path, how, depth + 1);
	return MVC_OK;
}

static int
take_folder(struct ids *to, const char *path, enum depth how, int depth)
{
	struct dirent *d;
	int err = MVC_OK;
	DIR *dir;

	if (depth > DEPTH_MAX)
		return mvc_fail(MVC_ETOOBIG, "%s: too many folders", path);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? MVC_OK
				       : mvc_sys_fail(AT_FDCWD, "open", path);
	for (errno = 0; !err && (d = readdir(dir)); errno = 0)
		err = take_entry(to, path, d->d_name, how, depth);
	if (!err && errno)
		err = mvc_fail_errno("list %s", path);
	closedir(dir);
	return err;
}

static int
take_below(struct ids *to, const char *gitdir, const char *name)
{
	MVC_OWN_MEM char *path = NULL;
	struct stat st;
	int err = mvc_git_textf(&path, "%s/%s", gitdir, name);

	if (err)
		return err;
	if (stat(path, &st) < 0)
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("read %s", path);
	if (S_ISREG(st.st_mode))
		return take_file(to, path);
	return take_folder(to, path, ALL_BELOW, 0);
}

/* The starts of one work tree's Git folder. */
static int
take_gitdir(void *arg, const struct mvc_worktree *w)
{
	static const char *const hard[] = {
	    "HEAD", "packed-refs", "refs", "logs/refs/stash"};
	static const char *const soft[] = {
	    "logs", "rebase-merge", "rebase-apply", "sequencer"};
	struct reach *x = arg;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < 4; i++)
		err = take_below(&x->hard, w->gitdir, hard[i]);
	for (size_t i = 0; !err && i < 4; i++)
		err = take_below(&x->soft, w->gitdir, soft[i]);
	if (!err)
		err = take_folder(&x->soft, w->gitdir, PSEUDO_REFS, 0);
	return err;
}

/* ---- from starts to pointers ---- */

/* *type is GIT_OBJECT_INVALID for what may be passed over. */
static int
type_of(git_object_t *type, struct reach *x, const git_oid *id)
{
	MVC_GIT_OWN(git_odb) *odb = NULL;
	size_t size;
	int e;

	e = git_repository_odb(&odb, x->r->git);
	if (e == 0)
		e = git_odb_read_header(&size, type, odb, id);
	if (e == GIT_ENOTFOUND) {
		*type = GIT_OBJECT_INVALID;
		e = mvc_git_missing(x->r, "object", id);
		return e == MVC_ENOTFOUND && x->scan.skip_missing ? MVC_OK : e;
	}
	return e < 0
	    ? mvc_git_fail(e, "read the object %s", git_oid_tostr_s(id))
	    : MVC_OK;
}

static int
visit_commit(struct reach *x, const git_oid *id)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	int err;

	err = mvc_git_commit(&c, x->r, id);
	if (err)
		return err;
	mvc_gitid_from(&x->scan.commit, id);
	mvc_buf_clear(&x->scan.path);
	err = mvc_scan_tree(&x->scan, git_commit_tree_id(c));
	if (err)
		return mvc_fail_prefix(
		    err, "the commit %.10s", mvc_gitid_hex(&x->scan.commit).s);
	if (mvc_idset_has(&x->shallow, id))
		return MVC_OK;
	for (unsigned i = 0; !err && i < git_commit_parentcount(c); i++)
		err = push(&x->todo, git_commit_parent_id(c, i));
	return err;
}

static int
visit_tag(struct reach *x, const git_oid *id)
{
	git_tag *tag;
	int err = git_tag_lookup(&tag, x->r->git, id);

	if (err < 0)
		return mvc_git_fail(
		    err, "read the tag %s", git_oid_tostr_s(id));
	err = push(&x->todo, git_tag_target_id(tag));
	git_tag_free(tag);
	return err;
}

static int
visit(struct reach *x, const git_oid *id)
{
	git_object_t type;
	bool fresh;
	int err;

	err = type_of(&type, x, id);
	if (err)
		return err;
	if (type == GIT_OBJECT_TREE) {
		memset(&x->scan.commit, 0, sizeof(x->scan.commit));
		mvc_buf_clear(&x->scan.path);
		return mvc_scan_tree(&x->scan, id);
	}
	if (type != GIT_OBJECT_COMMIT && type != GIT_OBJECT_TAG)
		return MVC_OK;
	err = mvc_idset_add(&fresh, &x->seen, id);
	if (err || !fresh)
		return err;
	return type == GIT_OBJECT_COMMIT ? visit_commit(x, id)
					 : visit_tag(x, id);
}

static int
visit_all(struct reach *x, const struct ids *starts, bool soft)
{
	int err = MVC_OK;

	x->scan.skip_missing = soft;
	for (size_t i = 0; !err && i < starts->n; i++) {
		/* Reflogs name the same commits over and over. */
		if (mvc_idset_has(&x->seen, &starts->v[i]))
			continue;
		err = push(&x->todo, &starts->v[i]);
		while (!err && x->todo.n) {
			git_oid id = x->todo.v[--x->todo.n];

			if (!mvc_idset_has(&x->seen, &id))
				err = visit(x, &id);
		}
	}
	return err;
}

/* ---- indexes ---- */

static int
index_entry(void *arg, const struct mvc_index_entry *e)
{
	struct reach *x = arg;
	git_oid id;
	int err;

	if (e->intent)
		return MVC_OK;
	mvc_buf_clear(&x->scan.path);
	err = mvc_buf_add_str(&x->scan.path, e->path);
	if (!err)
		err = mvc_gitid_to(&id, &e->id);
	return err ? err : mvc_scan_blob(&x->scan, &id, e->mode);
}

/* The index of one work tree, through a repository that is seen from there. */
static int
take_index(
    struct reach *x, const char *gitdir, const char *worktree, const char *file)
{
	MVC_OWN(mvc_index) *idx = NULL;
	MVC_OWN_MEM char *dir = NULL, *tree = NULL, *path = NULL;
	struct mvc_repo there = *x->r;
	int err;

	err = mvc_git_textf(&dir, "%s", gitdir);
	if (!err && worktree)
		err = mvc_git_textf(&tree, "%s", worktree);
	if (!err)
		err = mvc_git_textf(&path, "%s", file);
	if (err)
		return err;
	there.gitdir = dir;
	there.worktree = tree;
	there.index_path = path;
	err = mvc_index_open(&idx, &there);
	return err ? err : mvc_index_each_pointer(idx, index_entry, x);
}

static int
take_worktree_index(void *arg, const struct mvc_worktree *w)
{
	MVC_OWN_MEM char *file = NULL;
	struct reach *x = arg;
	int err = mvc_git_textf(&file, "%s/index", w->gitdir);

	return err ? err : take_index(x, w->gitdir, w->path, file);
}

static int
take_indexes(struct reach *x)
{
	int err;

	x->scan.skip_missing = false;
	memset(&x->scan.commit, 0, sizeof(x->scan.commit));
	err = mvc_repo_worktrees(x->r, take_worktree_index, x);
	/* GIT_INDEX_FILE may name one more. */
	if (!err)
		err = take_index(
		    x, x->r->gitdir, x->r->worktree, x->r->index_path);
	return err;
}

int
mvc_history_pointers(struct mvc_repo *r, mvc_git_pointer_fn each, void *arg)
{
	struct reach x = {
	    .r = r, .scan = {.r = r, .each = each, .arg = arg, MVC_SCAN_BUFS}};
	int err;

	x.scan.seen = &x.seen;
	err = mvc_idset_shallow(&x.shallow, r);
	if (!err)
		err = mvc_repo_worktrees(r, take_gitdir, &x);
	if (!err)
		err = visit_all(&x, &x.hard, false);
	if (!err)
		err = take_indexes(&x);
	if (!err)
		err = visit_all(&x, &x.soft, true);
	mvc_scan_release(&x.scan);
	mvc_idset_release(&x.seen);
	mvc_idset_release(&x.shallow);
	free(x.hard.v);
	free(x.soft.v);
	free(x.todo.v);
	return err;
}
