#include "cmd/env.h"
#include "cmd/scope.h"
#include "git/drivers.h"
#include "util/banned.h"

struct install_args {
	int scope;
	bool uninstall;
};

static const struct mvc_opt install_opts[] = {
    MVC_OPT_FLAG(
	0, "uninstall", struct install_args, uninstall, "take them out again"),
    MVC_OPT_GLOBAL(struct install_args),
    MVC_OPT_SYSTEM(struct install_args),
    MVC_OPT_END,
};

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
	return MVC_OK;
}

const struct mvc_cmd mvc_cmd_install = {
    .name = "install",
    .summary = "set up Git's merge driver, for a clone or a user",
    .group = MVC_GROUP_SETUP,
    .opts = install_opts,
    .args_size = sizeof(struct install_args),
    .run = install_run,
};
