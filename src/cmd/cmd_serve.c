#include "cmd/env.h"
#include "remote/serve.h"
#include "util/banned.h"

#include <unistd.h>

struct serve_args {
	bool stdio, read_only;
	const char *root;
};

static const struct mvc_opt serve_opts[] = {
    MVC_OPT_FLAG(0, "stdio", struct serve_args, stdio,
	"on standard input and output, as ssh starts it"),
    MVC_OPT_STR(
	0, "root", struct serve_args, root, "DIR", "only places below DIR"),
    MVC_OPT_FLAG(
	0, "read-only", struct serve_args, read_only, "nothing is changed"),
    MVC_OPT_END,
};

static int
serve_run(struct mvc_env *env, const void *args)
{
	const struct serve_args *a = args;
	struct mvc_serve_options o = {
	    .in = STDIN_FILENO,
	    .out = STDOUT_FILENO,
	    .root = a->root,
	    .read_only = a->read_only,
	};

	if (!a->stdio)
		return mvc_fail(MVC_EUSAGE, "it needs --stdio");
	if (isatty(STDIN_FILENO))
		return mvc_fail(MVC_EINVALID,
		    "this is the far side of a remote: ssh starts it");
	return mvc_serve(&env->ctx, &o);
}

const struct mvc_cmd mvc_cmd_serve = {
    .name = "serve",
    .summary = "answer another mvc, over ssh",
    .group = MVC_GROUP_PLUMBING,
    .opts = serve_opts,
    .args_size = sizeof(struct serve_args),
    .run = serve_run,
};
