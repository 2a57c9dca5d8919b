/* The repository and the store, opened when a command first asks. */
#include "cmd/env.h"
#include "git/config.h"
#include "git/repo.h"
#include "store/store.h"
#include "util/file.h"
#include "util/banned.h"

#include <fcntl.h>

void
mvc_env_close(struct mvc_env *env)
{
	mvc_store_free(env->store);
	mvc_repo_free(env->repo);
	env->store = NULL;
	env->repo = NULL;
}

static int
take_threads(struct mvc_env *env)
{
	int64_t n;
	int err;

	if (env->threads_given || !(env->cmd->flags & MVC_CMD_JOBS))
		return MVC_OK;
	err = mvc_config_int(&n, env->repo, "mvc.threads", 0);
	if (!err && (n < 0 || n > 4096))
		return mvc_fail(MVC_EINVALID,
		    "mvc.threads is a number of threads, 1 to 4096; "
		    "see mvc config list mvc.threads");
	if (!err && n)
		mvc_ctx_set_threads(&env->ctx, (unsigned)n);
	return err;
}

int
mvc_env_repo(struct mvc_env *env)
{
	int err;

	if (env->repo)
		return MVC_OK;
	err = mvc_repo_open(&env->repo, NULL);
	return err ? err : take_threads(env);
}

/* text below folder, unless it is absolute or begins with ~/. */
static int
place(char **out, const char *folder, const char *text)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 16);
	const char *home = getenv("HOME");
	int err;

	if (!strncmp(text, "~/", 2) && home)
		err = mvc_buf_addf(&b, "%s/%s", home, text + 2);
	else if (text[0] == '/' || !folder)
		err = mvc_buf_add_str(&b, text);
	else
		err = mvc_buf_addf(&b, "%s/%s", folder, text);
	*out = err ? NULL : mvc_buf_take(&b);
	mvc_buf_release(&b);
	return err;
}

int
mvc_env_store_path(char **out, struct mvc_env *env)
{
	MVC_OWN_MEM char *set = NULL;
	const char *given = getenv("MVC_STORE");
	int err;

	*out = NULL;
	err = mvc_env_repo(env);
	if (err)
		return err;
	if (given && *given)
		return place(out, NULL, given);
	err = mvc_config_string(&set, env->repo, "mvc.store");
	if (err)
		return err;
	if (set && *set)
		return place(out,
		    env->repo->worktree ? env->repo->worktree
					: env->repo->commondir,
		    set);
	return place(out, env->repo->commondir, "mvc");
}

/* A repository that uses mvc, cloned by git alone: only its store is not there
 * yet, at the usual place. */
static bool
is_fresh_clone(struct mvc_env *env, const char *path)
{
	MVC_OWN_MEM char *id = NULL;
	MVC_OWN_MEM char *store = NULL;
	MVC_OWN_MEM char *format = NULL;
	char clone[33];

	/* What is put there last: making it may have been cut off. */
	if (asprintf(&format, "%s/format", path) < 0) {
		format = NULL;
		return false;
	}
	/* One that was used already has lost its store: that is no new one. */
	return mvc_file_absent(AT_FDCWD, format) &&
	    mvc_repo_clone_id(clone, env->repo, false) == MVC_ENOTFOUND &&
	    !getenv("MVC_STORE") &&
	    !mvc_config_string(&store, env->repo, "mvc.store") && !store &&
	    !mvc_config_string(&id, env->repo, "mvc.id") && id;
}

int
mvc_env_store(struct mvc_env *env)
{
	MVC_OWN_MEM char *path = NULL;
	int err;

	if (env->store)
		return MVC_OK;
	err = mvc_env_store_path(&path, env);
	if (err)
		return err;
	err = mvc_store_open(&env->store, &env->ctx, path);
	if (err == MVC_ENOTFOUND && is_fresh_clone(env, path)) {
		err = mvc_store_create(path, env->repo->shared);
		if (!err)
			err = mvc_store_open(&env->store, &env->ctx, path);
	}
	if (err == MVC_ENOTFOUND)
		return mvc_fail(
		    err, "there is no store at %s yet: run mvc init", path);
	return err;
}

int
mvc_env_need(struct mvc_env *env, unsigned flags)
{
	int err = MVC_OK;

	if (flags & MVC_CMD_NEED_REPO)
		err = mvc_env_repo(env);
	if (!err && (flags & MVC_CMD_NEED_WORKTREE) == MVC_CMD_NEED_WORKTREE)
		err = mvc_repo_need_worktree(env->repo);
	if (!err && (flags & MVC_CMD_NEED_STORE) == MVC_CMD_NEED_STORE)
		err = mvc_env_store(env);
	return err;
}
