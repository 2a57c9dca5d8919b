/* The work trees of a repository, and this clone's id. */
#include "git/lib.h"
#include "git/gitfile.h"
#include "git/repo.h"
#include "hash/oid.h"
#include "util/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "util/sys.h"
#include "util/banned.h"

#define ID_BYTES 16

/* The main work tree, from the common folder alone: we may be in another. */
static int
main_worktree(char **out, struct mvc_repo *r)
{
	MVC_GIT_OWN(git_repository) *git = NULL;
	const char *dir;
	size_t n;
	int e;

	*out = NULL;
	if (!r->linked)
		return r->worktree ? mvc_git_textf(out, "%s", r->worktree)
				   : MVC_OK;
	e = git_repository_open_ext(&git, r->commondir,
	    GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT,
	    NULL);
	if (e < 0)
		return mvc_git_fail(e, "open %s", r->commondir);
	dir = git_repository_workdir(git);
	if (!dir)
		return MVC_OK;
	n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	return mvc_git_textf(out, "%.*s", (int)n, dir);
}

/* The folder that a linked work tree's gitdir file names; NULL when it is
 * gone or cannot be read. */
static char *
linked_path(const char *gitdir)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(PATH_MAX);
	MVC_OWN_MEM char *file = NULL, *named = NULL;
	char *slash;

	if (asprintf(&file, "%s/gitdir", gitdir) < 0)
		return NULL;
	if (mvc_file_read(&text, AT_FDCWD, file) || text.len == 0)
		return NULL;
	while (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = 0;
	if (asprintf(&named, "%s%s%s", text.data[0] == '/' ? "" : gitdir,
		text.data[0] == '/' ? "" : "/", text.data) < 0)
		return NULL;
	slash = strrchr(named, '/');
	if (!slash || slash == named)
		return NULL;
	*slash = 0;
	return realpath(named, NULL);
}

static int
each_linked(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_worktree *w), void *arg, DIR *dir)
{
	struct dirent *d;
	int err = MVC_OK;

	for (errno = 0; !err && (d = readdir(dir)); errno = 0) {
		MVC_OWN_MEM char *gitdir = NULL, *path = NULL;
		struct mvc_worktree w = {.main = false};

		if (d->d_name[0] == '.')
			continue;
		err = mvc_git_textf(
		    &gitdir, "%s/worktrees/%s", r->commondir, d->d_name);
		if (err)
			return err;
		path = linked_path(gitdir);
		w.gitdir = gitdir;
		w.path = path;
		err = each(arg, &w);
	}
	/* A work tree that is not seen would not keep its data. */
	return err || !errno
	    ? err
	    : mvc_fail_errno("list %s/worktrees", r->commondir);
}

int
mvc_repo_worktrees(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_worktree *w), void *arg)
{
	MVC_OWN_MEM char *path = NULL, *folder = NULL;
	struct mvc_worktree w = {r->commondir, NULL, true};
	DIR *dir;
	int err;

	err = main_worktree(&path, r);
	if (err)
		return err;
	w.path = path;
	err = each(arg, &w);
	if (!err)
		err = mvc_git_textf(&folder, "%s/worktrees", r->commondir);
	if (err)
		return err;
	dir = opendir(folder);
	if (!dir && errno == ENOENT)
		return MVC_OK;
	if (!dir)
		return mvc_sys_fail(AT_FDCWD, "open", folder);
	err = each_linked(r, each, arg, dir);
	closedir(dir);
	return err;
}

int
mvc_repo_random_id(char *out)
{
	uint8_t bytes[ID_BYTES];
	int err = mvc_random(bytes, sizeof(bytes));

	if (!err)
		mvc_hex_of(out, bytes, sizeof(bytes));
	return err;
}

/* MVC_ENOTFOUND without a text: not set. */
static int
read_clone_id(char *out, git_config *cfg)
{
	MVC_GIT_OWN(git_config_entry) *e = NULL;
	uint8_t bytes[ID_BYTES];
	int err = git_config_get_entry(&e, cfg, "mvc.clone");

	if (err == GIT_ENOTFOUND)
		return MVC_ENOTFOUND;
	if (err < 0)
		return mvc_git_fail(err, "read mvc.clone");
	if (!e->value || strlen(e->value) != 2 * ID_BYTES ||
	    mvc_hex_parse(bytes, ID_BYTES, e->value, 2 * ID_BYTES))
		return mvc_fail(MVC_EINVALID,
		    "mvc.clone in this repository's configuration is not 32 "
		    "lower-case hex digits");
	memcpy(out, e->value, 2 * ID_BYTES + 1);
	return MVC_OK;
}

/* Unless another process made one meanwhile. */
static int
make_clone_id(char *out, struct mvc_gitfile *f)
{
	MVC_GIT_OWN(git_config) *cfg = NULL;
	int err = git_config_open_ondisk(&cfg, f->tmp);

	if (err < 0)
		return mvc_git_fail(err, "read %s", f->path);
	err = read_clone_id(out, cfg);
	if (err != MVC_ENOTFOUND)
		return err;
	err = mvc_repo_random_id(out);
	if (err)
		return err;
	err = git_config_set_string(cfg, "mvc.clone", out);
	return err < 0 ? mvc_git_fail(err, "write mvc.clone")
		       : mvc_gitfile_publish(f);
}

int
mvc_repo_clone_id(char *out, struct mvc_repo *r, bool make)
{
	struct mvc_gitfile f = MVC_GITFILE_INIT;
	MVC_GIT_OWN(git_config) *cfg = NULL;
	MVC_OWN_MEM char *file = NULL;
	int err;

	out[0] = 0;
	err = mvc_git_textf(&file, "%s/config", r->commondir);
	if (err)
		return err;
	err = git_config_open_ondisk(&cfg, file);
	if (err < 0)
		return mvc_git_fail(err, "read %s", file);
	err = read_clone_id(out, cfg);
	if (err != MVC_ENOTFOUND)
		return err;
	if (!make)
		return mvc_fail(MVC_ENOTFOUND,
		    "this clone has no id yet: mvc add makes one");
	err = mvc_gitfile_begin(&f, file);
	if (!err)
		err = make_clone_id(out, &f);
	mvc_gitfile_release(&f);
	if (!err)
		mvc_repo_share(r, "config");
	return err;
}

void
mvc_repo_share(const struct mvc_repo *r, const char *name)
{
	MVC_OWN_MEM char *path = NULL;

	if (r->shared && asprintf(&path, "%s/%s", r->commondir, name) >= 0)
		mvc_file_share(AT_FDCWD, path, r->shared);
}
