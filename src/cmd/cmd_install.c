#include "cmd/env.h"
#include "cmd/scope.h"
#include "git/drivers.h"
#include "git/hooks.h"
#include "util/banned.h"

struct install_args {
	int scope;
	bool uninstall, no_hooks;
};

static const struct mvc_opt install_opts[] = {
    MVC_OPT_FLAG(
	0, "uninstall", struct install_args, uninstall, "take them out again"),
    MVC_OPT_FLAG(
	0, "no-hooks", struct install_args, no_hooks, "the merge driver alone"),
    MVC_OPT_GLOBAL(struct install_args),
    MVC_OPT_SYSTEM(struct install_args),
    MVC_OPT_END,
};

/* They are of a clone: a hooks folder of a user's would keep Git from every
 * repository's own hooks. */
static int
install_hooks(struct mvc_env *env, const struct install_args *a)
{
	bool wanted, were;
	int err;

	if (a->uninstall) {
		err = mvc_hooks_uninstall(&were, env->repo);
		if (!err && were)
			mvc_say(env, "Its hooks are as they were before.\n");
		return err;
	}
	err = mvc_hooks_wanted(&wanted, env->repo);
	if (err || !wanted || a->no_hooks)
		return err;
	err = mvc_hooks_install(env->repo);
	if (!err)
		mvc_say(env, "Git's hooks call mvc (this clone's).\n");
	return err;
}

static int
install_run(struct mvc_env *env, const void *args)
{
	const struct install_args *a = args;
	enum mvc_scope scope = MVC_SCOPE_OR(a->scope, MVC_SCOPE_LOCAL);
	int err = MVC_OK;

	if (scope == MVC_SCOPE_LOCAL)
		err = mvc_env_repo(env);
	if (err)
		return err;
	err = a->uninstall ? mvc_drivers_uninstall(env->repo, scope)
			   : mvc_drivers_install(env->repo, scope);
	if (err)
		return err;
	mvc_say(env,
	    a->uninstall
		? "Git merges .mvc files by itself again (%s configuration).\n"
		: "Git merges .mvc files with mvc (%s configuration).\n",
	    mvc_scope_name(scope));
	return scope == MVC_SCOPE_LOCAL ? install_hooks(env, a) : MVC_OK;
}

const struct mvc_cmd mvc_cmd_install = {
    .name = "install",
    .summary = "set up Git's merge driver and hooks",
    .group = MVC_GROUP_SETUP,
    .opts = install_opts,
    .args_size = sizeof(struct install_args),
    .run = install_run,
};
