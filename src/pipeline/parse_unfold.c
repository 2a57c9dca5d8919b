/* foreach and matrix: one stage of the file becomes several. */
#include "pipeline/parse_priv.h"
#include "pipeline/template.h"

#include <ctype.h>
#include <stdio.h>

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

struct unfolding {
	struct parse *p;
	const struct parse_scope *s;
	const char *name; /* of the stage in the file */
	const struct mvc_jval *def; /* of each copy */
	bool matrix;
};

/* One copy. */
static int
unfold(struct unfolding *u, const char *key, const struct mvc_jval *item,
    bool with_key)
{
	struct parse_scope own = *u->s;
	MVC_OWN(mvc_jval) *more = NULL;
	MVC_OWN(mvc_jval) *scope = NULL;
	MVC_OWN(mvc_jval) *text = NULL;
	MVC_OWN_MEM char *name = NULL;
	int err = mvc_jval_new_object(&more);

	if (!err)
		err = mvc_jval_put(more, "item", item);
	if (!err && with_key)
		err = mvc_jval_new_str(&text, key);
	if (!err && with_key)
		err = mvc_jval_put(more, "key", text);
	if (!err)
		err = parse_scope_with(&scope, u->p, u->s->v, more);
	if (!err && asprintf(&name, "%s@%s", u->name, key) < 0) {
		name = NULL;
		err = no_memory();
	}
	own.v = scope;
	own.item = true;
	own.key = with_key;
	own.matrix = u->matrix;
	return err ? err : parse_stage(u->p, &own, u->name, name, u->def);
}

/* The value, resolved where it is a ${…}; borrowed. */
static int
resolved(const struct mvc_jval **out, struct parse *p,
    const struct parse_scope *s, const void *of, const struct mvc_jval *v)
{
	const char *text = mvc_jval_str(v);
	int err;

	*out = v;
	if (!text)
		return MVC_OK;
	err = mvc_template_value(out, text, s->v);
	if (!*out)
		*out = v;
	return err ? parse_where(p, of, err) : MVC_OK;
}

static bool
is_compound(const struct mvc_jval *v)
{
	return mvc_jval_kind(v) == MVC_JARRAY ||
	    mvc_jval_kind(v) == MVC_JOBJECT;
}

/* An element written in the file itself, its ${…} resolved. */
static int
element(struct mvc_jval **out, struct unfolding *u, const struct mvc_jval *v);

struct members {
	struct unfolding *u;
	struct mvc_jval *to;
};

static int
member(void *arg, const char *key, const struct mvc_jval *v)
{
	struct members *m = arg;
	MVC_OWN(mvc_jval) *e = NULL;
	MVC_OWN_MEM char *name = NULL;
	int err = parse_resolve(&name, m->u->p, m->u->s, key, key, false);

	if (!err)
		err = element(&e, m->u, v);
	return err ? err : mvc_jval_put(m->to, name, e);
}

static int
elements(struct mvc_jval **out, struct unfolding *u, const struct mvc_jval *v)
{
	bool list = mvc_jval_kind(v) == MVC_JARRAY;
	MVC_OWN(mvc_jval) *to = NULL;
	struct members m = {u, NULL};
	int err = list ? mvc_jval_new_array(&to) : mvc_jval_new_object(&to);

	m.to = to;
	if (!err && !list)
		err = mvc_jval_each_kept(v, member, &m);
	for (size_t i = 0; !err && list && i < mvc_jval_count(v); i++) {
		MVC_OWN(mvc_jval) *e = NULL;

		err = element(&e, u, mvc_jval_at(v, i));
		if (!err)
			err = mvc_jval_append(to, e);
	}
	if (!err)
		*out = MVC_TAKE(to);
	return err;
}

static int
element(struct mvc_jval **out, struct unfolding *u, const struct mvc_jval *v)
{
	const struct mvc_jval *is;
	MVC_OWN_MEM char *text = NULL;
	int err;

	if (is_compound(v))
		return elements(out, u, v);
	err = resolved(&is, u->p, u->s, v, v);
	if (err)
		return err;
	if (is != v || !mvc_jval_str(v))
		return mvc_jval_share(out, is);
	err = parse_text(&text, u->p, u->s, v, v, false);
	return err ? err : mvc_jval_new_str(out, text);
}

static int
key_text(char **out, const struct mvc_jval *v)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_PIPELINE_TEXT);
	int err = mvc_template_text(&b, v, false);

	if (err)
		return err;
	*out = mvc_buf_take(&b);
	return *out ? MVC_OK : no_memory();
}

static int
unfold_member(void *arg, const char *key, const struct mvc_jval *v)
{
	return unfold(arg, key, v, true);
}

/* What is said twice counts once. */
static bool
is_before(const struct mvc_jval *list, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (mvc_jval_eq(mvc_jval_at(list, k), mvc_jval_at(list, i)))
			return true;
	return false;
}

static int
unfold_list(struct unfolding *u, const struct mvc_jval *list)
{
	bool numbered = false;
	int err = MVC_OK;

	if (mvc_jval_count(list) > MVC_PIPELINE_STAGES)
		return parse_fault(u->p, u->name, "more than 10,000 stages");
	for (size_t i = 0; i < mvc_jval_count(list); i++)
		numbered |= is_compound(mvc_jval_at(list, i));
	for (size_t i = 0; !err && i < mvc_jval_count(list); i++) {
		const struct mvc_jval *v = mvc_jval_at(list, i);
		MVC_OWN_MEM char *key = NULL;

		if (!numbered && is_before(list, i))
			continue;
		if (numbered)
			err =
			    asprintf(&key, "%zu", i) < 0 ? no_memory() : MVC_OK;
		else
			err = key_text(&key, v);
		if (!err)
			err = unfold(u, key, v, false);
	}
	return err;
}

static int
check_foreach(void *arg, const char *key, const struct mvc_jval *v)
{
	(void)v;
	return strcmp(key, "foreach") && strcmp(key, "do")
	    ? parse_fault(arg, key, "%s: beside foreach is but do", key)
	    : MVC_OK;
}

int
parse_foreach(struct parse *p, const struct parse_scope *s, const char *name,
    const struct mvc_jval *def)
{
	const struct mvc_jval *over = mvc_jval_get(def, "foreach");
	struct unfolding u = {p, s, name, mvc_jval_get(def, "do"), false};
	MVC_OWN(mvc_jval) *list = NULL;
	int err = mvc_jval_each_kept(def, check_foreach, p);

	if (!err && (!over || !u.def || mvc_jval_kind(u.def) != MVC_JOBJECT))
		err = parse_fault(p, name,
		    "%s: foreach and do, an object, go together", name);
	if (!err)
		err = element(&list, &u, over);
	if (err)
		return err;
	if (mvc_jval_kind(list) == MVC_JOBJECT)
		return mvc_jval_each_kept(list, unfold_member, &u);
	return mvc_jval_kind(list) == MVC_JARRAY
	    ? unfold_list(&u, list)
	    : parse_fault(p, name, "%s: foreach is a list or object", name);
}

/* The axes of a matrix, one combination after the other. */
struct axes {
	struct unfolding *u;
	struct axis {
		const char *name;
		const struct mvc_jval *list;
		size_t at;
	} v[16];
	size_t n, product;
};

static int
add_axis(void *arg, const char *key, const struct mvc_jval *v)
{
	struct axes *a = arg;
	size_t n = mvc_jval_count(v);

	if (mvc_jval_kind(v) != MVC_JARRAY)
		return parse_fault(
		    a->u->p, a->u->name, "matrix: %s is a list", key);
	if (a->n == sizeof(a->v) / sizeof(*a->v) ||
	    (n && a->product > MVC_PIPELINE_STAGES / n))
		return parse_fault(a->u->p, a->u->name,
		    "matrix: more than 16 lists or 10,000 stages");
	a->v[a->n++] = (struct axis){key, v, 0};
	a->product *= n;
	return MVC_OK;
}

static int
combination(struct axes *a)
{
	MVC_SCOPED(mvc_buf) key = MVC_BUF_INIT(MVC_PIPELINE_TEXT);
	MVC_OWN(mvc_jval) *item = NULL;
	int err = mvc_jval_new_object(&item);

	for (size_t i = 0; !err && i < a->n; i++) {
		const struct axis *x = &a->v[i];
		const struct mvc_jval *v = mvc_jval_at(x->list, x->at);

		err = mvc_jval_put(item, x->name, v);
		if (!err && i)
			err = mvc_buf_add_char(&key, '-');
		if (!err && is_compound(v))
			err = mvc_buf_addf(&key, "%s%zu", x->name, x->at);
		else if (!err)
			err = mvc_template_text(&key, v, false);
	}
	return err ? err : unfold(a->u, key.data, item, true);
}

int
parse_matrix(struct parse *p, const struct parse_scope *s, const char *name,
    const struct mvc_jval *def)
{
	struct unfolding u = {p, s, name, def, true};
	struct axes a = {.u = &u, .product = 1};
	MVC_OWN(mvc_jval) *lists = NULL;
	int err = element(&lists, &u, mvc_jval_get(def, "matrix"));

	if (!err && mvc_jval_kind(lists) != MVC_JOBJECT)
		err = parse_fault(p, name, "%s: matrix is an object", name);
	if (!err)
		err = mvc_jval_each_kept(lists, add_axis, &a);
	if (!err && a.n == 0)
		err = parse_fault(p, name, "%s: matrix is empty", name);
	for (size_t k = 0; !err && k < a.product; k++) {
		err = combination(&a);
		/* The last is the fastest. */
		for (size_t i = a.n; i-- > 0;) {
			if (++a.v[i].at < mvc_jval_count(a.v[i].list))
				break;
			a.v[i].at = 0;
		}
	}
	return err;
}
