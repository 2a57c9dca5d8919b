#include "cmd/env.h"
#include "util/trace.h"
#include "util/banned.h"

#include <errno.h>

static void
warn(void *arg, const char *text)
{
	mvc_note(arg, "%s", text);
}

void
mvc_env_init(struct mvc_env *env, const struct mvc_cmd *cmd)
{
	memset(env, 0, sizeof(*env));
	env->cmd = cmd;
	env->dashdash = -1;
	mvc_out_init(&env->out);
}

void
mvc_env_release(struct mvc_env *env)
{
	mvc_bar_stop(env);
	mvc_env_close(env);
	mvc_trace_free(env->ctx.trace);
	mvc_out_release(&env->out);
}

static int
threads_of(unsigned *out, const char *from, const char *text)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 1 || n > 4096)
		return mvc_fail(MVC_EUSAGE,
		    "%s is a number of threads, 1 to 4096, not '%s'", from,
		    text);
	*out = (unsigned)n;
	return MVC_OK;
}

int
mvc_env_start(struct mvc_env *env)
{
	const char *jobs = getenv("MVC_JOBS");
	int64_t n = env->common.jobs;
	unsigned threads = 0;
	int err = MVC_OK;

	env->out.quiet = env->common.quiet;
	if (n < 0 || n > 4096)
		return mvc_fail(
		    MVC_EUSAGE, "-j takes a number of threads, 1 to 4096");
	if (n)
		threads = (unsigned)n;
	else if (jobs && *jobs)
		err = threads_of(&threads, "MVC_JOBS", jobs);
	if (err)
		return err;
	mvc_ctx_init(&env->ctx);
	if (threads)
		mvc_ctx_set_threads(&env->ctx, threads);
	env->threads_given = threads > 0;
	env->ctx.warn = warn;
	env->ctx.warn_arg = env;
	return mvc_trace_open(&env->ctx.trace, getenv("MVC_TRACE"));
}
