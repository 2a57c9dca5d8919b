#include "git/hooks.h"
#include "git/config.h"
#include "git/hookscript.h"
#include "git/lib.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <stdio.h>
#include "util/banned.h"

#define HOOK_MAX (1 << 20)
#define PATH_KEY "core.hookspath"
/* This clone's own value, while ours stands there. */
#define BEFORE_KEY "mvc.before.hookspath"

struct hooks {
	struct mvc_repo *r;
	char *plain; /* hooks in the Git directory */
	char *ours; /* mvc-hooks beside it */
	char *local; /* core.hooksPath of this clone; NULL: none */
	char *wider; /* the user's or the system's; NULL: none */
	char *former; /* whose hooks run before ours; NULL: ours are in plain */
};

static void
hooks_release(struct hooks *h)
{
	free(h->plain);
	free(h->ours);
	free(h->local);
	free(h->wider);
	free(h->former);
}

static int
take_path(void *arg, const struct mvc_setting *s)
{
	struct hooks *h = arg;
	char **to = s->scope == MVC_SCOPE_LOCAL ? &h->local : &h->wider;

	free(*to);
	return mvc_git_textf(to, "%s", s->value);
}

static bool
is_link(const char *path)
{
	struct stat st;

	return !lstat(path, &st) && S_ISLNK(st.st_mode);
}

/* Whether a setting names this folder, however it is spelled. */
static bool
is_folder(const char *value, const char *folder)
{
	MVC_OWN_MEM char *a = realpath(value, NULL);
	MVC_OWN_MEM char *b = realpath(folder, NULL);

	return !strcmp(value, folder) || (a && b && !strcmp(a, b));
}

/* As a hook finds it: Git runs them at the top of the work tree. */
static int
set_former(struct hooks *h, const char *value)
{
	const char *home = getenv("HOME");

	if (!strncmp(value, "~/", 2) && home)
		return mvc_git_textf(&h->former, "%s/%s", home, value + 2);
	return mvc_git_textf(&h->former, "%s", value);
}

static int
hooks_find(struct hooks *h, struct mvc_repo *r)
{
	MVC_OWN_MEM char *before = NULL;
	const char *value;
	int err;

	memset(h, 0, sizeof(*h));
	h->r = r;
	err = mvc_git_textf(&h->plain, "%s/hooks", r->commondir);
	if (!err)
		err = mvc_git_textf(&h->ours, "%s/mvc-hooks", r->commondir);
	if (!err)
		err = mvc_config_multi(r, PATH_KEY, take_path, h);
	if (!err)
		err = mvc_config_string(&before, r, BEFORE_KEY);
	if (err)
		return err;
	value = h->local ? h->local : h->wider;
	if (value && !strcmp(value, h->ours))
		value = before ? before : h->wider ? h->wider : h->plain;
	else if (value && is_folder(value, h->plain) && !is_link(h->plain))
		value = NULL;
	else if (!value && is_link(h->plain))
		value = h->plain;
	return value ? set_former(h, value) : MVC_OK;
}

/* A link is somebody else's, wherever it leads. */
static bool
is_ours(int dirfd, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(HOOK_MAX);
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISREG(st.st_mode) && st.st_size < HOOK_MAX &&
	    !mvc_file_read(&text, dirfd, name) && mvc_hook_is_ours(&text);
}

static bool
is_there(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
}

static int
open_folder(int *fd, const char *path)
{
	return mvc_sys_open(fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
}

static int
make_folder(int *fd, struct hooks *h, const char *path)
{
	int err = mvc_file_mkdirs(AT_FDCWD, path, 0777);

	*fd = -1;
	if (err)
		return err;
	mvc_file_share(AT_FDCWD, path, h->r->shared);
	return open_folder(fd, path);
}

/* Write ours, unless it is as it should be. */
static int
put(int dirfd, const char *name, const struct hooks *h)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(HOOK_MAX);
	MVC_SCOPED(mvc_buf) old = MVC_BUF_INIT(HOOK_MAX);
	int err = mvc_hook_script(&text, name, h->former);

	if (err)
		return err;
	if (is_there(dirfd, name) && !mvc_file_read(&old, dirfd, name) &&
	    old.len == text.len && !memcmp(old.data, text.data, text.len) &&
	    !faccessat(dirfd, name, X_OK, 0))
		return MVC_OK;
	err = mvc_file_replace(dirfd, name, text.data, text.len, 0777);
	/* What may be read may be run. */
	if (!err)
		mvc_file_share(
		    dirfd, name, h->r->shared | (h->r->shared & 0444) >> 2);
	return err;
}

struct names {
	char before[64]; /* what stood there */
	char legacy[64]; /* where the pre-commit framework keeps that */
};

static struct names
names_of(const char *name)
{
	struct names n;

	snprintf(n.before, sizeof(n.before), "%s" MVC_HOOK_BEFORE, name);
	snprintf(n.legacy, sizeof(n.legacy), "%s.legacy", name);
	return n;
}

static int
install_plain(int dirfd, const char *name, const struct hooks *h)
{
	struct names n = names_of(name);
	int err = MVC_OK;

	if (!is_ours(dirfd, name) && is_there(dirfd, name)) {
		if (is_ours(dirfd, n.legacy))
			return put(dirfd, n.legacy, h);
		if (is_there(dirfd, n.before))
			return mvc_fail(MVC_EEXISTS,
			    "hooks/%s has taken the place of mvc's, which "
			    "kept another one as hooks/%s: remove one of them",
			    name, n.before);
		err = mvc_sys_rename(dirfd, name, dirfd, n.before);
	}
	return err ? err : put(dirfd, name, h);
}

/* What ours ran before, back in its place; nothing is there: ours goes. */
static int
give_back(bool *were, int dirfd, const char *name, const char *before)
{
	*were = true;
	return is_there(dirfd, before)
	    ? mvc_sys_rename(dirfd, before, dirfd, name)
	    : mvc_sys_unlink(dirfd, name);
}

static int
uninstall_plain(bool *were, const struct hooks *h)
{
	MVC_OWN_FD int dirfd = -1;
	int err = open_folder(&dirfd, h->plain);

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (const char *const *p = mvc_hook_names; *p && !err; p++) {
		struct names n = names_of(*p);

		if (is_ours(dirfd, *p) ||
		    (!is_there(dirfd, *p) && is_there(dirfd, n.before)))
			err = give_back(were, dirfd, *p, n.before);
		else if (is_ours(dirfd, n.legacy))
			err = give_back(were, dirfd, n.legacy, n.before);
	}
	return err;
}

static int
install_folder(struct hooks *h)
{
	const char *const *const lists[] = {mvc_hook_names, mvc_hook_others};
	MVC_OWN_FD int dirfd = -1;
	int err = make_folder(&dirfd, h, h->ours);

	for (int i = 0; i < 2; i++)
		for (const char *const *p = lists[i]; *p && !err; p++)
			if (is_ours(dirfd, *p) || !is_there(dirfd, *p))
				err = put(dirfd, *p, h);
	return err;
}

/* Git is to find our folder, whatever the layers say. */
static int
redirect(struct hooks *h)
{
	MVC_OWN_MEM char *now = NULL;
	int err = MVC_OK;

	if (h->local && !strcmp(h->local, h->ours))
		return MVC_OK;
	if (h->local)
		err =
		    mvc_config_set(h->r, MVC_SCOPE_LOCAL, BEFORE_KEY, h->local);
	if (!err)
		err = mvc_config_set(h->r, MVC_SCOPE_LOCAL, PATH_KEY, h->ours);
	if (!err)
		err = mvc_config_string(&now, h->r, PATH_KEY);
	if (err || (now && !strcmp(now, h->ours)))
		return err;
	return mvc_fail(MVC_EINVALID,
	    "core.hooksPath is %s for this work tree alone (config.worktree): "
	    "git config --worktree --unset core.hooksPath, then mvc install",
	    now ? now : "unset");
}

int
mvc_hooks_install(struct mvc_repo *r)
{
	struct hooks h;
	MVC_OWN_FD int dirfd = -1;
	bool were;
	int err = hooks_find(&h, r);

	if (!err && h.former) {
		err = uninstall_plain(&were, &h);
		if (!err)
			err = install_folder(&h);
		if (!err)
			err = redirect(&h);
	} else if (!err) {
		err = make_folder(&dirfd, &h, h.plain);
		for (const char *const *p = mvc_hook_names; *p && !err; p++)
			err = install_plain(dirfd, *p, &h);
	}
	hooks_release(&h);
	return err;
}

static int
leave_redirect(bool *were, struct hooks *h)
{
	MVC_OWN_MEM char *before = NULL;
	int err = mvc_config_string(&before, h->r, BEFORE_KEY);

	if (!err && h->local && !strcmp(h->local, h->ours)) {
		*were = true;
		err = before
		    ? mvc_config_set(h->r, MVC_SCOPE_LOCAL, PATH_KEY, before)
		    : mvc_config_unset(h->r, MVC_SCOPE_LOCAL, PATH_KEY);
	}
	if (!err && before)
		err = mvc_config_unset(h->r, MVC_SCOPE_LOCAL, BEFORE_KEY);
	return err;
}

/* What somebody else put there stays, and the folder with it. */
static int
remove_folder(struct hooks *h)
{
	const char *const *const lists[] = {mvc_hook_names, mvc_hook_others};
	MVC_OWN_FD int dirfd = -1;
	int err = open_folder(&dirfd, h->ours);

	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	for (int i = 0; i < 2; i++)
		for (const char *const *p = lists[i]; *p && !err; p++)
			if (is_ours(dirfd, *p))
				err = mvc_sys_unlink(dirfd, *p);
	if (!err)
		(void)!mvc_sys_rmdir(AT_FDCWD, h->ours);
	return err;
}

int
mvc_hooks_uninstall(bool *were, struct mvc_repo *r)
{
	struct hooks h;
	int err = hooks_find(&h, r);

	*were = false;
	/* The setting first: it never names a folder that is gone. */
	if (!err)
		err = leave_redirect(were, &h);
	if (!err)
		err = remove_folder(&h);
	if (!err)
		err = uninstall_plain(were, &h);
	hooks_release(&h);
	return err;
}

int
mvc_hooks_check(bool *installed, struct mvc_repo *r)
{
	struct hooks h;
	MVC_OWN_FD int dirfd = -1;
	bool redirected;
	int err = hooks_find(&h, r);

	*installed = !err;
	redirected = !err && h.local && !strcmp(h.local, h.ours);
	if (!err && h.former && !redirected)
		*installed = false;
	else if (!err && open_folder(&dirfd, redirected ? h.ours : h.plain))
		*installed = false;
	for (const char *const *p = mvc_hook_names; *installed && *p; p++) {
		struct names n = names_of(*p);

		*installed = is_ours(dirfd, *p) || is_ours(dirfd, n.legacy);
	}
	hooks_release(&h);
	return err;
}

int
mvc_hooks_wanted(bool *wanted, struct mvc_repo *r)
{
	return mvc_config_bool(wanted, r, "mvc.hooks", true);
}
