#include "lineage/points.h"

#include "text/yaml.h"

#include <math.h>

#include "util/banned.h"

#define COLUMNS_MAX 1000

void
mvc_points_release(struct mvc_points *p)
{
	mvc_names_release(&p->names);
	mvc_csv_release(&p->csv);
	mvc_jval_free(p->doc);
	free(p->at);
	*p = (struct mvc_points){.rows = 0};
}

size_t
mvc_points_column(const struct mvc_points *p, const char *name)
{
	size_t i = 0;

	while (i < p->names.n && strcmp(p->names.v[i], name) != 0)
		i++;
	return i;
}

bool
mvc_points_numeric(const struct mvc_points *p, size_t column)
{
	bool any = false;

	for (size_t i = 0; i < p->rows; i++) {
		const struct mvc_point *c = mvc_points_at(p, i, column);

		if (c->text)
			return false;
		any = any || !isnan(c->v);
	}
	return any;
}

static int
add_column(struct mvc_points *p, const char *name)
{
	if (mvc_points_column(p, name) < p->names.n)
		return MVC_OK;
	if (p->names.n == COLUMNS_MAX)
		return mvc_fail(
		    MVC_ETOOBIG, "more than %d columns", COLUMNS_MAX);
	return mvc_names_add(&p->names, name);
}

static int
make_cells(struct mvc_points *p)
{
	size_t n = p->rows * p->names.n;

	if (n > MVC_CSV_CELLS)
		return mvc_fail(
		    MVC_ETOOBIG, "more than %d cells", MVC_CSV_CELLS);
	p->at = calloc(n + 1, sizeof(*p->at));
	if (!p->at)
		return mvc_fail(MVC_ENOMEM, "no memory to draw");
	for (size_t i = 0; i < n; i++)
		p->at[i].v = NAN;
	return MVC_OK;
}

/* ---- tables ---- */

/* What a program writes where there is no number. */
static bool
is_gap(const char *s)
{
	return !*s || !strcasecmp(s, "nan") || !strcasecmp(s, "inf") ||
	    !strcasecmp(s, "-inf") || !strcmp(s, "null");
}

static void
cell_of(struct mvc_point *out, const char *s)
{
	int64_t whole;

	switch (mvc_csv_scalar(s, &whole, &out->v)) {
	case MVC_CSV_INT:
		out->v = (double)whole;
		return;
	case MVC_CSV_REAL:
		return;
	case MVC_CSV_TEXT:
		break;
	}
	out->v = NAN;
	out->text = is_gap(s) ? NULL : s;
}

static int
parse_table(struct mvc_points *p, const struct mvc_buf *text, char separator)
{
	const struct mvc_csv *t = &p->csv;
	int err = mvc_csv_parse(
	    &p->csv, text->data ? text->data : "", text->len, separator);

	for (size_t k = 0; !err && k < t->columns; k++)
		err = mvc_names_add(&p->names, mvc_csv_name(t, k));
	if (!err && t->columns > COLUMNS_MAX)
		err =
		    mvc_fail(MVC_ETOOBIG, "more than %d columns", COLUMNS_MAX);
	p->rows = t->rows;
	if (!err)
		err = make_cells(p);
	for (size_t i = 0; !err && i < t->rows * t->columns; i++)
		cell_of(&p->at[i], t->cell[t->columns + i]);
	return err;
}

/* ---- trees ---- */

static void
value_of(struct mvc_point *out, const struct mvc_jval *v)
{
	switch (mvc_jval_kind(v)) {
	case MVC_JINT:
	case MVC_JREAL:
		out->v = mvc_jval_number(v);
		return;
	case MVC_JSTRING:
		out->text = is_gap(mvc_jval_str(v)) ? NULL : mvc_jval_str(v);
		return;
	case MVC_JBOOL:
		out->text = mvc_jval_bool(v) ? "true" : "false";
		return;
	default:
		return;
	}
}

struct taking {
	struct mvc_points *p;
	size_t row;
	const struct mvc_jval *list; /* the first that is one of objects */
	bool scalars, lists;
};

static bool
is_scalar(const struct mvc_jval *v)
{
	return mvc_jval_kind(v) != MVC_JARRAY &&
	    mvc_jval_kind(v) != MVC_JOBJECT;
}

static int
name_member(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;

	return is_scalar(v) ? add_column(t->p, key) : MVC_OK;
}

static int
put_member(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;
	size_t k = mvc_points_column(t->p, key);

	if (is_scalar(v) && k < t->p->names.n)
		value_of(&t->p->at[t->row * t->p->names.n + k], v);
	return MVC_OK;
}

static int
parse_list(struct mvc_points *p, const struct mvc_jval *list)
{
	struct taking t = {.p = p};
	size_t n = mvc_jval_count(list);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++) {
		const struct mvc_jval *v = mvc_jval_at(list, i);

		if (mvc_jval_kind(v) == MVC_JOBJECT)
			err = mvc_jval_each_kept(v, name_member, &t);
		else if (is_scalar(v))
			err = add_column(p, "value");
	}
	p->rows = n;
	if (!err)
		err = make_cells(p);
	for (t.row = 0; !err && t.row < n; t.row++) {
		const struct mvc_jval *v = mvc_jval_at(list, t.row);

		if (mvc_jval_kind(v) == MVC_JOBJECT)
			err = mvc_jval_each_kept(v, put_member, &t);
		else
			err = put_member(&t, "value", v);
	}
	return err;
}

static int
look(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;

	(void)key;
	if (is_scalar(v))
		t->scalars = true;
	if (mvc_jval_kind(v) != MVC_JARRAY || !mvc_jval_count(v))
		return MVC_OK;
	if (mvc_jval_kind(mvc_jval_at(v, 0)) == MVC_JOBJECT)
		t->list = t->list ? t->list : v;
	else
		t->lists = true;
	return MVC_OK;
}

static int
name_list(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;

	if (mvc_jval_kind(v) != MVC_JARRAY)
		return MVC_OK;
	if (mvc_jval_count(v) > t->p->rows)
		t->p->rows = mvc_jval_count(v);
	return add_column(t->p, key);
}

static int
put_list(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;
	size_t k = mvc_points_column(t->p, key);

	for (size_t i = 0; k < t->p->names.n && i < mvc_jval_count(v); i++)
		value_of(&t->p->at[i * t->p->names.n + k], mvc_jval_at(v, i));
	return MVC_OK;
}

static int
put_pair(void *arg, const char *key, const struct mvc_jval *v)
{
	struct taking *t = arg;

	if (!is_scalar(v))
		return MVC_OK;
	t->p->at[2 * t->row].text = key;
	value_of(&t->p->at[2 * t->row++ + 1], v);
	return MVC_OK;
}

static int
parse_object(struct mvc_points *p, const struct mvc_jval *v)
{
	struct taking t = {.p = p};
	int err = mvc_jval_each_kept(v, look, &t);

	if (err)
		return err;
	if (t.list)
		return parse_list(p, t.list);
	if (t.lists) {
		err = mvc_jval_each_kept(v, name_list, &t);
		if (!err)
			err = make_cells(p);
		return err ? err : mvc_jval_each_kept(v, put_list, &t);
	}
	err = add_column(p, "name");
	if (!err)
		err = add_column(p, "value");
	p->rows = mvc_jval_count(v);
	if (!err)
		err = make_cells(p);
	if (!err)
		err = mvc_jval_each_kept(v, put_pair, &t);
	p->rows = t.row;
	return err;
}

static int
parse_tree(struct mvc_points *p, const struct mvc_buf *text, bool yaml)
{
	const char *s = text->data ? text->data : "";
	int err;

	err = yaml ? mvc_yaml_parse(&p->doc, s, text->len)
		   : mvc_jval_parse(&p->doc, s, text->len);
	if (err)
		return err;
	if (mvc_jval_kind(p->doc) == MVC_JARRAY)
		return parse_list(p, p->doc);
	if (mvc_jval_kind(p->doc) == MVC_JOBJECT)
		return parse_object(p, p->doc);
	return mvc_fail(MVC_EINVALID, "neither a list nor an object");
}

int
mvc_points_parse(
    struct mvc_points *out, const char *path, const struct mvc_buf *text)
{
	const char *dot = strrchr(path, '.');
	int err;

	*out = (struct mvc_points){.rows = 0};
	if (!dot)
		dot = "";
	if (!strcmp(dot, ".csv"))
		err = parse_table(out, text, ',');
	else if (!strcmp(dot, ".tsv"))
		err = parse_table(out, text, '\t');
	else if (!strcmp(dot, ".json"))
		err = parse_tree(out, text, false);
	else if (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"))
		err = parse_tree(out, text, true);
	else
		err = mvc_fail(MVC_EINVALID,
		    "plots are of .json, .yaml, .yml, .csv and .tsv");
	if (err)
		mvc_points_release(out);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}
