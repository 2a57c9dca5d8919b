#include "cmd/running.h"
#include "git/repo.h"
#include "lineage/recording.h"
#include "util/banned.h"

#include <errno.h>

struct record_args {
	struct mvc_running_args running;
	const char *token, *step;
	int64_t status;
	bool lines;
};

static const struct mvc_opt record_opts[] = {
    MVC_RUNNING_OPTS(struct record_args, running),
    MVC_OPT_STR(0, "run", struct record_args, token, "TOKEN",
	"which run, instead of MVC_RUN"),
    MVC_OPT_STR(
	0, "step", struct record_args, step, "N", "the step of a series"),
    MVC_OPT_FLAG(0, "stdin", struct record_args, lines,
	"metrics as lines: [STEP ]KEY=VALUE"),
    MVC_OPT_INT(0, "status", struct record_args, status, "N",
	"how it ended, as an exit status"),
    MVC_OPT_END,
};

static int
find_token(const char **out, const struct record_args *a)
{
	*out = a->token ? a->token : getenv("MVC_RUN");
	if (*out && **out)
		return MVC_OK;
	return mvc_fail(MVC_EUSAGE,
	    "which run? export MVC_RUN=$(mvc record begin), or say --run "
	    "TOKEN");
}

static int
open_work(struct mvc_work **w, struct mvc_env *env)
{
	int err = mvc_env_store(env);

	return err ? err : mvc_work_open(w, &env->ctx, env->repo, env->store);
}

static int
record_begin(struct mvc_env *env, const void *args)
{
	const struct record_args *a = args;
	struct mvc_running_cmd x = {.env = env};
	struct mvc_recording_token token;
	MVC_OWN(mvc_work) *w = NULL;
	int err = open_work(&w, env);

	if (!err)
		err = mvc_running_take(&x, &a->running);
	if (!err)
		err = mvc_recording_begin(&token, w, &x.o);
	if (!err)
		mvc_print(env, "%s\n", token.s);
	mvc_running_cmd_release(&x);
	return err;
}

/* The words as paths, with what it takes to look at them. */
struct paths {
	struct mvc_work *w;
	struct mvc_names names, metrics;
	const char *const *v, *const *metric;
	const char *token;
};

static int
take_paths(struct paths *p, struct mvc_env *env, const struct record_args *a)
{
	const struct mvc_strings words = {
	    (const char **)env->argv, (size_t)env->argc};
	int err = find_token(&p->token, a);

	if (!err)
		err = open_work(&p->w, env);
	if (!err)
		err = mvc_running_paths(&p->v, &p->names, env, &words);
	return err ? err
		   : mvc_running_paths(
			 &p->metric, &p->metrics, env, &a->running.metrics);
}

static void
paths_release(struct paths *p)
{
	mvc_names_release(&p->names);
	mvc_names_release(&p->metrics);
	mvc_work_free(p->w);
}

static int
record_input(struct mvc_env *env, const void *args)
{
	struct paths p = {.w = NULL};
	int err = take_paths(&p, env, args);

	if (!err)
		err = mvc_recording_inputs(p.w, p.token, p.v);
	paths_release(&p);
	return err;
}

static int
record_output(struct mvc_env *env, const void *args)
{
	struct paths p = {.w = NULL};
	int err = take_paths(&p, env, args);

	if (!err)
		err = mvc_recording_outputs(p.w, p.token, p.v, p.metric);
	paths_release(&p);
	return err;
}

static int
record_param(struct mvc_env *env, const void *args)
{
	const char *token;
	int err = find_token(&token, args);

	return err ? err
		   : mvc_recording_params(env->repo, token,
			 (const char *const *)env->argv, (size_t)env->argc);
}

static int
parse_step(int64_t *out, const char *text)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	if (errno || end == text || *end)
		return mvc_fail(
		    MVC_EUSAGE, "the step '%s' is no whole number", text);
	return MVC_OK;
}

/* "12 loss=0.5", "loss=0.5" */
static int
add_line(int fd, char *line, ssize_t n, const int64_t *step)
{
	size_t digits;
	int64_t own;

	if (n > 0 && line[n - 1] == '\n')
		line[--n] = 0;
	if (n == 0)
		return MVC_OK;
	if (strlen(line) != (size_t)n)
		return mvc_fail(MVC_EINVALID, "a metric with a NUL");
	digits = strspn(line, "-0123456789");
	if (!digits || line[digits] != ' ')
		return mvc_recording_metric(fd, line, step);
	line[digits] = 0;
	if (parse_step(&own, line))
		return MVC_EINVALID;
	return mvc_recording_metric(fd, line + digits + 1, &own);
}

static int
add_lines(int fd, const int64_t *step)
{
	MVC_OWN_MEM char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int err = MVC_OK;

	while (!err && (n = getline(&line, &cap, stdin)) > 0)
		err = add_line(fd, line, n, step);
	return err;
}

static int
record_metric(struct mvc_env *env, const void *args)
{
	const struct record_args *a = args;
	MVC_OWN_FD int fd = -1;
	const char *token;
	int64_t step;
	int err = find_token(&token, a);

	if (!err && env->argc == 0 && !a->lines)
		err = mvc_fail(MVC_EUSAGE, "KEY=VALUE or --stdin is needed");
	if (!err && a->step)
		err = parse_step(&step, a->step);
	if (!err)
		err = mvc_recording_metrics_open(&fd, env->repo, token);
	for (int i = 0; !err && i < env->argc; i++)
		err = mvc_recording_metric(
		    fd, env->argv[i], a->step ? &step : NULL);
	return err || !a->lines ? err : add_lines(fd, a->step ? &step : NULL);
}

static int
finish(struct mvc_running_cmd *x, struct mvc_work *w, const char *token,
    int status)
{
	MVC_OWN(mvc_running) *r = NULL;
	struct mvc_run_result res;
	int err, end;

	err = mvc_recording_resume(&r, &res, w, token, status);
	if (err)
		return err;
	end = mvc_running_end(r, &res, &x->record, &x->id, &x->sums);
	if (end && end != MVC_EFINDING)
		return end;
	if (end)
		mvc_note(x->env, "%s", mvc_error_text());
	err = mvc_recording_drop(x->env->repo, token);
	if (!err)
		err = mvc_running_report(x);
	return err ? err : end;
}

static int
record_end(struct mvc_env *env, const void *args)
{
	const struct record_args *a = args;
	struct mvc_running_cmd x = {.env = env};
	MVC_OWN(mvc_work) *w = NULL;
	const char *token;
	int err = find_token(&token, a);

	if (!err && (a->status < 0 || a->status > 255))
		err = mvc_fail(MVC_EUSAGE, "--status is 0 to 255");
	if (!err)
		err = open_work(&w, env);
	return err ? err : finish(&x, w, token, (int)a->status);
}

static int
record_drop(struct mvc_env *env, const void *args)
{
	const char *token;
	int err = find_token(&token, args);

	return err ? err : mvc_recording_drop(env->repo, token);
}

static int
record_list(struct mvc_env *env, const void *args)
{
	struct mvc_names l = {0};
	int err = mvc_recording_list(&l, env->repo);

	(void)args;
	for (size_t i = 0; !err && i < l.n; i++)
		mvc_print(env, "%s\n", l.v[i]);
	mvc_names_release(&l);
	return err;
}

static const struct mvc_verb record_verbs[] = {
    {"begin", "[COMMAND...]", "a run begins: print its token", 0, -1,
	record_begin},
    {"add-input", "PATH...", "it reads this", 1, -1, record_input},
    {"param", "KEY=VALUE...", "its parameters", 1, -1, record_param},
    {"metric", "KEY=VALUE...", "its numbers", 0, -1, record_metric},
    {"output", "PATH...", "it writes this, which becomes data", 0, -1,
	record_output},
    {"end", "", "it has ended: write it down, and stage it", 0, 0, record_end},
    {"drop", "", "forget it", 0, 0, record_drop},
    {"list", "", "print the tokens of runs that have not ended", 0, 0,
	record_list},
    {0},
};

const struct mvc_cmd mvc_cmd_record = {
    .name = "record",
    .summary = "record a run from within a program",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS | MVC_CMD_JSON,
    .opts = record_opts,
    .args_size = sizeof(struct record_args),
    .verbs = record_verbs,
};
