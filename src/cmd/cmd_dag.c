#include "cmd/stages.h"
#include "util/banned.h"

struct dag_args {
	const char *format;
};

static const struct mvc_opt dag_opts[] = {
    MVC_OPT_STR('f', "format", struct dag_args, format, "FORMAT",
	"text, json, dot or mermaid"),
    MVC_OPT_END,
};

struct drawing {
	struct mvc_env *env;
	const struct mvc_pipeline *p;
	const struct mvc_graph *g;
	const bool *wanted;
	bool *drawn;
	size_t *least; /* of each stage: the stages that need it, from here, */
	size_t *users; /* in one list */
};

/* ---- text ---- */

static int
note_users(struct drawing *d)
{
	size_t n = d->g->n, total = 0;

	for (size_t i = 0; i < n; i++)
		total += d->g->v[i].needs_n;
	d->least = calloc(n + 2, sizeof(*d->least));
	d->users = calloc(total + 1, sizeof(*d->users));
	d->drawn = calloc(n + 1, sizeof(*d->drawn));
	if (!d->least || !d->users || !d->drawn)
		return mvc_fail(MVC_ENOMEM, "no memory for a drawing");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d->g->v[i].needs_n; k++)
			d->least[d->g->v[i].needs[k] + 2]++;
	for (size_t i = 2; i < n + 2; i++)
		d->least[i] += d->least[i - 1];
	/* Now [i + 1] is where those of i begin, and moves to their end. */
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d->g->v[i].needs_n; k++)
			d->users[d->least[d->g->v[i].needs[k] + 1]++] = i;
	return MVC_OK;
}

static size_t
others(const struct drawing *d, size_t i, size_t but)
{
	size_t n = 0;

	for (size_t k = 0; k < d->g->v[i].needs_n; k++)
		n += d->g->v[i].needs[k] != but;
	return n;
}

/* "train   model.pt   also needs: clean" */
static void
print_stage(struct drawing *d, size_t i, size_t below)
{
	const struct mvc_stage *s = &d->p->v[i];
	struct mvc_env *env = d->env;
	const char *sep = "   ";

	mvc_print(env, "%s%s%s", mvc_colour(env, MVC_BOLD),
	    mvc_name(env, s->name), mvc_colour(env, MVC_PLAIN));
	if (d->drawn[i]) {
		mvc_print(env, " (above)\n");
		return;
	}
	for (size_t k = 0; k < s->outs_n; k++, sep = ", ")
		mvc_print(env, "%s%s", sep, mvc_name(env, s->outs[k].path));
	sep = "   with ";
	for (size_t k = 0;
	     below != SIZE_MAX && others(d, i, below) && k < d->g->v[i].needs_n;
	     k++) {
		size_t of = d->g->v[i].needs[k];

		if (of == below)
			continue;
		mvc_print(env, "%s%s", sep, mvc_name(env, d->p->v[of].name));
		sep = ", ";
	}
	mvc_print(env, "%s\n", s->frozen ? "   frozen" : "");
}

/* One that is drawn says with what else it goes. */
static bool
is_new(const struct drawing *d, size_t i)
{
	return d->wanted[i] && !d->drawn[i];
}

/* As far down as stages go, so bounded: deeper ones begin at the left again. */
#define DEEP 40

static int
draw(struct drawing *d, size_t i, size_t below, struct mvc_buf *lead)
{
	size_t from = d->least[i], to = d->least[i + 1], len = lead->len, last;
	int err = MVC_OK;

	print_stage(d, i, below);
	if (d->drawn[i] || len > DEEP * strlen("│ "))
		return MVC_OK;
	d->drawn[i] = true;
	for (last = to; last > from && !is_new(d, d->users[last - 1]); last--)
		;
	for (size_t k = from; !err && k < last; k++) {
		if (!is_new(d, d->users[k]) && k + 1 < last)
			continue;
		mvc_print(d->env, "%s%s ", lead->data ? lead->data : "",
		    k + 1 == last ? "└" : "├");
		err = mvc_buf_add_str(lead, k + 1 == last ? "  " : "│ ");
		if (!err)
			err = draw(d, d->users[k], i, lead);
		lead->len = len;
		if (lead->data)
			lead->data[len] = 0;
	}
	return err;
}

static int
print_text(struct drawing *d)
{
	MVC_SCOPED(mvc_buf) lead = MVC_BUF_INIT(1 << 16);
	int err = note_users(d);

	for (size_t k = 0; !err && k < d->g->n; k++) {
		size_t i = d->g->order[k];

		if (!d->wanted[i] || d->drawn[i])
			continue;
		err = draw(d, i, SIZE_MAX, &lead);
	}
	if (!d->p->n)
		mvc_say(d->env, "%s has no stages.\n", d->p->path);
	free(d->least);
	free(d->users);
	free(d->drawn);
	return err;
}

/* ---- for programs ---- */

static void
print_names(struct mvc_json *j, const char *key, const struct mvc_names *names)
{
	mvc_json_key(j, key);
	mvc_json_array(j);
	for (size_t i = 0; i < names->n; i++)
		mvc_json_str(j, names->v[i]);
	mvc_json_end(j);
}

static void
print_outs(struct mvc_json *j, const struct mvc_stage *s)
{
	static const char *const kinds[] = {"data", "metrics", "plots"};

	mvc_json_key(j, "outs");
	mvc_json_array(j);
	for (size_t i = 0; i < s->outs_n; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "path", s->outs[i].path);
		mvc_json_key_str(j, "kind", kinds[s->outs[i].kind]);
		mvc_json_key_bool(j, "git", s->outs[i].in_git);
		mvc_json_key_bool(j, "persist", s->outs[i].persist);
		mvc_json_end(j);
	}
	mvc_json_end(j);
}

static void
print_params(struct mvc_json *j, const struct mvc_stage *s)
{
	mvc_json_key(j, "params");
	mvc_json_array(j);
	for (size_t i = 0; i < s->params_n; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "file", s->params[i].file);
		print_names(j, "keys", &s->params[i].keys);
		mvc_json_end(j);
	}
	mvc_json_end(j);
}

static void
print_one(struct mvc_json *j, const struct drawing *d, size_t i)
{
	const struct mvc_stage *s = &d->p->v[i];

	mvc_json_object(j);
	mvc_json_key_str(j, "name", s->name);
	if (s->desc)
		mvc_json_key_str(j, "desc", s->desc);
	mvc_json_key_str(j, "wdir", s->wdir);
	print_names(j, "cmd", &s->cmd);
	print_names(j, "deps", &s->deps);
	print_params(j, s);
	print_outs(j, s);
	mvc_json_key_bool(j, "frozen", s->frozen);
	mvc_json_key_bool(j, "always_changed", s->always);
	mvc_json_key(j, "needs");
	mvc_json_array(j);
	for (size_t k = 0; k < d->g->v[i].needs_n; k++)
		mvc_json_str(j, d->p->v[d->g->v[i].needs[k]].name);
	mvc_json_end(j);
	mvc_json_end(j);
}

static void
print_json(const struct drawing *d)
{
	struct mvc_json *j = mvc_out_json(d->env);

	mvc_json_object(j);
	mvc_json_key_str(j, "file", d->p->path);
	mvc_json_key(j, "stages");
	mvc_json_array(j);
	for (size_t i = 0; i < d->p->n; i++)
		if (d->wanted[i])
			print_one(j, d, i);
	mvc_json_end(j);
	mvc_json_end(j);
}

/* A text between double quotes: DOT escapes by backslash, Mermaid by entity. */
static void
print_label(struct mvc_env *env, const char *s, bool mermaid)
{
	for (; *s; s++)
		if (mermaid && strchr("\"#<>&;`\\", *s))
			mvc_print(env, "#%d;", *s);
		else if (!mermaid && (*s == '"' || *s == '\\'))
			mvc_print(env, "\\%c", *s);
		else
			mvc_print(env, "%c", *s);
}

static void
print_graph(const struct drawing *d, bool mermaid)
{
	struct mvc_env *env = d->env;

	mvc_print(env, mermaid ? "flowchart TD\n" : "digraph pipeline {\n");
	for (size_t i = 0; i < d->p->n; i++) {
		if (!d->wanted[i])
			continue;
		mvc_print(env, mermaid ? "\ts%zu[\"" : "\ts%zu [label=\"", i);
		print_label(env, d->p->v[i].name, mermaid);
		mvc_print(env, mermaid ? "\"]\n" : "\"];\n");
	}
	for (size_t i = 0; i < d->p->n; i++)
		for (size_t k = 0; d->wanted[i] && k < d->g->v[i].needs_n; k++)
			if (d->wanted[d->g->v[i].needs[k]])
				mvc_print(env,
				    mermaid ? "\ts%zu --> s%zu\n"
					    : "\ts%zu -> s%zu;\n",
				    d->g->v[i].needs[k], i);
	if (!mermaid)
		mvc_print(env, "}\n");
}

static int
print(struct drawing *d, const char *format)
{
	if (!format)
		format = d->env->common.json ? "json" : "text";
	if (!strcmp(format, "text"))
		return print_text(d);
	if (!strcmp(format, "json"))
		print_json(d);
	else if (!strcmp(format, "dot") || !strcmp(format, "mermaid"))
		print_graph(d, *format == 'm');
	else
		return mvc_fail(MVC_EUSAGE,
		    "'%s' is no format: text, json, dot or mermaid", format);
	return MVC_OK;
}

static int
dag_run(struct mvc_env *env, const void *args)
{
	const struct dag_args *a = args;
	MVC_SCOPED(mvc_stages) s = MVC_STAGES_INIT;
	int err = mvc_stages_select(&s, env, false);

	return err
	    ? err
	    : print(
		  &(struct drawing){
		      .env = env, .p = &s.p, .g = s.g, .wanted = s.wanted},
		  a->format);
}

const struct mvc_cmd mvc_cmd_dag = {
    .name = "dag",
    .summary = "draw the stages of a pipeline",
    .usage = "[-f FORMAT] [STAGE...]",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_JSON,
    .max = -1,
    .opts = dag_opts,
    .args_size = sizeof(struct dag_args),
    .run = dag_run,
};
