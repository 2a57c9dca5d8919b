/*
 * After Git moved the work tree: the data follows, if a pointer changed. What
 * was edited stays, and is named.
 */
#include "cmd/checkout.h"
#include "cmd/fetching.h"
#include "cmd/hook.h"
#include "git/rawdiff.h"
#include "git/repo.h"
#include "util/file.h"
#include "work/pointer.h"
#include "util/banned.h"

#include <fcntl.h>

/* One pointer is enough. */
static int
saw_pointer(void *arg, const struct mvc_rawdiff *d)
{
	*(bool *)arg |= mvc_pointer_is_path(d->path);
	return MVC_OK;
}

static int
follow(struct mvc_env *env)
{
	int err = mvc_repo_need_worktree(env->repo);

	/* The words were Git's. */
	env->argc = 0;
	env->dashdash = -1;
	if (!err)
		err = mvc_env_store(env);
	if (!err)
		err = mvc_autofetch(env, NULL, 0);
	return err ? err : mvc_cmd_put(env, false, NULL);
}

static int
follow_from(struct mvc_env *env, const char *a, const char *b)
{
	bool changed = false;
	int err = mvc_rawdiff_pointers(env->repo, a, b, saw_pointer, &changed);

	return err || !changed ? err : follow(env);
}

/* A rebase that has steps yet to go: post-rewrite comes after the last. */
static bool
in_rebase(const struct mvc_repo *r)
{
	MVC_SCOPED(mvc_buf) todo = MVC_BUF_INIT(1 << 20);
	MVC_OWN_MEM char *path = NULL;
	int err;

	if (asprintf(&path, "%s/rebase-merge/git-rebase-todo", r->gitdir) < 0) {
		path = NULL;
		return false;
	}
	err = mvc_file_read(&todo, AT_FDCWD, path);
	/* Only forward: there will be no such word. */
	return err == MVC_ETOOBIG ||
	    (!err && todo.len > 0 && strncmp(todo.data, "noop", 4) != 0);
}

int
mvc_hook_post_checkout(struct mvc_env *env)
{
	const char *was, *now;

	if (env->argc < 3)
		return mvc_fail(MVC_EUSAGE, "post-checkout: WAS NOW BRANCH");
	was = env->argv[0];
	now = env->argv[1];
	/* Single files: which, Git does not say. */
	if (strcmp(env->argv[2], "1") != 0 || !strcmp(was, now) ||
	    in_rebase(env->repo))
		return MVC_OK;
	return follow_from(env, was, now);
}

int
mvc_hook_post_merge(struct mvc_env *env)
{
	bool changed = false;
	int err;

	if (env->argc < 1 || strcmp(env->argv[0], "1") != 0)
		return follow_from(env, "ORIG_HEAD", "HEAD");
	/* --squash: only staged. */
	err = mvc_rawdiff_staged(env->repo, saw_pointer, &changed);
	return err || !changed ? err : follow(env);
}

/* An amended commit has what is here. */
int
mvc_hook_post_rewrite(struct mvc_env *env)
{
	if (env->argc < 1 || strcmp(env->argv[0], "rebase") != 0)
		return MVC_OK;
	return follow_from(env, "ORIG_HEAD", "HEAD");
}
