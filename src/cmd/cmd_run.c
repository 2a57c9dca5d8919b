#include "cmd/running.h"
#include "git/repo.h"
#include "lineage/strace.h"
#include "util/command.h"
#include "util/banned.h"

struct run_args {
	struct mvc_running_args running;
	bool trace;
};

static const struct mvc_opt run_opts[] = {
    MVC_RUNNING_OPTS(struct run_args, running),
    MVC_OPT_FLAG(0, "trace", struct run_args, trace,
	"warn of what it reads and was not said"),
    MVC_OPT_END,
};

/* Where it cannot be traced it runs all the same. */
static int
start_trace(struct mvc_strace **out, struct mvc_command *c, struct mvc_env *env)
{
	int err = mvc_strace_open(out, env->repo->gitdir);

	if (err && err != MVC_ENOMEM) {
		mvc_note(env, "not traced: %s", mvc_error_text());
		return MVC_OK;
	}
	if (!err)
		err = mvc_strace_command(&c->argv, *out, env->argv);
	if (!err)
		mvc_say(env, "traced by strace\n");
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
record(struct mvc_running_cmd *x, struct mvc_work *w, bool traced)
{
	struct mvc_env *env = x->env;
	struct mvc_command c = {.argv = env->argv};
	struct mvc_run_result res;
	MVC_OWN(mvc_strace) *trace = NULL;
	MVC_OWN(mvc_running) *r = NULL;
	int err, end;

	err = mvc_running_begin(&r, w, &x->o);
	if (!err && traced)
		err = start_trace(&trace, &c, env);
	if (!err)
		err = mvc_command_run(&c);
	if (!err && trace)
		err = mvc_running_traced(r, trace);
	if (err)
		return err;
	res = (struct mvc_run_result){c.status, c.signal, c.ns};
	end = mvc_running_end(r, &res, &x->record, &x->id, &x->sums);
	if (end && end != MVC_EFINDING)
		return mvc_fail_prefix(end,
		    "the command ended with status %d, and is not recorded",
		    c.status);
	if (end)
		mvc_note(env, "%s", mvc_error_text());
	err = mvc_running_report(x);
	env->status = c.status;
	return err ? err : end;
}

static int
run_run(struct mvc_env *env, const void *args)
{
	const struct run_args *a = args;
	struct mvc_running_cmd x = {.env = env};
	MVC_OWN(mvc_work) *w = NULL;
	int err;

	err = mvc_work_open(&w, &env->ctx, env->repo, env->store);
	if (!err)
		err = mvc_running_take(&x, &a->running);
	if (!err)
		err = record(&x, w, a->trace);
	mvc_running_cmd_release(&x);
	return err;
}

const struct mvc_cmd mvc_cmd_run = {
    .name = "run",
    .summary = "run a command and record what it made, and from what",
    .usage = "[-d PATH]... [-o PATH]... [--] COMMAND...",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON | MVC_CMD_FIRST_WORD,
    .min = 1,
    .max = -1,
    .opts = run_opts,
    .args_size = sizeof(struct run_args),
    .run = run_run,
};
