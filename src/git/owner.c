#include "git/owner.h"
#include "git/lib.h"
#include "git/repo.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "util/banned.h"

/* Ours, or under sudo that of whoever called it; what is not there is nobody
 * else's. */
static bool
is_ours(const char *path)
{
	const char *sudo = getenv("SUDO_UID");
	struct stat st;

	if (!path || lstat(path, &st) < 0 || st.st_uid == geteuid())
		return true;
	return geteuid() == 0 && sudo && *sudo &&
	    strtoul(sudo, NULL, 10) == st.st_uid;
}

/* A value of safe.directory: a path, one that ends in "/" and an asterisk for
 * all below it, or "*". */
static bool
names(const char *value, const char *top)
{
	const char *home = getenv("HOME");
	MVC_OWN_MEM char *path = NULL;
	size_t n;

	if (!strcmp(value, "*"))
		return true;
	if (!strncmp(value, "~/", 2) && home) {
		if (asprintf(&path, "%s%s", home, value + 1) < 0)
			return false;
		value = path;
	}
	n = strlen(value);
	if (n > 1 && !strcmp(value + n - 2, "/*"))
		return !strncmp(value, top, n - 1);
	while (n > 1 && value[n - 1] == '/')
		n--;
	return !strncmp(value, top, n) && !top[n];
}

/* Git's files of the user and the system: the repository cannot vouch for
 * itself. */
static int
is_safe(bool *out, const char *top)
{
	MVC_GIT_OWN(git_config) *cfg = NULL;
	MVC_GIT_OWN(git_config_iterator) *it = NULL;
	git_config_entry *e;
	int err;

	*out = false;
	err = mvc_git_config(&cfg, NULL);
	if (err)
		return err;
	err = git_config_iterator_new(&it, cfg);
	if (err < 0)
		return mvc_git_fail(err, "read safe.directory");
	while ((err = git_config_next(&e, it)) == 0)
		if (!strcmp(e->name, "safe.directory") && e->value)
			*out = *e->value && (*out || names(e->value, top));
	return err == GIT_ITEROVER ? MVC_OK
				   : mvc_git_fail(err, "read safe.directory");
}

int
mvc_owner_check(const struct mvc_repo *r)
{
	const char *top = r->worktree ? r->worktree : r->gitdir;
	MVC_OWN_MEM char *link = NULL;
	bool safe;
	int err;

	if (r->worktree) {
		err = mvc_git_textf(&link, "%s/.git", r->worktree);
		if (err)
			return err;
	}
	if (is_ours(r->worktree) && is_ours(link) && is_ours(r->gitdir))
		return MVC_OK;
	err = is_safe(&safe, top);
	if (err || safe)
		return err;
	return mvc_fail(MVC_EDENIED,
	    "the repository at %s belongs to another user: if you trust what "
	    "is in it, type: git config --global --add safe.directory %s",
	    top, top);
}
