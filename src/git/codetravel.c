#include "git/codetravel.h"
#include "git/codetree.h"
#include "git/config.h"
#include "git/repo.h"
#include "git/scan.h"
#include "util/run.h"

#include <stdio.h>
#include "util/banned.h"

#define REFS "refs/mvc/code/"
/* Of one command line: 110 KiB of the 2 MiB that Linux takes. */
#define BATCH 2000
/* What a server may say of its refs: a million of them. */
#define TEXT_MAX (UINT64_C(128) << 20)

struct ref {
	char s[sizeof(REFS) + 2 * MVC_GITID_MAX];
};

static struct ref
ref_of(const struct mvc_gitid *tree)
{
	struct ref ref;

	snprintf(ref.s, sizeof(ref.s), REFS "%s", mvc_gitid_hex(tree).s);
	return ref;
}

/* ---- which remote ---- */

static int
of_branch(char **name, struct mvc_repo *r, const char *what)
{
	git_reference *head = NULL;
	MVC_OWN_MEM char *key = NULL;
	int err = MVC_OK;

	if (git_repository_head(&head, r->git) == 0 &&
	    git_reference_is_branch(head))
		err = mvc_git_textf(
		    &key, "branch.%s.%s", git_reference_shorthand(head), what);
	git_reference_free(head);
	return err || !key ? err : mvc_config_string(name, r, key);
}

/* "origin", or the only one. (git_remote_list() loses memory.) */
static int
of_list(char **name, struct mvc_repo *r)
{
	MVC_GIT_OWN(git_config) *config = NULL;
	MVC_GIT_OWN(git_config_iterator) *it = NULL;
	MVC_OWN_MEM char *only = NULL;
	git_config_entry *e;
	bool several = false, origin = false;
	int err = mvc_git_config(&config, r);

	if (!err && git_config_iterator_new(&it, config) < 0)
		err = mvc_git_fail(-1, "list the remotes");
	while (!err && git_config_next(&e, it) == 0) {
		size_t n = strlen(e->name);

		if (n < 12 || strncmp(e->name, "remote.", 7) ||
		    strcmp(e->name + n - 4, ".url"))
			continue;
		origin |= !strcmp(e->name, "remote.origin.url");
		if (only &&
		    (strncmp(only, e->name + 7, n - 11) || only[n - 11]))
			several = true;
		else if (!only)
			err = mvc_git_textf(
			    &only, "%.*s", (int)(n - 11), e->name + 7);
	}
	if (err || (!origin && (several || !only)))
		return err;
	return mvc_git_textf(name, "%s", origin ? "origin" : only);
}

int
mvc_codetravel_remote(char **name, struct mvc_repo *r)
{
	int err;

	*name = NULL;
	err = of_branch(name, r, "pushRemote");
	if (!err && !*name)
		err = mvc_config_string(name, r, "remote.pushDefault");
	if (!err && !*name)
		err = of_branch(name, r, "remote");
	if (!err && *name && !strcmp(*name, ".")) {
		free(*name);
		*name = NULL;
	}
	return err || *name ? err : of_list(name, r);
}

int
mvc_codetravel_url(char **url, struct mvc_repo *r, const char *name)
{
	git_remote *remote = NULL;
	const char *to = name;
	int err;

	if (git_remote_lookup(&remote, r->git, name) == 0) {
		to = git_remote_pushurl(remote);
		if (!to)
			to = git_remote_url(remote);
	}
	err = mvc_git_textf(url, "%s", to ? to : name);
	git_remote_free(remote);
	return err;
}

/* ---- to and fro ---- */

static int
batch(struct mvc_repo *r, const char *const *words, const char *remote,
    const struct mvc_gitid *trees, size_t n)
{
	MVC_OWN_MEM char *dir = NULL;
	MVC_OWN_MEM struct ref *refs = calloc(n, sizeof(*refs));
	MVC_OWN_MEM const char **argv = calloc(n + 16, sizeof(*argv));
	struct mvc_run run = {.argv = argv};
	size_t k = 0;
	int err = mvc_git_textf(&dir, "--git-dir=%s", r->commondir);

	if (err)
		return err;
	if (!refs || !argv)
		return mvc_fail(MVC_ENOMEM, "no memory for refs");
	argv[k++] = "git";
	argv[k++] = dir;
	while (*words)
		argv[k++] = *words++;
	argv[k++] = "--";
	argv[k++] = remote;
	for (size_t i = 0; i < n; i++) {
		refs[i] = ref_of(&trees[i]);
		argv[k++] = refs[i].s;
	}
	err = mvc_run(&run);
	if (err || run.status == 0)
		return err;
	return mvc_fail(MVC_EIO, "%s", *run.err ? run.err : "git fails");
}

int
mvc_codetravel_push(struct mvc_repo *r, const char *remote,
    const struct mvc_gitid *trees, size_t n)
{
	static const char *const words[] = {"push", "-q", "--no-verify",
	    "--no-signed", "--no-follow-tags", "--recurse-submodules=no", NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i += BATCH)
		err = batch(
		    r, words, remote, trees + i, n - i < BATCH ? n - i : BATCH);
	return err;
}

bool
mvc_codetravel_has(struct mvc_repo *r, const struct mvc_gitid *tree)
{
	MVC_GIT_OWN(git_tree) *found = NULL;
	git_oid id;

	return !mvc_gitid_to(&id, tree) &&
	    git_tree_lookup(&found, r->git, &id) == 0;
}

bool
mvc_codetravel_keeps(struct mvc_repo *r, const struct mvc_gitid *tree)
{
	struct ref ref = ref_of(tree);
	git_oid is, id;

	return !mvc_gitid_to(&id, tree) &&
	    git_reference_name_to_id(&is, r->git, ref.s) == 0 &&
	    git_oid_equal(&is, &id);
}

/* What a remote has, as git says it. */
static int
list_refs(struct mvc_buf *out, struct mvc_repo *r, const char *remote)
{
	MVC_OWN_MEM char *dir = NULL;
	const char *argv[] = {"git", NULL, "ls-remote", "-q", "--refs", "--",
	    remote, REFS "*", NULL};
	struct mvc_run run = {.argv = argv, .out = out};
	int err = mvc_git_textf(&dir, "--git-dir=%s", r->commondir);

	argv[1] = dir;
	return err ? err : mvc_run_check(&run);
}

static int
fetch_there(size_t *got, struct mvc_repo *r, const char *remote,
    const struct mvc_gitid *trees, size_t n)
{
	static const char *const words[] = {"-c", "gc.auto=0", "-c",
	    "maintenance.auto=false", "fetch", "-q", "--no-tags",
	    "--no-write-fetch-head", "--no-recurse-submodules", NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i += BATCH)
		err = batch(
		    r, words, remote, trees + i, n - i < BATCH ? n - i : BATCH);
	for (size_t i = 0; !err && i < n; i++) {
		if (!mvc_codetravel_has(r, &trees[i]))
			return mvc_fail(MVC_ECORRUPT,
			    "%s has something else under %s", remote,
			    ref_of(&trees[i]).s);
		err = mvc_codetree_keep(r, &trees[i]);
		*got += !err;
	}
	return err;
}

static int
by_id(const void *a, const void *b)
{
	return mvc_gitid_cmp(a, b);
}

int
mvc_codetravel_fetch(size_t *got, struct mvc_repo *r, const char *remote,
    const struct mvc_gitid *trees, size_t n)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(TEXT_MAX);
	MVC_OWN_MEM struct mvc_gitid *there = calloc(n + 1, sizeof(*there));
	struct mvc_gitid id;
	size_t k = 0;
	int err;

	*got = 0;
	if (!there)
		return mvc_fail(MVC_ENOMEM, "no memory for refs");
	err = n ? list_refs(&text, r, remote) : MVC_OK;
	/* "OID\tNAME", no name twice. */
	for (const char *p = text.data;
	     !err && p && (p = strstr(p, "\t" REFS));) {
		size_t len = strcspn(p += sizeof(REFS), "\n");

		if (!mvc_gitid_parse(&id, p, len) && k < n &&
		    bsearch(&id, trees, n, sizeof(id), by_id))
			there[k++] = id;
	}
	return err || k == 0 ? err : fetch_there(got, r, remote, there, k);
}

/* ---- what a commit has ---- */

int
mvc_codetravel_folder(struct mvc_gitid *out, struct mvc_repo *r,
    const struct mvc_gitid *commit, const char *path)
{
	MVC_GIT_OWN(git_commit) *c = NULL;
	struct mvc_git_at at;
	git_oid id;
	int err = mvc_gitid_to(&id, commit);

	memset(out, 0, sizeof(*out));
	if (!err)
		err = mvc_git_commit(&c, r, &id);
	if (!err)
		err = mvc_git_lookup(&at, r, c, path);
	if (!err && at.mode == GIT_FILEMODE_TREE)
		mvc_gitid_from(out, &at.id);
	return err;
}

struct files {
	int (*each)(void *arg, const char *path, const struct mvc_gitid *blob);
	void *arg;
	int err;
};

static int
on_file(const git_diff_delta *d, float progress, void *arg)
{
	struct files *f = arg;
	struct mvc_gitid id;

	(void)progress;
	if (d->status == GIT_DELTA_DELETED ||
	    (d->new_file.mode != GIT_FILEMODE_BLOB &&
		d->new_file.mode != GIT_FILEMODE_BLOB_EXECUTABLE))
		return 0;
	mvc_gitid_from(&id, &d->new_file.id);
	f->err = f->each(f->arg, d->new_file.path, &id);
	return f->err;
}

int
mvc_codetravel_files(struct mvc_repo *r, const struct mvc_gitid *folder,
    const struct mvc_gitid *before,
    int (*each)(void *arg, const char *path, const struct mvc_gitid *blob),
    void *arg)
{
	MVC_GIT_OWN(git_tree) *now = NULL, *old = NULL;
	struct files f = {.each = each, .arg = arg};
	git_diff *diff = NULL;
	git_oid id;
	int err, e;

	err = mvc_gitid_to(&id, folder);
	if (!err)
		err = mvc_git_tree(&now, r, &id);
	if (err)
		return err;
	if (before->n && !mvc_gitid_to(&id, before) &&
	    git_tree_lookup(&old, r->git, &id) < 0)
		old = NULL;
	e = git_diff_tree_to_tree(&diff, r->git, old, now, NULL);
	if (e < 0)
		return mvc_git_fail(e, "compare records");
	e = git_diff_foreach(diff, on_file, NULL, NULL, NULL, &f);
	git_diff_free(diff);
	if (f.err)
		return f.err;
	return e < 0 ? mvc_git_fail(e, "compare records") : MVC_OK;
}
