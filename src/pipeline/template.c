#include "pipeline/template.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/banned.h"

/* The first ${…} from `text` on that no backslash takes back: *n its length;
 * NULL: none. */
static const char *
find(const char *text, const char *start, size_t *n)
{
	for (const char *at = text; (at = strstr(at, "${")); at++) {
		const char *end = at + strcspn(at, "}\n");

		if ((at > start && at[-1] == '\\') || *end != '}')
			continue;
		*n = (size_t)(end - at) + 1;
		return at;
	}
	return NULL;
}

bool
mvc_template_is(const char *text)
{
	size_t n;

	return find(text, text, &n) != NULL;
}

/* ---- looking up ---- */

struct part {
	const char *s;
	size_t n;
};

static int
malformed(const char *at, size_t n)
{
	return mvc_fail(MVC_EINVALID, "%.*s is no name of a value", (int)n, at);
}

/* The next name of an expression: after a dot, or between brackets. */
static bool
next_part(struct part *p, const char **at, const char *end, bool first)
{
	bool bracket = !first && **at == '[';
	size_t n;

	if (!first && **at != '.' && !bracket)
		return false;
	p->s = first ? *at : *at + 1;
	for (n = 0; p->s + n < end && !strchr(".[]", p->s[n]); n++)
		;
	*at = p->s + n;
	p->n = n;
	if (n == 0 || (bracket && (*at == end || **at != ']')))
		return false;
	*at += bracket;
	while (p->n && (*p->s == ' ' || *p->s == '\t')) {
		p->s++;
		p->n--;
	}
	while (p->n && (p->s[p->n - 1] == ' ' || p->s[p->n - 1] == '\t'))
		p->n--;
	return true;
}

static const struct mvc_jval *
element(const struct mvc_jval *list, const char *name)
{
	long long n = (long long)mvc_jval_count(list), i;
	char *end;

	errno = 0;
	i = strtoll(name, &end, 10);
	if (errno || end == name || *end)
		return NULL;
	if (i < 0)
		i += n;
	return i >= 0 && i < n ? mvc_jval_at(list, (size_t)i) : NULL;
}

static const struct mvc_jval *
below(const struct mvc_jval *v, const struct part *p)
{
	MVC_OWN_MEM char *name = strndup(p->s, p->n);

	if (!name)
		return NULL;
	return mvc_jval_kind(v) == MVC_JARRAY ? element(v, name)
					      : mvc_jval_get(v, name);
}

/* What the ${…} at `at` stands for. */
static int
look_up(const struct mvc_jval **out, const char *at, size_t n,
    const struct mvc_jval *scope)
{
	const char *in = at + 2, *end = at + n - 1;
	const struct mvc_jval *v = scope;
	struct part p;

	for (bool first = true; first || in < end; first = false) {
		if (!next_part(&p, &in, end, first))
			return malformed(at, n);
		v = below(v, &p);
		if (!v)
			return mvc_fail(MVC_EINVALID,
			    "%.*s: there is no value of that name", (int)n, at);
	}
	*out = v;
	return MVC_OK;
}

/* ---- values as texts ---- */

/* As Python's repr() has them: the shortest digits that read back the same. */
static int
add_real(struct mvc_buf *out, double v)
{
	char digits[40], *e;
	int power, precision = 1;

	do
		snprintf(digits, sizeof(digits), "%.*e", precision - 1, v);
	while (strtod(digits, NULL) != v && ++precision <= 17);
	e = strchr(digits, 'e');
	power = (int)strtol(e + 1, NULL, 10);
	if (power >= -4 && power < 16) {
		int after = precision - 1 - power;

		return mvc_buf_addf(out, "%.*f", after > 1 ? after : 1, v);
	}
	*e = 0;
	return mvc_buf_addf(out, "%se%c%02d", digits, power < 0 ? '-' : '+',
	    power < 0 ? -power : power);
}

static int
add_scalar(struct mvc_buf *out, const struct mvc_jval *v)
{
	switch (mvc_jval_kind(v)) {
	case MVC_JNULL:
		return mvc_buf_add_str(out, "None");
	case MVC_JBOOL:
		return mvc_buf_add_str(
		    out, mvc_jval_bool(v) ? "true" : "false");
	case MVC_JINT:
		return mvc_buf_addf(out, "%lld", (long long)mvc_jval_int(v));
	case MVC_JREAL:
		return add_real(out, mvc_jval_number(v));
	default:
		return mvc_buf_add_str(out, mvc_jval_str(v));
	}
}

/* As Python's shlex.quote(). */
static int
add_quoted(struct mvc_buf *out, const char *s)
{
	int err;

	if (*s &&
	    !s[strspn(s,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_@%+=:,./-")])
		return mvc_buf_add_str(out, s);
	err = mvc_buf_add_char(out, '\'');
	for (; !err && *s; s++)
		err = *s == '\'' ? mvc_buf_add_str(out, "'\"'\"'")
				 : mvc_buf_add_char(out, *s);
	return err ? err : mvc_buf_add_char(out, '\'');
}

struct options {
	struct mvc_buf *out;
	char name[256]; /* of the member at hand, from the top */
	bool any;
};

static int
add_word(struct options *o, const struct mvc_jval *v)
{
	if (mvc_jval_kind(v) == MVC_JSTRING)
		return add_quoted(o->out, mvc_jval_str(v));
	/* In a list that is how DVC writes it. */
	if (mvc_jval_kind(v) == MVC_JBOOL)
		return mvc_buf_add_str(
		    o->out, mvc_jval_bool(v) ? "True" : "False");
	return add_scalar(o->out, v);
}

static int
add_name(struct options *o)
{
	int err = mvc_buf_addf(o->out, "%s--%s", o->any ? " " : "", o->name);

	o->any = true;
	return err;
}

static int
add_list(struct options *o, const struct mvc_jval *v)
{
	int err = mvc_jval_count(v) ? add_name(o) : MVC_OK;

	for (size_t i = 0; !err && i < mvc_jval_count(v); i++) {
		const struct mvc_jval *e = mvc_jval_at(v, i);

		if (mvc_jval_kind(e) == MVC_JARRAY ||
		    mvc_jval_kind(e) == MVC_JOBJECT)
			return mvc_fail(MVC_EINVALID,
			    "a list within the list %s is no option", o->name);
		err = mvc_buf_add_char(o->out, ' ');
		if (!err)
			err = add_word(o, e);
	}
	return err;
}

static int
add_option(void *arg, const char *key, const struct mvc_jval *v)
{
	struct options *o = arg;
	size_t before = strlen(o->name);
	int err;

	if (before + strlen(key) + 2 > sizeof(o->name))
		return mvc_fail(
		    MVC_ETOOBIG, "an option's name of 256 characters");
	snprintf(o->name + before, sizeof(o->name) - before, "%s%s",
	    before ? "." : "", key);
	if (mvc_jval_kind(v) == MVC_JOBJECT)
		err = mvc_jval_each_kept(v, add_option, o);
	else if (mvc_jval_kind(v) == MVC_JARRAY)
		err = add_list(o, v);
	else if (mvc_jval_kind(v) == MVC_JBOOL)
		err = mvc_jval_bool(v) ? add_name(o) : MVC_OK;
	else {
		err = add_name(o);
		if (!err)
			err = mvc_buf_add_char(o->out, ' ');
		if (!err)
			err = add_word(o, v);
	}
	o->name[before] = 0;
	return err;
}

int
mvc_template_text(struct mvc_buf *out, const struct mvc_jval *v, bool options)
{
	struct options o = {.out = out};

	if (mvc_jval_kind(v) == MVC_JOBJECT && options)
		return mvc_jval_each_kept(v, add_option, &o);
	if (mvc_jval_kind(v) == MVC_JOBJECT || mvc_jval_kind(v) == MVC_JARRAY)
		return mvc_fail(MVC_EINVALID, "%s is no text",
		    mvc_jval_kind(v) == MVC_JARRAY ? "a list" : "an object");
	return add_scalar(out, v);
}

/* ---- the text ---- */

/* "\${" is "${". */
static int
add_plain(struct mvc_buf *out, const char *p, size_t n)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		if (n - i < 3 || strncmp(p + i, "\\${", 3))
			err = mvc_buf_add_char(out, p[i]);
	return err;
}

int
mvc_template_resolve(struct mvc_buf *out, const char *text,
    const struct mvc_jval *scope, bool options)
{
	const char *at = text, *hit;
	size_t n;

	while ((hit = find(at, text, &n))) {
		const struct mvc_jval *v = NULL;
		int err = add_plain(out, at, (size_t)(hit - at));

		if (!err)
			err = look_up(&v, hit, n, scope);
		if (!err)
			err = mvc_template_text(out, v, options);
		if (err == MVC_EINVALID && v)
			return mvc_fail_prefix(err, "%.*s", (int)n, hit);
		if (err)
			return err;
		at = hit + n;
	}
	return add_plain(out, at, strlen(at));
}

int
mvc_template_value(
    const struct mvc_jval **out, const char *text, const struct mvc_jval *scope)
{
	size_t n;
	const char *hit = find(text, text, &n);

	*out = NULL;
	return hit != text || text[n] ? MVC_OK : look_up(out, hit, n, scope);
}

/* ---- scopes ---- */

static int
merge_member(void *arg, const char *key, const struct mvc_jval *v)
{
	struct mvc_jval *into = arg;
	const struct mvc_jval *was = mvc_jval_get(into, key);
	MVC_OWN(mvc_jval) *both = NULL;
	int err;

	if (!was)
		return mvc_jval_put(into, key, v);
	if (mvc_jval_kind(was) != MVC_JOBJECT ||
	    mvc_jval_kind(v) != MVC_JOBJECT)
		return mvc_fail(MVC_EEXISTS, "%s", key);
	err = mvc_template_merge(&both, was, v);
	if (err == MVC_EEXISTS)
		return mvc_fail(MVC_EEXISTS, "%s.%s", key, mvc_error_text());
	return err ? err : mvc_jval_put(into, key, both);
}

static int
share_member(void *arg, const char *key, const struct mvc_jval *v)
{
	return mvc_jval_put(arg, key, v);
}

int
mvc_template_merge(
    struct mvc_jval **out, const struct mvc_jval *a, const struct mvc_jval *b)
{
	MVC_OWN(mvc_jval) *both = NULL;
	int err = mvc_jval_new_object(&both);

	*out = NULL;
	if (!err)
		err = mvc_jval_each_kept(a, share_member, both);
	if (!err)
		err = mvc_jval_each_kept(b, merge_member, both);
	if (!err)
		*out = MVC_TAKE(both);
	return err;
}
