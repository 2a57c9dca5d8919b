#include "git/repo.h"
#include "git/config.h"
#include "git/lib.h"
#include "git/owner.h"
#include "util/sys.h"

#include <git2/sys/repository.h>
#include <limits.h>
#include <stdio.h>
#include "util/banned.h"

void
mvc_repo_free(struct mvc_repo *r)
{
	if (!r)
		return;
	mvc_settings_free(r->settings);
	git_repository_free(r->git);
	free(r->worktree);
	free(r->gitdir);
	free(r->commondir);
	free(r->prefix);
	free(r->index_path);
	free(r);
}

/* A copy without '/' at its end (but "/" stays). */
static int
copy_path(char **out, const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return mvc_git_textf(out, "%.*s", (int)n, path);
}

static int
current_folder(char **out)
{
	*out = getcwd(NULL, 0);
	if (!*out)
		return mvc_fail_errno("find out the current folder");
	return MVC_OK;
}

/* How far `path` lies below `dir`: what follows "DIR/", "" for dir itself,
 * NULL when it does not. */
static const char *
below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0 && path[0] == '/')
		return path + 1;
	if (strncmp(path, dir, n))
		return NULL;
	if (path[n] == 0)
		return path + n;
	return path[n] == '/' ? path + n + 1 : NULL;
}

/* A .git that may not be looked into passes for none. */
static int
not_found(const char *start)
{
	MVC_OWN_MEM char *path = NULL;
	size_t n = strlen(start);
	struct stat st;

	if (asprintf(&path, "%s/.git", start) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	for (; n > 0; n = (size_t)(strrchr(path, '/') - path)) {
		memcpy(path + n, "/.git", 6);
		if (lstat(path, &st) == 0 && access(path, R_OK) < 0)
			return mvc_sys_fail(AT_FDCWD, "open", path);
		path[n] = 0;
	}
	return mvc_fail(MVC_ENOTFOUND,
	    "%s is not in a Git repository: to make one there, type: mvc init",
	    start);
}

/* Where git would look, and what to do when there is nothing. */
static int
open_failed(int e, const char *start)
{
	const git_error *last = git_error_last();
	const char *text = last && last->message ? last->message : "";

	if (strstr(text, "objectformat") || /* from libgit2 1.7 on: */
	    strstr(text, "unknown object format"))
		return mvc_fail(MVC_EVERSION,
		    "the repository at %s names its objects by another hash "
		    "(extensions.objectFormat, SHA-256), which this libgit2 "
		    "cannot read: use one made by `git init "
		    "--object-format=sha1`",
		    start);
	if (strstr(text, "refstorage"))
		return mvc_fail(MVC_EVERSION,
		    "the repository at %s keeps its refs in another format "
		    "(extensions.refStorage), which this libgit2 cannot "
		    "read: type: git refs migrate --ref-format=files",
		    start);
	if (strstr(text, "unsupported extension") ||
	    strstr(text, "unsupported repository version"))
		return mvc_fail(MVC_EVERSION,
		    "the repository at %s cannot be read by this libgit2: %s",
		    start, text);
	if (e == GIT_ENOTFOUND)
		return not_found(start);
	return mvc_git_fail(e, "open the repository at %s", start);
}

static const char *
env(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* libgit2 1.5 leaks the path where it is set already. */
static int
set_worktree(git_repository *git, const char *path)
{
	const char *set = git_repository_workdir(git);
	char real[PATH_MAX];
	int e;

	if (set && realpath(path, real) && !strncmp(set, real, strlen(real)) &&
	    !strcmp(set + strlen(real), "/"))
		return MVC_OK;
	e = git_repository_set_workdir(git, path, 0);
	return e < 0 ? mvc_git_fail(e, "use the work tree %s", path) : MVC_OK;
}

/* core.worktree and core.bare say otherwise, else the current folder is the
 * work tree, as git has it for an explicit GIT_DIR. */
static int
default_worktree(git_repository *git)
{
	MVC_GIT_OWN(git_config) *cfg = NULL;
	MVC_GIT_OWN(git_config_entry) *e = NULL;
	MVC_OWN_MEM char *cwd = NULL;
	int err;

	if (git_repository_config_snapshot(&cfg, git) == 0 &&
	    git_config_get_entry(&e, cfg, "core.worktree") == 0)
		return MVC_OK;
	if (git_repository_is_bare(git))
		return MVC_OK;
	err = current_folder(&cwd);
	if (err)
		return err;
	return set_worktree(git, cwd);
}

static int
open_here(git_repository **out)
{
	const char *gitdir = env("GIT_DIR"), *worktree = env("GIT_WORK_TREE");
	MVC_OWN_MEM char *cwd = NULL;
	int e, err;

	err = current_folder(&cwd);
	if (err)
		return err;
	if (env("GIT_COMMON_DIR"))
		return mvc_fail(
		    MVC_EINVALID, "GIT_COMMON_DIR is set: unset it for mvc");
	if (gitdir)
		e = git_repository_open_ext(
		    out, gitdir, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
	else
		e = git_repository_open_ext(
		    out, cwd, 0, env("GIT_CEILING_DIRECTORIES"));
	if (e < 0)
		return open_failed(e, gitdir ? gitdir : cwd);
	if (!worktree)
		return gitdir ? default_worktree(*out) : MVC_OK;
	return set_worktree(*out, worktree);
}

/* core.sharedRepository: a word, or the mode in octal digits. */
static mode_t
shared_of(const char *s)
{
	char *end;
	long n;

	if (!strcasecmp(s, "group") || !strcasecmp(s, "true") ||
	    !strcasecmp(s, "yes") || !strcasecmp(s, "on") || !strcmp(s, "1"))
		return 0660;
	if (!strcasecmp(s, "all") || !strcasecmp(s, "world") ||
	    !strcasecmp(s, "everybody") || !strcmp(s, "2"))
		return 0664;
	n = strtol(s, &end, 8);
	if (*end || end == s || n < 0600 || n > 0777)
		return 0;
	return (mode_t)n & 0666;
}

static bool
config_bool(git_config *cfg, const char *key, bool unset)
{
	int value;

	if (git_config_get_bool(&value, cfg, key) < 0)
		return unset;
	return value != 0;
}

/* remote.NAME.promisor. By hand: what libgit2 1.5 does with a pattern leaks
 * 20 KB for each key. */
static bool
is_promisor(const char *key)
{
	return !strncmp(key, "remote.", 7) &&
	    !strcmp(strrchr(key, '.'), ".promisor");
}

/* Whether objects may be missing: declared, or some remote promises them. */
static int
read_promisor(struct mvc_repo *r, git_config *cfg)
{
	MVC_GIT_OWN(git_config_entry) *declared = NULL;
	MVC_GIT_OWN(git_config_iterator) *it = NULL;
	git_config_entry *entry;
	int err, value;

	r->partial = git_config_get_entry(
			 &declared, cfg, "extensions.partialclone") == 0;
	err = git_config_iterator_new(&it, cfg);
	if (err < 0)
		return mvc_git_fail(err, "read the configuration");
	while (git_config_next(&entry, it) == 0)
		if (is_promisor(entry->name) &&
		    git_config_parse_bool(&value, entry->value) == 0 && value)
			r->partial = true;
	return MVC_OK;
}

static int
read_settings(struct mvc_repo *r)
{
	MVC_GIT_OWN(git_config) *cfg = NULL;
	MVC_GIT_OWN(git_config_entry) *shared = NULL;
	int err;

	err = mvc_git_config(&cfg, r);
	if (err)
		return err;
	r->filemode = config_bool(cfg, "core.filemode", true);
	r->ignorecase = config_bool(cfg, "core.ignorecase", false);
	if (git_config_get_entry(&shared, cfg, "core.sharedrepository") == 0)
		r->shared = shared_of(shared->value ? shared->value : "true");
	err = read_promisor(r, cfg);
	if (err)
		return err;
	/* Ours knows config.worktree and GIT_CONFIG_GLOBAL; libgit2 looks in
	 * it for core.excludesFile. */
	err = git_repository_set_config(r->git, cfg);
	return err < 0 ? mvc_git_fail(err, "configure the repository") : MVC_OK;
}

static int
find_worktree(struct mvc_repo *r)
{
	const char *dir = git_repository_workdir(r->git);

	return dir ? copy_path(&r->worktree, dir) : MVC_OK;
}

/* A relative GIT_INDEX_FILE counts from the top of the work tree, where git
 * goes before it looks. */
static int
find_index(struct mvc_repo *r)
{
	const char *file = env("GIT_INDEX_FILE");
	MVC_OWN_MEM char *cwd = NULL;
	int err;

	if (!file)
		return mvc_git_textf(&r->index_path, "%s/index", r->gitdir);
	if (file[0] == '/')
		return mvc_git_textf(&r->index_path, "%s", file);
	err = current_folder(&cwd);
	if (err)
		return err;
	return mvc_git_textf(
	    &r->index_path, "%s/%s", r->worktree ? r->worktree : cwd, file);
}

static int
find_prefix(struct mvc_repo *r)
{
	MVC_OWN_MEM char *cwd = NULL;
	const char *rel = NULL;
	int err;

	err = current_folder(&cwd);
	if (err)
		return err;
	if (r->worktree && !below(cwd, r->gitdir) && !below(cwd, r->commondir))
		rel = below(cwd, r->worktree);
	return mvc_git_textf(
	    &r->prefix, "%s%s", rel ? rel : "", rel && *rel ? "/" : "");
}

/* Takes over git. With `here`, the environment counts. */
static int
repo_new(struct mvc_repo **out, git_repository *git, bool here)
{
	MVC_OWN(mvc_repo) *r = calloc(1, sizeof(*r));
	int err;

	if (!r) {
		git_repository_free(git);
		return mvc_fail(MVC_ENOMEM, "no memory for a repository");
	}
	r->git = git;
	r->bare = git_repository_is_bare(git) || !git_repository_workdir(git);
	r->linked = git_repository_is_worktree(git);
	r->shallow = git_repository_is_shallow(git) == 1;
	err = copy_path(&r->gitdir, git_repository_path(git));
	if (!err)
		err = copy_path(&r->commondir, git_repository_commondir(git));
	if (!err)
		err = find_worktree(r);
	if (!err)
		err = mvc_owner_check(r);
	if (!err && here)
		err = find_index(r);
	else if (!err)
		err = mvc_git_textf(&r->index_path, "%s/index", r->gitdir);
	if (!err)
		err = find_prefix(r);
	if (!err)
		err = read_settings(r);
	if (!err)
		*out = MVC_TAKE(r);
	return err;
}

int
mvc_repo_open(struct mvc_repo **out, const char *start)
{
	git_repository *git = NULL;
	int err;

	*out = NULL;
	err = mvc_git_start();
	if (err)
		return err;
	if (start) {
		err = git_repository_open_ext(&git, start, 0, NULL);
		if (err < 0)
			err = open_failed(err, start);
	} else {
		err = open_here(&git);
	}
	if (err) {
		git_repository_free(git);
		return err;
	}
	return repo_new(out, git, !start);
}

int
mvc_repo_init(struct mvc_repo **out, const char *dir)
{
	MVC_OWN_MEM char *branch = NULL;
	git_repository_init_options opts;
	git_repository *git = NULL;
	int err;

	*out = NULL;
	err = mvc_git_start();
	if (!err)
		err = mvc_config_string(&branch, NULL, "init.defaultBranch");
	if (err)
		return err;
	git_repository_init_options_init(
	    &opts, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
	opts.flags = GIT_REPOSITORY_INIT_MKDIR | GIT_REPOSITORY_INIT_MKPATH |
	    GIT_REPOSITORY_INIT_EXTERNAL_TEMPLATE;
	opts.initial_head = branch;
	err = git_repository_init_ext(&git, dir, &opts);
	if (err < 0)
		return mvc_git_fail(err, "git init %s", dir);
	return repo_new(out, git, false);
}

int
mvc_repo_need_worktree(const struct mvc_repo *r)
{
	if (r->worktree)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "%s is a bare repository: this needs a work tree, see `git "
	    "worktree add`",
	    r->gitdir);
}

bool
mvc_path_normalise(char *path)
{
	char *to = path;

	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/");
		const char *next = at + n + (at[n] == '/');

		if (n == 2 && at[0] == '.' && at[1] == '.') {
			if (to == path)
				return false;
			while (to > path && *--to != '/')
				;
		} else if (n && !(n == 1 && at[0] == '.')) {
			if (to > path)
				*to++ = '/';
			memmove(to, at, n);
			to += n;
		}
		at = next;
	}
	*to = 0;
	return true;
}

/* An absolute path's part below the work tree: as it is written, else with
 * the links of the folders that exist resolved. For free(), NULL if none. */
static char *
below_worktree(const struct mvc_repo *r, const char *path)
{
	char real[PATH_MAX], *copy = strdup(path), *out = NULL;
	const char *rel;

	for (char *cut = copy ? copy + strlen(copy) : NULL; cut && !out;) {
		*cut = 0;
		if (realpath(copy == cut ? "/" : copy, real)) {
			rel = below(real, r->worktree);
			if (rel &&
			    asprintf(&out, "%s/%s", rel, path + (cut - copy)) <
				0)
				out = NULL;
			break;
		}
		cut = strrchr(copy, '/');
	}
	free(copy);
	return out;
}

static int
relative_path(char **out, const struct mvc_repo *r, const char *arg)
{
	MVC_OWN_MEM char *cwd = NULL;
	const char *rel;
	int err;

	if (arg[0] == '/') {
		MVC_OWN_MEM char *clean = strdup(arg + 1), *abs = NULL;

		if (!clean)
			return mvc_fail(MVC_ENOMEM, "no memory for a path");
		if (!mvc_path_normalise(clean))
			return MVC_OK;
		err = mvc_git_textf(&abs, "/%s", clean);
		if (err)
			return err;
		rel = below(abs, r->worktree);
		if (rel)
			return mvc_git_textf(out, "%s", rel);
		*out = below_worktree(r, abs);
		return MVC_OK;
	}
	err = current_folder(&cwd);
	if (err)
		return err;
	rel = below(cwd, r->worktree);
	return rel ? mvc_git_textf(out, "%s/%s", rel, arg) : MVC_OK;
}

int
mvc_repo_path(char **out, const struct mvc_repo *r, const char *arg)
{
	MVC_OWN_MEM char *path = NULL;
	int err;

	*out = NULL;
	err = mvc_repo_need_worktree(r);
	if (err)
		return err;
	if (!*arg)
		return mvc_fail(MVC_EINVALID, "an empty path");
	err = relative_path(&path, r, arg);
	if (err)
		return err;
	if (!path || !mvc_path_normalise(path))
		return mvc_fail(MVC_EINVALID,
		    "%s is outside of the work tree %s", arg, r->worktree);
	if (!strncasecmp(path, ".git", 4) && (!path[4] || path[4] == '/'))
		return mvc_fail(MVC_EINVALID, "%s is in Git's own folder", arg);
	*out = MVC_TAKE(path);
	return MVC_OK;
}
