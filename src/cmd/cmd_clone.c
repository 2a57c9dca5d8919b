#include "cmd/fetching.h"
#include "cmd/sharing.h"
#include "cmd/withgit.h"
#include "git/config.h"
#include "git/drivers.h"
#include "git/hooks.h"
#include "git/repo.h"
#include "store/store.h"
#include "util/file.h"
#include "remote/remote.h"
#include "util/run.h"
#include "util/banned.h"

#include <ctype.h>
#include <fcntl.h>

struct clone_args {
	const char *remote, *branch, *holder;
	int64_t depth;
	bool no_data, no_store;
	uint64_t limit_rate;
};

static const struct mvc_opt clone_opts[] = {
    MVC_OPT_FLAG(0, "no-data", struct clone_args, no_data,
	"only what Git has; data comes when it is asked for"),
    MVC_OPT_FLAG(0, "no-store", struct clone_args, no_store,
	"straight to the work tree: the store keeps no copy"),
    MVC_OPT_STR('r', "remote", struct clone_args, remote, "NAME",
	"get data from this remote"),
    MVC_OPT_STR('b', "branch", struct clone_args, branch, "NAME",
	"check out this branch or tag"),
    MVC_OPT_INT(
	0, "depth", struct clone_args, depth, "N", "only the last N commits"),
    MVC_OPT_STR(0, "holder", struct clone_args, holder, "ID",
	"of a store of several repositories: this one"),
    MVC_OPT_LIMIT_RATE(struct clone_args),
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

static bool
is_git(const char *url)
{
	static const char *const signs[] = {"/HEAD", "/.git"};
	char path[4096];

	for (int i = 0; i < 2; i++) {
		int n = snprintf(path, sizeof(path), "%s%s", url, signs[i]);

		if (n > 0 && (size_t)n < sizeof(path) &&
		    mvc_file_exists(AT_FDCWD, path))
			return true;
	}
	return false;
}

/*
 * From where, by what is there: a bucket is no Git repository, a folder is what
 * it looks like, and a host is asked for a repository first.
 */
static int
bring_history(struct mvc_backend **out, struct mvc_env *env,
    const struct clone_args *a, const char *url, const char *dir)
{
	MVC_OWN_MEM char *why = NULL;
	MVC_OWN_MEM char *path = NULL;
	enum mvc_url_kind kind;
	bool known = mvc_url_kind(&kind, url) == MVC_OK;
	int err = MVC_OK;

	*out = NULL;
	if (known && kind == MVC_URL_DIR && mvc_url_path(&path, url))
		known = false;
	if (!known || kind == MVC_URL_HTTP || kind == MVC_URL_SSH ||
	    (kind == MVC_URL_DIR && is_git(path))) {
		err = git_clone(a, url, dir);
		if (!err || !known || kind != MVC_URL_SSH)
			return err;
		why = strdup(mvc_error_text());
	}
	if (mvc_withgit_open(out, env, url))
		return kind == MVC_URL_DIR ? git_clone(a, url, dir)
		    : why
		    ? mvc_error_adopt(err, why)
		    : mvc_fail_prefix(MVC_ENOTFOUND, "no clone of %s", url);
	if (a->depth)
		return mvc_fail(MVC_EUSAGE,
		    "--depth: the history that is kept beside data comes whole");
	return mvc_withgit_clone(*out, a->holder, a->branch, dir);
}

struct origin {
	const char *url;
	char *name; /* of a remote that is there */
};

static int
is_origin(void *arg, const struct mvc_remoteconf *c)
{
	struct origin *o = arg;

	if (o->name || !c->url || strcmp(c->url, o->url))
		return MVC_OK;
	o->name = strdup(c->name);
	return o->name ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a name");
}

/* The place that the history came from is where the data is. */
static int
set_origin(struct mvc_env *env, const char *url)
{
	struct origin o = {.url = url};
	int err = mvc_remoteconf_each(env->repo, is_origin, &o);

	if (!err && !o.name)
		err = mvc_config_set(
		    env->repo, MVC_SCOPE_LOCAL, "mvc.remote.origin.url", url);
	if (!err)
		err = mvc_config_set(env->repo, MVC_SCOPE_LOCAL, "mvc.remote",
		    o.name ? o.name : "origin");
	free(o.name);
	return err;
}

/* A folder's path from anywhere. */
static int
absolute(char **out, const char *url)
{
	enum mvc_url_kind kind;
	char *real = NULL;

	if (mvc_url_kind(&kind, url) == MVC_OK && kind == MVC_URL_DIR &&
	    strncmp(url, "file:", 5))
		real = realpath(url, NULL);
	*out = real ? real : strdup(url);
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a path");
}

/* A store for the new clone, Git's drivers and hooks. */
static int
set_up(struct mvc_env *env)
{
	MVC_OWN_MEM char *id = NULL;
	MVC_OWN_MEM char *store = NULL;
	bool hooks;
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
	if (!err)
		err = mvc_drivers_install(env->repo, MVC_SCOPE_LOCAL);
	if (!err)
		err = mvc_hooks_wanted(&hooks, env->repo);
	return err || !hooks ? err : mvc_hooks_install(env->repo);
}

static int
get_data(struct mvc_env *env, const struct clone_args *a)
{
	struct mvc_fetching_opts opts = {.remote = a->remote,
	    .no_store = a->no_store,
	    .limit_rate = a->limit_rate};
	struct mvc_wanted wanted = {.inside = true};
	int err;

	err = mvc_wanted_add_here(&wanted, env->repo, NULL, 0);
	if (!err && wanted.n > 0)
		err = mvc_fetch_and_put(env, &wanted, &opts, false);
	mvc_wanted_release(&wanted);
	return err;
}

/* What pull --json prints, in an object. */
static int
get_json(struct mvc_env *env, const struct clone_args *a, const char *dir)
{
	struct mvc_json *j = mvc_out_json(env);
	int err;

	mvc_json_object(j);
	mvc_json_key_str(j, "path", dir);
	mvc_json_key(j, "data");
	mvc_json_array(j);
	err = a->no_data ? MVC_OK : get_data(env, a);
	while (j->depth)
		mvc_json_end(j);
	return err;
}

static int
clone_run(struct mvc_env *env, const void *args)
{
	const struct clone_args *a = args;
	const char *url = env->argv[0];
	MVC_OWN(mvc_backend) *b = NULL;
	MVC_OWN_MEM char *dir = NULL;
	MVC_OWN_MEM char *from = NULL;
	int err = absolute(&from, url);

	if (err)
		return err;
	if (env->argc > 1)
		dir = strdup(env->argv[1]);
	else
		err = folder_of(&dir, url);
	if (!err && !dir)
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	if (!err && a->depth < 0)
		err = mvc_fail(MVC_EUSAGE, "--depth is a number of commits");
	if (!err)
		err = bring_history(&b, env, a, url, dir);
	if (err)
		return err;
	if (chdir(dir) < 0)
		return mvc_fail_errno("enter %s", dir);
	/* What follows is as in the new work tree, without words. */
	env->argc = 0;
	err = set_up(env);
	if (!err && b)
		err = set_origin(env, from);
	if (!err)
		mvc_say(env, "Cloned into %s.\n", mvc_name(env, dir));
	if (!err && env->common.json)
		return get_json(env, a, dir);
	return err || a->no_data ? err : get_data(env, a);
}

const struct mvc_cmd mvc_cmd_clone = {
    .name = "clone",
    .summary = "git clone, with the data",
    .usage = "URL [DIR]",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JOBS | MVC_CMD_JSON,
    .min = 1,
    .max = 2,
    .opts = clone_opts,
    .args_size = sizeof(struct clone_args),
    .run = clone_run,
};
