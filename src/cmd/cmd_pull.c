#include "cmd/fetching.h"
#include "cmd/sharing.h"
#include "util/banned.h"

struct pull_args {
	const char *remote;
	bool force, no_store;
	uint64_t limit_rate;
};

static const struct mvc_opt pull_opts[] = {
    MVC_OPT_STR('r', "remote", struct pull_args, remote, "NAME",
	"get it from this remote"),
    MVC_OPT_FLAG(
	0, "force", struct pull_args, force, "overwrite local changes"),
    MVC_OPT_FLAG(0, "no-store", struct pull_args, no_store,
	"straight to the work tree: the store keeps no copy"),
    MVC_OPT_LIMIT_RATE(struct pull_args),
    MVC_OPT_END,
};

static int
pull_run(struct mvc_env *env, const void *args)
{
	const struct pull_args *a = args;
	struct mvc_fetching_opts opts = {.remote = a->remote,
	    .dry_run = env->common.dry_run,
	    .sparse = true,
	    .no_store = a->no_store,
	    .limit_rate = a->limit_rate};
	struct mvc_wanted wanted = {.inside = true};
	int err;

	err = mvc_sharing_here(&wanted, env);
	if (!err && env->common.json)
		mvc_json_array(mvc_out_json(env));
	if (!err)
		err = mvc_fetch_and_put(env, &wanted, &opts, a->force);
	if (env->out.json.depth > 0)
		mvc_json_end(mvc_out_json(env));
	mvc_wanted_release(&wanted);
	return err;
}

const struct mvc_cmd mvc_cmd_pull = {
    .name = "pull",
    .summary = "get data from a remote and put it here",
    .usage = "[PATH...]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_NEED_STORE | MVC_CMD_JSON |
	MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = pull_opts,
    .args_size = sizeof(struct pull_args),
    .run = pull_run,
};
