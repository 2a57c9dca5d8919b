#include "cmd/env.h"
#include "cmd/setup.h"
#include "git/config.h"
#include "git/drivers.h"
#include "git/hooks.h"
#include "git/index.h"
#include "git/repo.h"
#include "store/root.h"
#include "store/store.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "util/banned.h"

struct init_args {
	bool no_hooks;
};

static const struct mvc_opt init_opts[] = {
    MVC_OPT_FLAG(
	0, "no-hooks", struct init_args, no_hooks, "leave Git's hooks alone"),
    MVC_OPT_END,
};

static const char readme[] =
    "This repository keeps its large data with mvc.\n"
    "\n"
    "For each dataset or model NAME, Git has a small text file, NAME.mvc, in\n"
    "its place. It says how large the data is and what it is: `oid` is the\n"
    "BLAKE3 hash of a file (b3sum NAME prints the same), or the id of a\n"
    "directory. The bytes themselves are not in Git.\n"
    "\n"
    "With mvc:\n"
    "\n"
    "    mvc install        once in a clone: Git then merges .mvc files well\n"
    "    mvc checkout       put the data here, as the .mvc files say\n"
    "    mvc status         what has changed\n"
    "    mvc add -u         record it\n"
    "\n"
    "Without mvc: clone, read, change, review and merge the code as ever. Do\n"
    "not edit .mvc files. Where two branches changed the same one, keep one\n"
    "side (git checkout --ours NAME.mvc, or --theirs) and let somebody with\n"
    "mvc merge the data; nothing is lost, both versions stay in Git's\n"
    "history. Renaming data is: git mv OLD.mvc NEW.mvc\n"
    "\n"
    "This folder belongs to Git: commit what is in it.\n";

/* The repository; where there is none, a new one. */
static int
open_or_make_repo(struct mvc_env *env)
{
	int err = mvc_env_repo(env);

	if (err != MVC_ENOTFOUND)
		return err;
	err = mvc_repo_init(&env->repo, ".");
	if (!err)
		mvc_say(env,
		    "There was no Git repository: made one (git init)"
		    ".\n");
	return err;
}

/* Say in the store who this clone is, for those who share it. */
static int
describe_clone(struct mvc_env *env)
{
	char id[33], host[256] = "", text[4096 + 300];
	int err;

	err = mvc_repo_clone_id(id, env->repo, true);
	if (err)
		return err;
	if (gethostname(host, sizeof(host) - 1))
		snprintf(host, sizeof(host), "localhost");
	snprintf(text, sizeof(text), "%s:%.4000s\n", host,
	    env->repo->worktree ? env->repo->worktree : env->repo->commondir);
	return mvc_holder_describe(mvc_store_backend(env->store), id, text);
}

static int
make_store(struct mvc_env *env, const char *path)
{
	int err = mvc_store_create(path, env->repo->shared);

	if (!err)
		err = mvc_env_store(env);
	if (err)
		return err;
	/* A store that may only be read is somebody else's to describe. */
	err = describe_clone(env);
	return err == MVC_EDENIED ? MVC_OK : err;
}

/* .mvc/config with the repository's id, by which remotes know it. */
static int
make_config(struct mvc_env *env, struct mvc_index *idx)
{
	MVC_OWN_MEM char *id = NULL;
	MVC_OWN_FD int top = -1;
	MVC_OWN_FD int folder = -1;
	const char *name;
	char fresh[33];
	int err;

	err = mvc_config_string(&id, env->repo, "mvc.id");
	if (err || id)
		return err
		    ? err
		    : mvc_setup_file(env->repo, idx, ".mvc/config", NULL);
	err = mvc_sys_open(
	    &top, AT_FDCWD, env->repo->worktree, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_beneath_parent(
		    &folder, &name, top, ".mvc/config", true);
	if (!err)
		err = mvc_repo_random_id(fresh);
	if (!err)
		err = mvc_config_set(
		    env->repo, MVC_SCOPE_PROJECT, "mvc.id", fresh);
	return err ? err : mvc_setup_file(env->repo, idx, ".mvc/config", NULL);
}

static int
make_files(struct mvc_env *env)
{
	MVC_OWN(mvc_index) *idx = NULL;
	bool changed;
	int err;

	err = mvc_index_open(&idx, env->repo);
	if (!err)
		err = make_config(env, idx);
	if (!err)
		err = mvc_setup_file(env->repo, idx, ".mvc/README", readme);
	if (!err)
		err = mvc_setup_attributes(&changed, env->repo, idx, true);
	return err ? err : mvc_index_commit(idx);
}

/* The path as it looks from the top of the work tree. */
static const char *
short_path(const struct mvc_repo *r, const char *path)
{
	size_t n = r->worktree ? strlen(r->worktree) : 0;

	if (n && !strncmp(path, r->worktree, n) && path[n] == '/')
		return path + n + 1;
	return path;
}

static int
put_hooks(struct mvc_env *env, const struct init_args *a)
{
	bool wanted;
	int err = mvc_hooks_wanted(&wanted, env->repo);

	return err || !wanted || a->no_hooks ? err
					     : mvc_hooks_install(env->repo);
}

static int
init_run(struct mvc_env *env, const void *args)
{
	MVC_OWN_MEM char *store = NULL;
	int err;

	err = open_or_make_repo(env);
	if (!err)
		err = mvc_env_store_path(&store, env);
	if (!err)
		err = make_store(env, store);
	if (!err)
		err = mvc_drivers_install(env->repo, MVC_SCOPE_LOCAL);
	if (!err && !env->repo->bare)
		err = make_files(env);
	if (!err)
		err = put_hooks(env, args);
	if (err)
		return err;
	mvc_say(env, "Ready. Git keeps small .mvc files; the bytes go to %s.\n",
	    mvc_name(env, short_path(env->repo, store)));
	return MVC_OK;
}

const struct mvc_cmd mvc_cmd_init = {
    .name = "init",
    .summary = "start using mvc in this repository (again is harmless)",
    .group = MVC_GROUP_SETUP,
    .opts = init_opts,
    .args_size = sizeof(struct init_args),
    .run = init_run,
};
