#include "text/ini.h"

#include <ctype.h>
#include <stdbool.h>
#include "util/banned.h"

struct reader {
	unsigned line;
	char section[MVC_INI_MAX];
	char key[MVC_INI_MAX];
	char value[MVC_INI_MAX];
	size_t parent; /* length of "s3", after "s3 =" with no value */
};

static int
fault(const struct reader *r, const char *what)
{
	return mvc_fail(MVC_EINVALID, "line %u: %s", r->line, what);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void
trim(const char **p, size_t *n)
{
	while (*n && is_blank((*p)[0]))
		(*p)++, (*n)--;
	while (*n && is_blank((*p)[*n - 1]))
		(*n)--;
}

static bool
copy(char *out, const char *p, size_t n)
{
	if (n >= MVC_INI_MAX || memchr(p, 0, n))
		return false;
	memcpy(out, p, n);
	out[n] = 0;
	return true;
}

static int
read_section(struct reader *r, const char *p, size_t n)
{
	const char *end = memchr(p, ']', n);
	size_t len;

	r->parent = 0;
	if (!end)
		return fault(r, "a section without ']'");
	p++;
	len = (size_t)(end - p);
	trim(&p, &len);
	if (!copy(r->section, p, len))
		return fault(r, "a section's name is too long");
	return MVC_OK;
}

/* Where a comment begins that ends a value. */
static size_t
without_comment(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if ((p[i] == '#' || p[i] == ';') && is_blank(p[i - 1]))
			return i;
	return n;
}

/* r->key from here on is what stands before '='. */
static int
read_key(struct reader *r, const char *p, size_t n, bool inner)
{
	size_t at = 0;

	trim(&p, &n);
	if (inner) {
		at = r->parent;
		r->key[at++] = '.';
	}
	if (!n)
		return fault(r, "no name before '='");
	if (at + n >= MVC_INI_MAX || memchr(p, 0, n))
		return fault(r, "a name is too long");
	for (size_t i = 0; i < n; i++)
		r->key[at + i] = (char)tolower((unsigned char)p[i]);
	r->key[at + n] = 0;
	return MVC_OK;
}

static int
read_variable(struct reader *r, const char *p, size_t n,
    int (*each)(void *, const struct mvc_ini_var *), void *arg)
{
	struct mvc_ini_var v = {r->section, r->key, r->value};
	bool inner = is_blank(p[0]) && r->parent > 0;
	const char *eq = memchr(p, '=', n), *value;
	size_t len;
	int err;

	if (!eq) /* a continued value is none that we need */
		return is_blank(p[0]) ? MVC_OK : fault(r, "no '='");
	err = read_key(r, p, (size_t)(eq - p), inner);
	if (err)
		return err;
	value = eq + 1;
	len = (size_t)(p + n - value);
	len = without_comment(value, len);
	trim(&value, &len);
	if (!copy(r->value, value, len))
		return fault(r, "a value is too long");
	if (!inner)
		r->parent = len ? 0 : strlen(r->key);
	/* The next inner name needs room behind it. */
	if (r->parent > MVC_INI_MAX / 2)
		r->parent = 0;
	return len || inner ? each(arg, &v) : MVC_OK;
}

int
mvc_ini_parse(const char *p, size_t n,
    int (*each)(void *arg, const struct mvc_ini_var *v), void *arg)
{
	struct reader r = {0};
	int err = MVC_OK;

	while (n > 0 && !err) {
		const char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) : n, skip = len + !!end;
		const char *text = p;
		size_t k = len;

		r.line++;
		trim(&text, &k);
		if (!k || *text == '#' || *text == ';')
			err = MVC_OK;
		else if (*text == '[')
			err = read_section(&r, text, k);
		else
			err = read_variable(&r, p, len, each, arg);
		p += skip;
		n -= skip;
	}
	return err;
}
