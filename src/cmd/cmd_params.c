#include "cmd/numbers.h"
#include "util/banned.h"

struct params_args {
	bool all, exit_code;
};

static const struct mvc_opt params_opts[] = {
    MVC_OPT_FLAG(
	0, "all", struct params_args, all, "diff: also what is the same"),
    MVC_OPT_FLAG(0, "exit-code", struct params_args, exit_code,
	"diff: exit with 1 if anything differs"),
    MVC_OPT_END,
};

static int
params_show(struct mvc_env *env, const void *args)
{
	(void)args;
	return mvc_numbers_show(env, MVC_NUMBERS_PARAMS);
}

static int
params_diff(struct mvc_env *env, const void *args)
{
	const struct params_args *a = args;

	return mvc_numbers_diff(env, MVC_NUMBERS_PARAMS, a->all, a->exit_code);
}

static const struct mvc_verb params_verbs[] = {
    {"diff", "[REV [REV]] [--] [PATH...]", "what changed", 0, -1, params_diff},
    {"show", "[REV] [--] [PATH...]", "print them", 0, -1, params_show},
    {0},
};

const struct mvc_cmd mvc_cmd_params = {
    .name = "params",
    .summary = "the parameters of runs, and how they changed",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_REPO | MVC_CMD_JSON,
    .opts = params_opts,
    .args_size = sizeof(struct params_args),
    .verbs = params_verbs,
};
