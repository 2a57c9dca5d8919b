#include "cmd/numbers.h"

#include "cmd/table.h"
#include "git/repo.h"

#include "util/banned.h"

/* What one side says in one file. */
struct side {
	struct mvc_run_values l;
	bool there;
};

struct row {
	const char *path;
	const struct mvc_run_value *a, *b; /* NULL: not there */
};

struct numbers {
	struct mvc_env *env;
	struct mvc_table table;
	bool all, differs;
};

static void
side_release(struct side *s)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;

	r.params = s->l;
	s->l = (struct mvc_run_values){.n = 0};
}

static int
by_key(const void *a, const void *b)
{
	const struct mvc_run_value *x = a, *y = b;

	return strverscmp(x->key, y->key);
}

static int
side_read(struct side *s, struct mvc_view *v, const char *path)
{
	int err = mvc_numbers_read(&s->l, v, path);

	s->there = !err;
	if (s->l.n)
		qsort(s->l.v, s->l.n, sizeof(*s->l.v), by_key);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* ---- values ---- */

char *
mvc_numbers_value(const struct mvc_run_value *v)
{
	char *s = NULL;

	switch (v->type) {
	case MVC_RUN_NULL:
		return strdup("null");
	case MVC_RUN_BOOL:
		return strdup(v->truth ? "true" : "false");
	case MVC_RUN_INT:
		return asprintf(&s, "%jd", (intmax_t)v->whole) < 0 ? NULL : s;
	case MVC_RUN_REAL:
		return strdup(mvc_number_of(v->real).s);
	case MVC_RUN_TEXT:
		break;
	}
	return strdup(v->text);
}

void
mvc_numbers_json(struct mvc_json *j, const struct mvc_run_value *v)
{
	switch (v->type) {
	case MVC_RUN_NULL:
		mvc_json_null(j);
		return;
	case MVC_RUN_BOOL:
		mvc_json_bool(j, v->truth);
		return;
	case MVC_RUN_INT:
		mvc_json_i64(j, v->whole);
		return;
	case MVC_RUN_REAL:
		mvc_json_double(j, v->real);
		return;
	case MVC_RUN_TEXT:
		mvc_json_str(j, v->text);
		return;
	}
}

static bool
is_number(const struct mvc_run_value *v)
{
	return v && (v->type == MVC_RUN_INT || v->type == MVC_RUN_REAL);
}

static double
number(const struct mvc_run_value *v)
{
	return v->type == MVC_RUN_INT ? (double)v->whole : v->real;
}

static bool
is_same(const struct mvc_run_value *a, const struct mvc_run_value *b)
{
	if (!a || !b)
		return false;
	if (a->type != b->type)
		return is_number(a) && is_number(b) && number(a) == number(b);
	switch (a->type) {
	case MVC_RUN_NULL:
		return true;
	case MVC_RUN_BOOL:
		return a->truth == b->truth;
	case MVC_RUN_INT:
		return a->whole == b->whole;
	case MVC_RUN_REAL:
		return a->real == b->real;
	case MVC_RUN_TEXT:
		break;
	}
	return !strcmp(a->text, b->text);
}

/* How much more it is; "" of what are no numbers. */
static struct mvc_number
change_of(const struct row *r)
{
	struct mvc_number n = {""};
	int64_t whole;

	if (!is_number(r->a) || !is_number(r->b))
		return n;
	if (r->a->type != MVC_RUN_INT || r->b->type != MVC_RUN_INT ||
	    __builtin_sub_overflow(r->b->whole, r->a->whole, &whole))
		return mvc_number_change(number(r->a), number(r->b));
	snprintf(n.s, sizeof(n.s), "%jd", (intmax_t)whole);
	return n;
}

/* ---- told ---- */

static int
add_value(struct mvc_table *t, const struct mvc_run_value *v)
{
	MVC_OWN_MEM char *s = v ? mvc_numbers_value(v) : strdup("-");

	return s ? mvc_table_add(t, s) : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
add_change(struct mvc_table *t, const struct row *r)
{
	struct mvc_number n = change_of(r);
	char s[48];

	snprintf(s, sizeof(s), "%s%s",
	    *n.s && *n.s != '-' && strcmp(n.s, "0") ? "+" : "", n.s);
	return mvc_table_add(t, s);
}

static void
json_side(struct mvc_json *j, const char *key, const struct mvc_run_value *v)
{
	if (!v)
		return;
	mvc_json_key(j, key);
	mvc_numbers_json(j, v);
}

static void
json_change(struct mvc_json *j, const struct row *r)
{
	const struct mvc_number n = change_of(r);

	if (!*n.s)
		return;
	mvc_json_key(j, "change");
	if (strpbrk(n.s, ".en"))
		mvc_json_double(j, strtod(n.s, NULL));
	else
		mvc_json_i64(j, strtoll(n.s, NULL, 10));
}

static int
tell(struct numbers *x, const struct row *r)
{
	const struct mvc_run_value *any = r->b ? r->b : r->a;
	struct mvc_json *j = x->env->common.json ? mvc_out_json(x->env) : NULL;
	bool two = x->table.columns > 3;
	int err;

	if (j) {
		mvc_json_object(j);
		mvc_json_key_str(j, "file", r->path);
		mvc_json_key_str(j, "key", any->key);
		json_side(j, "before", r->a);
		json_side(j, two ? "after" : "value", r->b);
		json_change(j, r);
		mvc_json_end(j);
		return MVC_OK;
	}
	err = mvc_table_add(&x->table, r->path);
	if (!err)
		err = mvc_table_add(&x->table, any->key);
	if (!err && two)
		err = add_value(&x->table, r->a);
	if (!err)
		err = add_value(&x->table, r->b);
	if (!err && two)
		err = add_change(&x->table, r);
	return err;
}

/* Both are in order. */
static int
pair(struct numbers *x, const char *path, const struct side *a,
    const struct side *b)
{
	size_t i = 0, k = 0;
	int err = MVC_OK;

	while (!err && (i < a->l.n || k < b->l.n)) {
		int cmp = i == a->l.n ? 1
		    : k == b->l.n     ? -1
				      : by_key(&a->l.v[i], &b->l.v[k]);
		const struct row r = {path, cmp <= 0 ? &a->l.v[i++] : NULL,
		    cmp >= 0 ? &b->l.v[k++] : NULL};
		bool same = is_same(r.a, r.b);

		x->differs = x->differs || !same;
		if (!same || x->all)
			err = tell(x, &r);
	}
	return err;
}

/* One side is shown, of two what differs. */
static int
on_file(struct numbers *x, const struct mvc_sides *s, const char *path)
{
	struct side side[2] = {{.there = false}, {.there = false}};
	int err = side_read(&side[1], s->v[s->n - 1], path);

	if (!err && s->n == 2)
		err = side_read(&side[0], s->v[0], path);
	if (!err && !side[0].there && !side[1].there && s->found)
		mvc_note(x->env, "%s: it is named, and not there", path);
	else if (!err && !side[0].there && !side[1].there)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: Git has no such file there, nor does it lie here",
		    path);
	if (!err)
		err = pair(x, path, &side[0], &side[1]);
	side_release(&side[0]);
	side_release(&side[1]);
	return err;
}

static int
heads(struct numbers *x, const struct mvc_sides *s)
{
	int err;

	x->table.columns = s->n == 2 ? 5 : 3;
	err = mvc_table_add(&x->table, "file");
	if (!err)
		err = mvc_table_add(&x->table, "key");
	for (size_t i = 0; !err && i < s->n; i++)
		err =
		    mvc_table_add(&x->table, s->n == 2 ? s->name[i] : "value");
	if (!err && s->n == 2)
		err = mvc_table_add(&x->table, "change");
	return err;
}

static int
tell_all(struct numbers *x, struct mvc_sides *s, enum mvc_numbers which)
{
	struct mvc_env *env = x->env;
	bool json = env->common.json;
	int err = mvc_sides_find(s, x->env, which);

	if (!err)
		err = heads(x, s);
	if (!err && json)
		mvc_json_array(mvc_out_json(env));
	for (size_t i = 0; !err && i < s->paths.n; i++)
		err = on_file(x, s, s->paths.v[i]);
	if (err)
		return err;
	if (json)
		mvc_json_end(mvc_out_json(env));
	else if (x->table.cells.n > x->table.columns)
		mvc_table_print(env, &x->table);
	return MVC_OK;
}

int
mvc_numbers_show(struct mvc_env *env, enum mvc_numbers which)
{
	MVC_SCOPED(mvc_sides) s = {.n = 0};
	struct numbers x = {.env = env, .all = true};
	int err = mvc_sides_words(&s, env, 1);

	if (!err && !s.n)
		err =
		    mvc_sides_add(&s, env, env->repo->worktree ? NULL : "HEAD");
	if (!err)
		err = tell_all(&x, &s, which);
	mvc_table_release(&x.table);
	return err;
}

int
mvc_numbers_diff(
    struct mvc_env *env, enum mvc_numbers which, bool all, bool exit_code)
{
	MVC_SCOPED(mvc_sides) s = {.n = 0};
	struct numbers x = {.env = env, .all = all};
	int err = mvc_sides_words(&s, env, 2);

	if (!err && !s.n)
		err = mvc_sides_add(&s, env, "HEAD");
	if (!err && s.n == 1)
		err = mvc_sides_add(&s, env, NULL);
	if (!err)
		err = tell_all(&x, &s, which);
	mvc_table_release(&x.table);
	return !err && exit_code && x.differs ? MVC_EFINDING : err;
}
