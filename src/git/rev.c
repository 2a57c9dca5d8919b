/* Revisions, and what is in one. */
#include "git/history.h"
#include "git/repo.h"
#include "git/scan.h"

#include <stdio.h>
#include "util/banned.h"

int
mvc_rev_resolve(struct mvc_gitid *commit, struct mvc_repo *r, const char *rev)
{
	MVC_GIT_OWN(git_object) *found = NULL, *peeled = NULL;
	int err;

	memset(commit, 0, sizeof(*commit));
	if (!*rev || *rev == '-')
		return mvc_fail(MVC_EINVALID, "'%s' is no revision", rev);
	err = git_revparse_single(&found, r->git, rev);
	if (err == GIT_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND, "there is no revision %s in %s",
		    rev, r->commondir);
	if (err < 0)
		return mvc_git_fail(err, "the revision %s", rev);
	err = git_object_peel(&peeled, found, GIT_OBJECT_COMMIT);
	if (err < 0)
		return mvc_fail(MVC_EINVALID, "%s is no commit", rev);
	mvc_gitid_from(commit, git_object_id(peeled));
	return MVC_OK;
}

/* The ':' between REV and PATH: not one within braces, as in ^{/a: b}. */
static const char *
find_colon(const char *arg)
{
	int depth = 0;

	for (; *arg; arg++) {
		depth += *arg == '{';
		depth -= *arg == '}';
		if (*arg == ':' && depth <= 0)
			return arg;
	}
	return NULL;
}

int
mvc_rev_path(
    struct mvc_gitid *commit, char **path, struct mvc_repo *r, const char *arg)
{
	const char *colon = find_colon(arg), *rest;
	MVC_OWN_MEM char *rev = NULL, *joined = NULL;
	int err;

	*path = NULL;
	if (!colon || colon == arg)
		return mvc_fail(MVC_EUSAGE,
		    "%s: REV:PATH is needed, as HEAD:model.pt", arg);
	rest = colon + 1;
	err = mvc_git_textf(&rev, "%.*s", (int)(colon - arg), arg);
	if (!err)
		err = mvc_rev_resolve(commit, r, rev);
	if (!err)
		err = mvc_git_textf(&joined, "%s%s",
		    !strncmp(rest, "./", 2) || !strncmp(rest, "../", 3)
			? r->prefix
			: "",
		    rest);
	if (err)
		return err;
	if (!mvc_path_normalise(joined))
		return mvc_fail(
		    MVC_EINVALID, "%s leads out of the repository", arg);
	*path = MVC_TAKE(joined);
	return MVC_OK;
}

static int
lookup(struct mvc_git_at *at, struct mvc_repo *r,
    const struct mvc_gitid *commit, const char *path)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	git_oid id;
	int err;

	err = mvc_gitid_to(&id, commit);
	if (!err)
		err = mvc_git_commit(&c, r, &id);
	if (!err)
		err = mvc_git_lookup(at, r, c, path);
	return err;
}

int
mvc_rev_read(struct mvc_buf *out, struct mvc_repo *r,
    const struct mvc_gitid *commit, const char *path)
{
	struct mvc_git_at at;
	int err = lookup(&at, r, commit, path);

	if (err)
		return err;
	if (!at.mode)
		return mvc_fail(MVC_ENOTFOUND, "%s is not in the commit %.10s",
		    path, mvc_gitid_hex(commit).s);
	if (at.mode == GIT_FILEMODE_TREE || at.mode == GIT_FILEMODE_COMMIT)
		return mvc_fail(MVC_EINVALID, "%s is a %s in the commit %.10s",
		    path, at.mode == GIT_FILEMODE_TREE ? "folder" : "submodule",
		    mvc_gitid_hex(commit).s);
	err = mvc_git_blob(out, r, &at.id);
	/* The path is found, so that this is damage. */
	if (err == MVC_ENOTFOUND)
		err = MVC_ECORRUPT;
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

int
mvc_rev_pointers(struct mvc_repo *r, const struct mvc_gitid *commit,
    const char *under, mvc_git_pointer_fn each, void *arg)
{
	struct mvc_scan s = {
	    .r = r, .commit = *commit, .each = each, .arg = arg, MVC_SCAN_BUFS};
	struct mvc_git_at at;
	int err;

	err = lookup(&at, r, commit, under);
	if (err || !at.mode)
		return err;
	err = mvc_buf_add_str(&s.path, under);
	if (!err && at.mode != GIT_FILEMODE_TREE) {
		err = mvc_scan_blob(&s, &at.id, at.mode);
	} else if (!err) {
		if (*under)
			err = mvc_buf_add_char(&s.path, '/');
		if (!err)
			err = mvc_scan_tree(&s, &at.id);
	}
	mvc_scan_release(&s);
	return err;
}

int
mvc_tree_read(struct mvc_buf *out, struct mvc_repo *r,
    const struct mvc_gitid *tree, const char *path)
{
	MVC_GIT_OWN(git_tree_entry) *entry = NULL;
	MVC_GIT_OWN(git_tree) *root = NULL;
	git_oid id;
	int err = mvc_gitid_to(&id, tree);

	if (!err)
		err = mvc_git_tree(&root, r, &id);
	if (err)
		return err;
	if (git_tree_entry_bypath(&entry, root, path) < 0 ||
	    git_tree_entry_type(entry) != GIT_OBJECT_BLOB)
		return mvc_fail(MVC_ENOTFOUND, "%s is not in the tree %.10s",
		    path, mvc_gitid_hex(tree).s);
	return mvc_git_blob(out, r, git_tree_entry_id(entry));
}

bool
mvc_rev_has(struct mvc_repo *r, const struct mvc_gitid *id)
{
	MVC_GIT_OWN(git_odb) *odb = NULL;
	git_oid oid;

	return !mvc_gitid_to(&oid, id) && !git_repository_odb(&odb, r->git) &&
	    git_odb_exists(odb, &oid) == 1;
}

void
mvc_commit_about_release(struct mvc_commit_about *a)
{
	free(a->author);
	free(a->email);
	free(a->subject);
	memset(a, 0, sizeof(*a));
}

int
mvc_commit_about(struct mvc_commit_about *out, struct mvc_repo *r,
    const struct mvc_gitid *commit)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	const char *subject;
	git_oid id;
	int err = mvc_gitid_to(&id, commit);

	memset(out, 0, sizeof(*out));
	if (!err)
		err = mvc_git_commit(&c, r, &id);
	if (err)
		return err;
	subject = git_commit_summary(c);
	out->time = git_commit_author(c)->when.time;
	out->has_signature =
	    strstr(git_commit_raw_header(c), "\ngpgsig") != NULL;
	err = mvc_git_textf(&out->author, "%s", git_commit_author(c)->name);
	if (!err)
		err = mvc_git_textf(
		    &out->email, "%s", git_commit_author(c)->email);
	if (!err)
		err =
		    mvc_git_textf(&out->subject, "%s", subject ? subject : "");
	if (err)
		mvc_commit_about_release(out);
	return err;
}
