#include "cmd/running.h"
#include "lineage/values.h"
#include "work/typed.h"
#include "util/banned.h"

int
mvc_running_paths(const char *const **out, struct mvc_names *to,
    struct mvc_env *env, const struct mvc_strings *words)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++) {
		MVC_OWN_MEM char *path = NULL;

		err = mvc_typed_path(&path, env->repo, words->v[i]);
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
take_param(struct mvc_names *to, struct mvc_running_cmd *x, const char *word)
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
take_params(struct mvc_running_cmd *x, const struct mvc_strings *words)
{
	static const struct mvc_strings none = {NULL, 0};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++)
		err = take_param(&x->params, x, words->v[i]);
	return err ? err
		   : mvc_running_paths(&x->o.params, &x->params, x->env, &none);
}

int
mvc_running_take(struct mvc_running_cmd *x, const struct mvc_running_args *a)
{
	struct mvc_env *env = x->env;
	int err;

	x->o.name = a->name;
	x->o.anonymous = a->no_who;
	x->o.command = (const char *const *)env->argv;
	err = mvc_typed_path(&x->cwd, env->repo, ".");
	if (!err)
		err = mvc_running_paths(&x->o.deps, &x->deps, env, &a->deps);
	if (!err)
		err = mvc_running_paths(&x->o.outs, &x->outs, env, &a->outs);
	if (!err)
		err = mvc_running_paths(
		    &x->o.metrics, &x->metrics, env, &a->metrics);
	if (!err)
		err = take_params(x, &a->params);
	x->o.cwd = x->cwd;
	return err;
}

/* ---- what came of it ---- */

#define METRICS_SHOWN 3

/* Of a series the last is told. */
static bool
goes_on(const struct mvc_record *r, size_t i)
{
	const struct mvc_run_value *v = &r->metrics.v[i];

	return i + 1 < r->metrics.n && !strcmp(v[0].key, v[1].key) &&
	    !strcmp(v[0].file, v[1].file);
}

static int
add_metrics(struct mvc_buf *out, const struct mvc_record *r)
{
	size_t shown = 0;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->metrics.n; i++) {
		const struct mvc_run_value *v = &r->metrics.v[i];

		if ((v->type != MVC_RUN_REAL && v->type != MVC_RUN_INT) ||
		    goes_on(r, i))
			continue;
		if (shown++ == METRICS_SHOWN)
			break;
		err = mvc_buf_addf(out, "   %s %.5g", v->key,
		    v->type == MVC_RUN_INT ? (double)v->whole : v->real);
	}
	return err;
}

static int
add_outputs(struct mvc_buf *out, struct mvc_running_cmd *x)
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
report_text(struct mvc_running_cmd *x)
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
report_json(struct mvc_running_cmd *x)
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

int
mvc_running_report(struct mvc_running_cmd *x)
{
	if (!x->env->common.json)
		return report_text(x);
	report_json(x);
	return MVC_OK;
}

void
mvc_running_cmd_release(struct mvc_running_cmd *x)
{
	mvc_names_release(&x->deps);
	mvc_names_release(&x->outs);
	mvc_names_release(&x->params);
	mvc_names_release(&x->metrics);
	free(x->cwd);
}
