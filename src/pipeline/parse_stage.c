#include "lineage/record.h"
#include "lineage/values.h"
#include "pipeline/parse_priv.h"
#include "pipeline/template.h"

#include <ctype.h>
#include <string.h>

#include "util/banned.h"

#define DEFAULT_PARAMS "params.yaml"
#define LIST_MAX 10000

/* One stage as it is read. */
struct reading {
	struct parse *p;
	const struct parse_scope *s;
	const char *key; /* of the field at hand */
	struct mvc_stage *to;
	enum mvc_out_kind kind; /* of the outputs at hand */
	struct mvc_stage_out *out; /* whose flags are read */
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

static int
read_bool(
    bool *out, struct reading *rd, const char *key, const struct mvc_jval *v)
{
	const char *text = mvc_jval_str(v);
	int err = MVC_OK;

	if (text)
		err = mvc_template_value(&v, text, rd->s->v);
	if (err)
		return parse_where(rd->p, key, err);
	if (!v || mvc_jval_kind(v) != MVC_JBOOL)
		return parse_fault(rd->p, key, "%s is true or false", key);
	*out = mvc_jval_bool(v);
	return MVC_OK;
}

/* Each element of a list, or the only one. */
static int
each_element(struct reading *rd, const struct mvc_jval *v,
    int (*each)(struct reading *rd, const struct mvc_jval *v))
{
	int err = MVC_OK;

	if (mvc_jval_kind(v) == MVC_JNULL)
		return MVC_OK;
	if (mvc_jval_kind(v) != MVC_JARRAY)
		return parse_fault(rd->p, rd->key, "%s is a list", rd->key);
	if (mvc_jval_count(v) > LIST_MAX)
		return parse_fault(
		    rd->p, rd->key, "%s has more than 10,000", rd->key);
	for (size_t i = 0; !err && i < mvc_jval_count(v); i++)
		err = each(rd, mvc_jval_at(v, i));
	return err;
}

/* ---- cmd ---- */

/* Each line is a command, as in DVC. */
static int
read_command(struct reading *rd, const struct mvc_jval *v)
{
	MVC_OWN_MEM char *text = NULL;
	int err;

	err = parse_text(&text, rd->p, rd->s, v, v, true);
	for (char *at = text, *line; !err && (line = strsep(&at, "\n"));)
		if (line[strspn(line, " \t\r")])
			err = mvc_names_add(&rd->to->cmd, line);
	return err;
}

/* An element of a list is one command, however many lines. */
static int
read_element(struct reading *rd, const struct mvc_jval *v)
{
	MVC_OWN_MEM char *text = NULL;
	int err = parse_text(&text, rd->p, rd->s, v, v, true);

	return err ? err : mvc_names_add(&rd->to->cmd, text);
}

static int
read_cmd(struct reading *rd, const struct mvc_jval *v)
{
	int err = mvc_jval_kind(v) == MVC_JARRAY
	    ? each_element(rd, v, read_element)
	    : read_command(rd, v);

	return !err && !rd->to->cmd.n
	    ? parse_fault(rd->p, rd->key, "cmd is empty")
	    : err;
}

/* ---- deps, params ---- */

static int
read_path(char **out, struct reading *rd, const void *of, const char *text)
{
	MVC_OWN_MEM char *name = NULL;
	MVC_OWN_MEM char *path = NULL;
	int err = parse_resolve(&name, rd->p, rd->s, of, text, false);

	if (!err)
		err = parse_path(&path, rd->p, of, rd->to->wdir, name);
	if (!err && !*path)
		return parse_fault(rd->p, of,
		    "%s is the whole work tree, which is no path of a stage",
		    name);
	*out = MVC_TAKE(path);
	return err;
}

static int
read_dep(struct reading *rd, const struct mvc_jval *v)
{
	MVC_OWN_MEM char *path = NULL;
	int err;

	if (!mvc_jval_str(v))
		return parse_fault(rd->p, v, "a dependency is a path");
	err = read_path(&path, rd, v, mvc_jval_str(v));
	return err ? err : mvc_names_add(&rd->to->deps, path);
}

static int
read_deps(struct reading *rd, const struct mvc_jval *v)
{
	return each_element(rd, v, read_dep);
}

static struct mvc_stage_params *
params_of(struct reading *rd, const char *file)
{
	struct mvc_stage *to = rd->to;
	struct mvc_stage_params *v;

	for (size_t i = 0; i < to->params_n; i++)
		if (!strcmp(to->params[i].file, file))
			return &to->params[i];
	v = reallocarray(to->params, to->params_n + 1, sizeof(*v));
	if (!v)
		return NULL;
	to->params = v;
	v += to->params_n;
	*v = (struct mvc_stage_params){.file = strdup(file)};
	if (!v->file)
		return NULL;
	to->params_n++;
	return v;
}

static int
add_key(struct reading *rd, const void *of, struct mvc_stage_params *to,
    const struct mvc_jval *v)
{
	MVC_OWN_MEM char *key = NULL;
	int err = parse_text(&key, rd->p, rd->s, of, v, false);

	if (!err && (!*key || strpbrk(key, ",:")))
		return parse_fault(
		    rd->p, of, "a parameter with , or : in its name");
	return err ? err : mvc_names_add(&to->keys, key);
}

/* FILE: [KEY, …]; FILE: alone is all of it. */
static int
read_params_file(void *arg, const char *key, const struct mvc_jval *v)
{
	struct reading *rd = arg;
	struct mvc_stage_params *to;
	MVC_OWN_MEM char *file = NULL;
	size_t n = mvc_jval_count(v);
	int err = read_path(&file, rd, key, key);

	if (err)
		return err;
	if (!mvc_values_readable(file))
		return parse_fault(rd->p, key,
		    "%s: parameters are read from .json, .yaml and .yml", file);
	if (mvc_jval_kind(v) != MVC_JNULL && mvc_jval_kind(v) != MVC_JARRAY)
		return parse_fault(rd->p, key, "%s: a list of names", key);
	to = params_of(rd, file);
	if (!to)
		return no_memory();
	for (size_t i = 0; !err && i < n; i++)
		err = add_key(rd, key, to, mvc_jval_at(v, i));
	return err;
}

static int
read_param(struct reading *rd, const struct mvc_jval *v)
{
	MVC_OWN_MEM char *file = NULL;
	struct mvc_stage_params *to;
	int err;

	if (mvc_jval_kind(v) == MVC_JOBJECT)
		return mvc_jval_each_kept(v, read_params_file, rd);
	err = parse_path(&file, rd->p, v, rd->to->wdir, DEFAULT_PARAMS);
	if (err)
		return err;
	to = params_of(rd, file);
	return to ? add_key(rd, v, to, v) : no_memory();
}

static int
read_params(struct reading *rd, const struct mvc_jval *v)
{
	return each_element(rd, v, read_param);
}

/* ---- outs, metrics, plots ---- */

static int
read_flag(void *arg, const char *key, const struct mvc_jval *v)
{
	static const char *const told[] = {"desc", "type", "labels", "meta",
	    "x", "y", "x_label", "y_label", "title", "header", "template"};
	struct reading *rd = arg;
	bool is = false;
	int err;

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++)
		if (!strcmp(key, told[i]) &&
		    (i < 4 || rd->kind == MVC_OUT_PLOTS))
			return MVC_OK;
	if (strcmp(key, "cache") && strcmp(key, "persist") &&
	    strcmp(key, "push"))
		return parse_fault(
		    rd->p, key, "%s is not supported of an output", key);
	err = read_bool(&is, rd, key, v);
	if (err)
		return err;
	if (!strcmp(key, "persist"))
		rd->out->persist = is;
	else if (!strcmp(key, "cache"))
		rd->out->in_git = !is || rd->kind == MVC_OUT_METRICS;
	else if (!is)
		return parse_fault(
		    rd->p, key, "push: false is not supported of an output");
	return MVC_OK;
}

static int
add_out(struct reading *rd, const void *of, const char *text)
{
	struct mvc_stage *to = rd->to;
	struct mvc_stage_out *v =
	    reallocarray(to->outs, to->outs_n + 1, sizeof(*v));
	int err;

	if (!v)
		return no_memory();
	to->outs = v;
	v += to->outs_n;
	*v = (struct mvc_stage_out){
	    .kind = rd->kind, .in_git = rd->kind == MVC_OUT_METRICS};
	err = read_path(&v->path, rd, of, text);
	if (err)
		return err;
	to->outs_n++;
	rd->out = v;
	for (size_t i = 0; i + 1 < to->outs_n; i++)
		if (!strcmp(to->outs[i].path, v->path))
			return parse_fault(
			    rd->p, of, "%s is an output twice", v->path);
	return MVC_OK;
}

static int
read_detailed(void *arg, const char *key, const struct mvc_jval *v)
{
	struct reading *rd = arg;
	int err = add_out(rd, key, key);

	/* Plots may have a list of what to draw. */
	if (err || mvc_jval_kind(v) == MVC_JNULL ||
	    (mvc_jval_kind(v) == MVC_JARRAY && rd->kind == MVC_OUT_PLOTS))
		return err;
	return mvc_jval_kind(v) == MVC_JOBJECT
	    ? mvc_jval_each_kept(v, read_flag, rd)
	    : parse_fault(rd->p, key, "%s: an object of flags", key);
}

static int
read_out(struct reading *rd, const struct mvc_jval *v)
{
	if (mvc_jval_kind(v) == MVC_JOBJECT)
		return mvc_jval_each_kept(v, read_detailed, rd);
	return mvc_jval_str(v) ? add_out(rd, v, mvc_jval_str(v))
			       : parse_fault(rd->p, v, "an output is a path");
}

static int
read_outs(struct reading *rd, const struct mvc_jval *v)
{
	rd->kind = !strcmp(rd->key, "metrics") ? MVC_OUT_METRICS
	    : !strcmp(rd->key, "plots")        ? MVC_OUT_PLOTS
					       : MVC_OUT_DATA;
	return each_element(rd, v, read_out);
}

/* ---- all fields ---- */

static int
read_frozen(struct reading *rd, const struct mvc_jval *v)
{
	return read_bool(&rd->to->frozen, rd, rd->key, v);
}

static int
read_always(struct reading *rd, const struct mvc_jval *v)
{
	return read_bool(&rd->to->always, rd, rd->key, v);
}

static int
read_desc(struct reading *rd, const struct mvc_jval *v)
{
	return parse_text(&rd->to->desc, rd->p, rd->s, rd->key, v, false);
}

static int
read_nothing(struct reading *rd, const struct mvc_jval *v)
{
	(void)rd;
	(void)v;
	return MVC_OK;
}

static int
read_matrix(struct reading *rd, const struct mvc_jval *v)
{
	(void)v;
	return rd->s->matrix
	    ? MVC_OK
	    : parse_fault(rd->p, rd->key, "matrix below do is not supported");
}

static const struct {
	const char *name;
	int (*read)(struct reading *rd, const struct mvc_jval *v);
} fields[] = {
    {"always_changed", read_always},
    {"cmd", read_cmd},
    {"deps", read_deps},
    {"desc", read_desc},
    {"frozen", read_frozen},
    {"matrix", read_matrix},
    {"meta", read_nothing},
    {"metrics", read_outs},
    {"outs", read_outs},
    {"params", read_params},
    {"plots", read_outs},
    {"vars", read_nothing}, /* first of all, as is */
    {"wdir", read_nothing},
};

static int
read_field(void *arg, const char *key, const struct mvc_jval *v)
{
	struct reading *rd = arg;

	rd->key = key;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (!strcmp(key, fields[i].name))
			return fields[i].read(rd, v);
	return parse_fault(rd->p, key, "%s is not supported in a stage", key);
}

static int
read_wdir(struct reading *rd, const struct mvc_jval *v)
{
	MVC_OWN_MEM char *name = NULL;
	int err = v ? parse_text(&name, rd->p, rd->s, v, v, false) : MVC_OK;

	return err ? err
		   : parse_path(&rd->to->wdir, rd->p, v, rd->p->folder,
			 name ? name : "");
}

static struct mvc_stage *
next_stage(struct parse *p)
{
	struct mvc_pipeline *out = p->out;
	struct mvc_stage *v;

	/* By powers of two. */
	if ((out->n & (out->n - 1)) == 0) {
		v = reallocarray(out->v, out->n ? 2 * out->n : 1, sizeof(*v));
		if (!v)
			return NULL;
		out->v = v;
	}
	v = &out->v[out->n++];
	memset(v, 0, sizeof(*v));
	return v;
}

int
parse_stage(struct parse *p, const struct parse_scope *s, const void *of,
    const char *name, const struct mvc_jval *def)
{
	const struct mvc_jval *vars = mvc_jval_get(def, "vars");
	struct mvc_yaml_mark at = mvc_yaml_where(p->marks, of);
	struct parse_scope own = *s;
	struct reading rd = {.p = p, .s = s};
	MVC_OWN(mvc_jval) *scope = NULL;
	int err;

	for (const char *c = name; *c; c++)
		if (iscntrl((unsigned char)*c))
			return parse_fault(
			    p, of, "a control character in a stage's name");
	if (p->out->n == MVC_PIPELINE_STAGES)
		return parse_fault(p, of, "more than 10,000 stages");
	rd.to = next_stage(p);
	if (!rd.to || !(rd.to->name = strdup(name)))
		return no_memory();
	rd.to->line = at.line;
	rd.to->column = at.column;
	err = read_wdir(&rd, mvc_jval_get(def, "wdir"));
	own.stage = name;
	if (!err && vars) {
		err = parse_vars(&scope, p, &own, vars, rd.to->wdir);
		own.v = scope;
	}
	rd.s = &own;
	if (!err)
		err = mvc_jval_each_kept(def, read_field, &rd);
	if (!err && !rd.to->cmd.n)
		err = parse_fault(p, of, "%s has no cmd", name);
	return err;
}
