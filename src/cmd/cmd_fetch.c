#include "cmd/fetching.h"
#include "cmd/runcode.h"
#include "cmd/sharing.h"
#include "cmd/withgit.h"
#include "util/banned.h"

struct fetch_args {
	const char *remote;
	bool all, with_git, code;
	uint64_t limit_rate;
};

static const struct mvc_opt fetch_opts[] = {
    MVC_OPT_STR('r', "remote", struct fetch_args, remote, "NAME",
	"fetch from this remote"),
    MVC_OPT_FLAG(0, "all", struct fetch_args, all,
	"what any commit of any branch or tag names"),
    MVC_OPT_FLAG(0, "with-git", struct fetch_args, with_git,
	"the Git history first, as refs/remotes/NAME"),
    MVC_OPT_FLAG(0, "code", struct fetch_args, code,
	"only the code of runs, from Git's remote"),
    MVC_OPT_LIMIT_RATE(struct fetch_args),
    MVC_OPT_END,
};

static int
fetch_history(struct mvc_env *env, const char *remote)
{
	struct mvc_withgit g = {0};
	struct mvc_sharing s;
	int err = mvc_sharing_open(&s, env, remote, false);

	if (!err)
		err = mvc_withgit_fetch(&g, env, &s);
	if (!err && !env->common.json) {
		mvc_line_fit(env, s.name);
		mvc_line(env, s.name, NULL, "%s of Git history",
		    mvc_human_size(g.bytes).s);
	}
	mvc_sharing_release(&s);
	return err;
}

static int
fetch_run(struct mvc_env *env, const void *args)
{
	const struct fetch_args *a = args;
	struct mvc_fetching_opts opts = {.remote = a->remote,
	    .dry_run = env->common.dry_run,
	    .limit_rate = a->limit_rate};
	struct mvc_wanted wanted = {.inside = true};
	int err = MVC_OK;

	if (a->code)
		return mvc_runcode_fetch(env, a->all);
	if (a->with_git && !env->common.dry_run)
		err = fetch_history(env, a->remote);
	if (!err)
		err = mvc_sharing_wanted(&wanted, env, a->all);
	if (!err)
		err = mvc_fetching(env, &wanted, &opts);
	mvc_wanted_release(&wanted);
	return err;
}

const struct mvc_cmd mvc_cmd_fetch = {
    .name = "fetch",
    .summary = "get data from a remote into the store",
    .usage = "[REV...] [--] [PATH...]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON | MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = fetch_opts,
    .args_size = sizeof(struct fetch_args),
    .run = fetch_run,
};
