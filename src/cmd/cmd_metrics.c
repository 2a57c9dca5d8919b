#include "cmd/numbers.h"
#include "util/banned.h"

struct metrics_args {
	bool all, exit_code;
};

static const struct mvc_opt metrics_opts[] = {
    MVC_OPT_FLAG(
	0, "all", struct metrics_args, all, "diff: also what is the same"),
    MVC_OPT_FLAG(0, "exit-code", struct metrics_args, exit_code,
	"diff: exit with 1 if anything differs"),
    MVC_OPT_END,
};

static int
metrics_show(struct mvc_env *env, const void *args)
{
	(void)args;
	return mvc_numbers_show(env, MVC_NUMBERS_METRICS);
}

static int
metrics_diff(struct mvc_env *env, const void *args)
{
	const struct metrics_args *a = args;

	return mvc_numbers_diff(env, MVC_NUMBERS_METRICS, a->all, a->exit_code);
}

static const struct mvc_verb metrics_verbs[] = {
    {"diff", "[REV [REV]] [--] [PATH...]", "what changed, and by how much", 0,
	-1, metrics_diff},
    {"show", "[REV] [--] [PATH...]", "print them", 0, -1, metrics_show},
    {0},
};

const struct mvc_cmd mvc_cmd_metrics = {
    .name = "metrics",
    .summary = "the numbers that runs scored, and how they changed",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_REPO | MVC_CMD_JSON,
    .opts = metrics_opts,
    .args_size = sizeof(struct metrics_args),
    .verbs = metrics_verbs,
};
