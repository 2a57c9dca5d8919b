#include "cmd/fetching.h"
#include "git/config.h"
#include "git/drivers.h"
#include "git/repo.h"
#include "store/store.h"
#include "util/file.h"
#include "util/run.h"
#include "util/banned.h"

#include <ctype.h>
#include <fcntl.h>

struct clone_args {
	const char *remote, *branch;
	int64_t depth;
	bool no_data;
};

static const struct mvc_opt clone_opts[] = {
    MVC_OPT_FLAG(0, "no-data", struct clone_args, no_data,
	"only what Git has; data comes when it is asked for"),
    MVC_OPT_STR('r', "remote", struct clone_args, remote, "NAME",
	"get data from this remote"),
    MVC_OPT_STR('b', "branch", struct clone_args, branch, "NAME",
	"check out this branch or tag"),
    MVC_OPT_INT(
	0, "depth", struct clone_args, depth, "N", "only the last N commits"),
    MVC_OPT_END,
};

/* The folder that git clone makes when none is named. */
static int
folder_of(char **out, const char *url)
{
	const char *end = url + strlen(url), *start;

	while (end > url && end[-1] == '/')
		end--;
	if (end - url > 5 && !strncmp(end - 5, "/.git", 5))
		end -= 5;
	else if (end - url > 4 && !strncmp(end - 4, ".git", 4))
		end -= 4;
	for (start = end; start > url && start[-1] != '/' && start[-1] != ':';)
		start--;
	*out = strndup(start, (size_t)(end - start));
	if (*out && **out && **out != '-')
		return MVC_OK;
	free(*out);
	*out = NULL;
	return mvc_fail(MVC_EUSAGE, "%s: name the folder to make", url);
}

static int
git_clone(const struct clone_args *a, const char *url, const char *dir)
{
	char depth[40] = "";
	const char *argv[12] = {"git", "clone", "-q"};
	struct mvc_run run = {.argv = argv};
	int n = 3;

	if (a->depth) {
		snprintf(
		    depth, sizeof(depth), "--depth=%lld", (long long)a->depth);
		argv[n++] = depth;
	}
	if (a->branch) {
		argv[n++] = "--branch";
		argv[n++] = a->branch;
	}
	argv[n++] = "--";
	argv[n++] = url;
	argv[n++] = dir;
	return mvc_run_check(&run);
}

/* A store for the new clone, and Git's drivers. */
static int
set_up(struct mvc_env *env)
{
	MVC_OWN_MEM char *id = NULL;
	MVC_OWN_MEM char *store = NULL;
	int err;

	err = mvc_env_repo(env);
	if (!err)
		err = mvc_config_string(&id, env->repo, "mvc.id");
	if (!err && !id)
		err = mvc_fail(MVC_ENOTFOUND,
		    "it was cloned, and does not use mvc: there is no data "
		    "to get");
	if (!err)
		err = mvc_env_store_path(&store, env);
	if (!err)
		err = mvc_store_create(store, env->repo->shared);
	if (!err)
		err = mvc_env_store(env);
	return err ? err : mvc_drivers_install(env->repo, MVC_SCOPE_LOCAL);
}

static int
get_data(struct mvc_env *env, const struct clone_args *a)
{
	struct mvc_fetching_opts opts = {.remote = a->remote};
	struct mvc_wanted wanted = {.inside = true};
	int err;

	err = mvc_wanted_add_here(&wanted, env->repo, NULL, 0);
	if (!err && wanted.n > 0)
		err = mvc_fetch_and_put(env, &wanted, &opts, false);
	mvc_wanted_release(&wanted);
	return err;
}

static int
clone_run(struct mvc_env *env, const void *args)
{
	const struct clone_args *a = args;
	const char *url = env->argv[0];
	MVC_OWN_MEM char *dir = NULL;
	int err = MVC_OK;

	if (env->argc > 1)
		dir = strdup(env->argv[1]);
	else
		err = folder_of(&dir, url);
	if (!err && !dir)
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (!err && a->depth < 0)
		err = mvc_fail(MVC_EUSAGE, "--depth is a number of commits");
	if (!err)
		err = git_clone(a, url, dir);
	if (err)
		return err;
	if (chdir(dir) < 0)
		return mvc_fail_errno("enter %s", dir);
	/* What follows is as in the new work tree, without words. */
	env->argc = 0;
	err = set_up(env);
	if (!err)
		mvc_say(env, "Cloned into %s.\n", mvc_name(env, dir));
	return err || a->no_data ? err : get_data(env, a);
}

const struct mvc_cmd mvc_cmd_clone = {
    .name = "clone",
    .summary = "git clone, with the data",
    .usage = "URL [DIR]",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JOBS,
    .min = 1,
    .max = 2,
    .opts = clone_opts,
    .args_size = sizeof(struct clone_args),
    .run = clone_run,
};
