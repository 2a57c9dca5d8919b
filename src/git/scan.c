#include "git/scan.h"
#include "git/repo.h"

#include <stdio.h>
#include "util/banned.h"

/* Git itself refuses trees deeper than 2,048 (core.maxTreeDepth). */
#define DEPTH_MAX 2048

void
mvc_scan_release(struct mvc_scan *s)
{
	mvc_buf_release(&s->path);
	mvc_buf_release(&s->blob);
}

int
mvc_git_tree(git_tree **out, struct mvc_repo *r, const git_oid *id)
{
	int err = git_tree_lookup(out, r->git, id);

	if (err == GIT_ENOTFOUND)
		return mvc_git_missing(r, "tree", id);
	if (err < 0)
		return mvc_git_fail(
		    err, "read the tree %s", git_oid_tostr_s(id));
	return MVC_OK;
}

int
mvc_git_commit(git_commit **out, struct mvc_repo *r, const git_oid *id)
{
	int err = git_commit_lookup(out, r->git, id);

	if (err == GIT_ENOTFOUND)
		return mvc_git_missing(r, "commit", id);
	if (err < 0)
		return mvc_git_fail(
		    err, "read the commit %s", git_oid_tostr_s(id));
	return MVC_OK;
}

static bool
has_suffix(const struct mvc_buf *path)
{
	return path->len >= 4 &&
	    memcmp(path->data + path->len - 4, ".mvc", 4) == 0;
}

/* Its bytes into s->blob; *fits is false where it is too long for a pointer. */
static int
read_blob(struct mvc_scan *s, bool *fits, const git_oid *id)
{
	int err;

	mvc_buf_clear(&s->blob);
	err = mvc_git_blob(&s->blob, s->r, id);
	*fits = err == MVC_OK;
	return err == MVC_ETOOBIG ? MVC_OK : err;
}

int
mvc_scan_blob(struct mvc_scan *s, const git_oid *id, uint32_t mode)
{
	struct mvc_git_pointer p = {.commit = s->commit};
	bool fits, fresh = true;
	int err = MVC_OK;

	if ((mode != GIT_FILEMODE_BLOB &&
		mode != GIT_FILEMODE_BLOB_EXECUTABLE && mode != 0100664) ||
	    !has_suffix(&s->path))
		return MVC_OK;
	if (s->seen)
		err = mvc_idset_add(&fresh, s->seen, id);
	if (err || !fresh)
		return err;
	err = read_blob(s, &fits, id);
	if (err == MVC_ENOTFOUND && s->skip_missing)
		return MVC_OK;
	if (err)
		return mvc_fail_prefix(err, "%s", s->path.data);
	if (!fits)
		return MVC_OK;
	p.path = s->path.data;
	p.p = s->blob.data ? s->blob.data : "";
	p.n = s->blob.len;
	mvc_gitid_from(&p.blob, id);
	return s->each(s->arg, &p);
}

static int
scan_entry(struct mvc_scan *s, const git_tree_entry *e)
{
	uint32_t mode = git_tree_entry_filemode_raw(e);
	size_t len = s->path.len;
	int err;

	err = mvc_buf_add_str(&s->path, git_tree_entry_name(e));
	if (!err && git_tree_entry_type(e) == GIT_OBJECT_TREE) {
		err = mvc_buf_add_char(&s->path, '/');
		if (!err)
			err = mvc_scan_tree(s, git_tree_entry_id(e));
	} else if (!err) {
		err = mvc_scan_blob(s, git_tree_entry_id(e), mode);
	}
	s->path.len = len;
	if (s->path.data)
		s->path.data[len] = 0;
	return err;
}

int
mvc_scan_tree(struct mvc_scan *s, const git_oid *id)
{
	MVC_GIT_OWN(git_tree) *tree = NULL;
	bool fresh = true;
	int err = MVC_OK;

	if (s->depth == DEPTH_MAX)
		return mvc_fail(MVC_ETOOBIG, "a tree deeper than %d in %s",
		    DEPTH_MAX, s->r->commondir);
	if (s->seen)
		err = mvc_idset_add(&fresh, s->seen, id);
	if (err || !fresh)
		return err;
	err = mvc_git_tree(&tree, s->r, id);
	if (err == MVC_ENOTFOUND && s->skip_missing)
		return MVC_OK;
	if (err)
		return err;
	s->depth++;
	for (size_t i = 0; !err && i < git_tree_entrycount(tree); i++)
		err = scan_entry(s, git_tree_entry_byindex(tree, i));
	s->depth--;
	return err;
}

int
mvc_git_lookup(struct mvc_git_at *out, struct mvc_repo *r,
    const git_commit *commit, const char *path)
{
	int err;

	out->id = *git_commit_tree_id(commit);
	out->mode = GIT_FILEMODE_TREE;
	while (*path) {
		MVC_GIT_OWN(git_tree) *tree = NULL;
		MVC_OWN_MEM char *name = NULL;
		const git_tree_entry *e = NULL;
		size_t n = strcspn(path, "/");

		err = mvc_git_textf(&name, "%.*s", (int)n, path);
		if (!err && out->mode == GIT_FILEMODE_TREE)
			err = mvc_git_tree(&tree, r, &out->id);
		if (err)
			return err;
		e = tree ? git_tree_entry_byname(tree, name) : NULL;
		out->mode = e ? git_tree_entry_filemode_raw(e) : 0;
		if (!e)
			return MVC_OK;
		out->id = *git_tree_entry_id(e);
		path += n + (path[n] == '/');
	}
	return MVC_OK;
}
