#include "cmd/env.h"
#include "lineage/running.h"
#include "lineage/values.h"
#include "store/writer.h"
#include "util/command.h"
#include "work/typed.h"
#include "util/banned.h"

struct run_args {
	const char *name;
	struct mvc_strings deps, outs, params, metrics;
	bool no_who;
};

static const struct mvc_opt run_opts[] = {
    MVC_OPT_STR(
	'n', "name", struct run_args, name, "NAME", "what the run is called"),
    MVC_OPT_LIST('d', "deps", struct run_args, deps, "PATH",
	"it reads this: data, or a file or folder of Git's"),
    MVC_OPT_LIST('o', "outs", struct run_args, outs, "PATH",
	"it writes this, which becomes data"),
    MVC_OPT_LIST('p', "params", struct run_args, params, "[FILE:]KEY,...|FILE",
	"parameters, of params.yaml unless a FILE is named"),
    MVC_OPT_LIST('m', "metrics", struct run_args, metrics, "FILE",
	"it writes these numbers, which stay in Git"),
    MVC_OPT_FLAG(0, "no-who", struct run_args, no_who,
	"record neither your name nor the machine's"),
    MVC_OPT_END,
};

struct recording {
	struct mvc_env *env;
	struct mvc_running_opts o;
	struct mvc_names deps, outs, params, metrics; /* as o has them */
	struct mvc_writer_sums sums;
	const struct mvc_record *record;
	struct mvc_oid id;
	char *cwd;
};

/* The words as paths, NULL after the last. */
static int
take_paths(const char *const **out, struct mvc_names *to, struct recording *x,
    const struct mvc_strings *words)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++) {
		MVC_OWN_MEM char *path = NULL;

		err = mvc_typed_path(&path, x->env->repo, words->v[i]);
		if (!err)
			err = mvc_names_add(to, path);
	}
	if (!err)
		err = mvc_names_add(to, "");
	if (err)
		return err;
	free(to->v[--to->n]);
	to->v[to->n] = NULL;
	*out = (const char *const *)to->v;
	return MVC_OK;
}

/* "FILE:KEY,…" with FILE as a path of the work tree. */
static int
take_param(struct mvc_names *to, struct recording *x, const char *word)
{
	const char *colon = strrchr(word, ':');
	MVC_OWN_MEM char *file = NULL, *path = NULL, *whole = NULL;
	int err;

	if (!colon && !mvc_values_readable(word))
		return mvc_names_add(to, word);
	file = strndup(word, colon ? (size_t)(colon - word) : strlen(word));
	if (!file)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_typed_path(&path, x->env->repo, file);
	if (err)
		return err;
	if (asprintf(&whole, "%s%s", path, colon ? colon : "") < 0) {
		whole = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return mvc_names_add(to, whole);
}

static int
take_params(struct recording *x, const struct mvc_strings *words)
{
	static const struct mvc_strings none = {NULL, 0};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++)
		err = take_param(&x->params, x, words->v[i]);
	return err ? err : take_paths(&x->o.params, &x->params, x, &none);
}

static int
take_args(struct recording *x, const struct run_args *a)
{
	struct mvc_env *env = x->env;
	int err;

	x->o.name = a->name;
	x->o.anonymous = a->no_who;
	x->o.command = (const char *const *)env->argv;
	err = mvc_typed_path(&x->cwd, env->repo, ".");
	if (!err)
		err = take_paths(&x->o.deps, &x->deps, x, &a->deps);
	if (!err)
		err = take_paths(&x->o.outs, &x->outs, x, &a->outs);
	if (!err)
		err = take_paths(&x->o.metrics, &x->metrics, x, &a->metrics);
	if (!err)
		err = take_params(x, &a->params);
	x->o.cwd = x->cwd;
	return err;
}

/* ---- what came of it ---- */

#define METRICS_SHOWN 3

static int
add_metrics(struct mvc_buf *out, const struct mvc_record *r)
{
	size_t shown = 0;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->metrics.n; i++) {
		const struct mvc_run_value *v = &r->metrics.v[i];

		if ((v->type != MVC_RUN_REAL && v->type != MVC_RUN_INT) ||
		    shown++ == METRICS_SHOWN)
			continue;
		err = mvc_buf_addf(out, "   %s %.5g", v->key,
		    v->type == MVC_RUN_INT ? (double)v->whole : v->real);
	}
	return err;
}

static int
add_outputs(struct mvc_buf *out, struct recording *x)
{
	const struct mvc_record *r = x->record;
	const char *sep = "   ";
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->outputs.n; i++) {
		const struct mvc_run_file *f = &r->outputs.v[i];

		if (f->kind != MVC_RUN_DATA)
			continue;
		err = mvc_buf_addf(
		    out, "%s%s %s", sep, f->path, mvc_human_size(f->size).s);
		sep = ", ";
	}
	if (!err && *sep == ',')
		err = mvc_buf_addf(
		    out, ", stored %s", mvc_human_size(x->sums.packed).s);
	return err;
}

static int
report_text(struct recording *x)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1 << 20);
	const struct mvc_record *r = x->record;
	char name[32];
	int err;

	snprintf(name, sizeof(name), "run %.6s", mvc_oid_hex(&x->id).s);
	err =
	    mvc_buf_addf(&text, "%s", mvc_human_time(r->duration * 1000000).s);
	if (!err && r->signal)
		err = mvc_buf_addf(&text, "   failed: signal %d", r->signal);
	else if (!err && r->exit)
		err = mvc_buf_addf(&text, "   failed: exit status %d", r->exit);
	else if (!err && r->failed)
		err = mvc_buf_add_str(&text, "   failed");
	if (!err)
		err = add_metrics(&text, r);
	if (!err)
		err = add_outputs(&text, x);
	if (err)
		return err;
	mvc_line_fit(x->env, name);
	mvc_line(x->env, name, NULL, "%s", mvc_sentence(x->env, text.data));
	return MVC_OK;
}

static void
report_json(struct recording *x)
{
	struct mvc_json *j = mvc_out_json(x->env);
	const struct mvc_record *r = x->record;

	mvc_json_object(j);
	mvc_json_key_str(j, "run", mvc_oid_hex(&x->id).s);
	mvc_json_key_str(j, "result", r->failed ? "failed" : "done");
	mvc_json_key_u64(j, "exit", (uint64_t)r->exit);
	mvc_json_key_u64(j, "duration", r->duration);
	mvc_json_key(j, "outputs");
	mvc_json_array(j);
	for (size_t i = 0; i < r->outputs.n; i++) {
		const struct mvc_run_file *f = &r->outputs.v[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "path", f->path);
		if (f->has_oid)
			mvc_json_key_str(j, "oid", mvc_oid_hex(&f->oid).s);
		mvc_json_key_u64(j, "size", f->size);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
record(struct recording *x, struct mvc_work *w)
{
	struct mvc_env *env = x->env;
	struct mvc_command c = {.argv = env->argv};
	struct mvc_run_result res;
	MVC_OWN(mvc_running) *r = NULL;
	int err, end;

	err = mvc_running_begin(&r, w, &x->o);
	if (!err)
		err = mvc_command_run(&c);
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
	if (env->common.json)
		report_json(x);
	else
		err = report_text(x);
	env->status = c.status;
	return err ? err : end;
}

static int
run_run(struct mvc_env *env, const void *args)
{
	struct recording x = {.env = env};
	MVC_OWN(mvc_work) *w = NULL;
	int err;

	err = mvc_work_open(&w, &env->ctx, env->repo, env->store);
	if (!err)
		err = take_args(&x, args);
	if (!err)
		err = record(&x, w);
	mvc_names_release(&x.deps);
	mvc_names_release(&x.outs);
	mvc_names_release(&x.params);
	mvc_names_release(&x.metrics);
	free(x.cwd);
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
