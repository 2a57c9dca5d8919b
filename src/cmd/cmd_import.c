#include "cmd/importing.h"
#include "util/banned.h"

static const struct mvc_opt import_opts[] = {
    MVC_OPT_STR('o', "output", struct mvc_import_args, output, "PATH",
	"what to track it as (default: its name)"),
    MVC_OPT_STR(0, "rev", struct mvc_import_args, rev, "REV",
	"of a repository: as in this branch, tag or commit"),
    MVC_OPT_STR('r', "remote", struct mvc_import_args, remote, "NAME",
	"of a repository: data from this remote, or URL"),
    MVC_OPT_FLAG(0, "checkout", struct mvc_import_args, checkout,
	"of an archive: put it in the work tree, too"),
    MVC_OPT_END,
};

static int
import_run(struct mvc_env *env, const void *args)
{
	const char *word = env->argv[0];

	if (env->argc == 1 && mvc_import_is_archive(word))
		return mvc_import_archive(env, args, word);
	return mvc_import_data(env, args);
}

const struct mvc_cmd mvc_cmd_import = {
    .name = "import",
    .summary = "take data from elsewhere, and track it with its source",
    .usage = "URL PATH [--rev REV] [-o PATH]\n"
	     "s3://BUCKET/KEY|https://... [-o PATH]\n"
	     "FILE.tar|.tar.gz|.tar.zst|.zip [-o PATH]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON,
    .min = 1,
    .max = 2,
    .opts = import_opts,
    .args_size = sizeof(struct mvc_import_args),
    .run = import_run,
};
