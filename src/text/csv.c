#include "text/csv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "util/banned.h"

/* The cells are written over a copy of the text, which they never outgrow. */
struct csv {
	struct mvc_csv *t;
	const char *p, *end;
	char *to;
	size_t n, cap; /* cells */
	size_t line; /* of the text, from 1 */
	char separator;
};

void
mvc_csv_release(struct mvc_csv *t)
{
	free(t->text);
	free(t->cell);
	*t = (struct mvc_csv){.text = NULL};
}

static int
fault(const struct csv *c, const char *what)
{
	return mvc_fail(MVC_EINVALID, "line %zu: %s", c->line, what);
}

static bool
at_end(const struct csv *c)
{
	return c->p == c->end || *c->p == '\n' ||
	    (*c->p == '\r' && c->p + 1 < c->end && c->p[1] == '\n');
}

static void
skip_end(struct csv *c)
{
	if (c->p < c->end && *c->p == '\r')
		c->p++;
	if (c->p < c->end && *c->p == '\n')
		c->p++;
	c->line++;
}

static int
begin_cell(struct csv *c)
{
	if (c->n >= MVC_CSV_CELLS)
		return mvc_fail(MVC_ETOOBIG, "a table of more than %d cells",
		    MVC_CSV_CELLS);
	if (c->n == c->cap) {
		size_t cap = c->cap ? 2 * c->cap : 64;
		char **cell = reallocarray(c->t->cell, cap, sizeof(*cell));

		if (!cell)
			return mvc_fail(MVC_ENOMEM, "no memory for a table");
		c->t->cell = cell;
		c->cap = cap;
	}
	c->t->cell[c->n++] = c->to;
	return MVC_OK;
}

static int
quoted(struct csv *c)
{
	for (c->p++; c->p < c->end; c->p++) {
		if (*c->p == '\n')
			c->line++;
		if (*c->p == '"' && (c->p + 1 == c->end || c->p[1] != '"')) {
			c->p++;
			return MVC_OK;
		}
		if (*c->p == '"')
			c->p++;
		*c->to++ = *c->p;
	}
	return fault(c, "a quote is not closed");
}

static int
cell(struct csv *c)
{
	int err = begin_cell(c);

	if (!err && c->p < c->end && *c->p == '"')
		err = quoted(c);
	else
		while (!at_end(c) && *c->p != c->separator)
			*c->to++ = *c->p++;
	if (!err && !at_end(c) && *c->p != c->separator)
		err = fault(c, "something stands behind a closing quote");
	*c->to++ = 0;
	return err;
}

static int
row(struct csv *c)
{
	size_t first = c->n;
	int err = cell(c);

	while (!err && !at_end(c)) {
		c->p++;
		err = cell(c);
	}
	if (!err && c->t->columns == 0)
		c->t->columns = c->n;
	if (!err && c->n - first != c->t->columns)
		err = fault(c, "more cells than names, or fewer");
	if (!err && c->t->columns > MVC_CSV_COLUMNS)
		err = fault(c, "too many columns");
	skip_end(c);
	return err;
}

int
mvc_csv_parse(struct mvc_csv *out, const char *p, size_t n, char separator)
{
	struct csv c = {
	    .t = out, .p = p, .end = p + n, .line = 1, .separator = separator};
	int err = MVC_OK;

	/* A cell may take one byte more than it has, at the very end. */
	*out = (struct mvc_csv){.text = malloc(n + 2)};
	if (!out->text)
		return mvc_fail(MVC_ENOMEM, "no memory for a table");
	c.to = out->text;
	if (n >= 3 && !memcmp(p, "\xef\xbb\xbf", 3))
		c.p += 3;
	if (n && memchr(p, 0, n))
		err = mvc_fail(MVC_EINVALID, "it is no text");
	while (!err && c.p < c.end) {
		if (at_end(&c))
			skip_end(&c);
		else
			err = row(&c);
	}
	if (!err && out->columns)
		out->rows = c.n / out->columns - 1;
	if (err)
		mvc_csv_release(out);
	return err;
}

enum mvc_csv_kind
mvc_csv_scalar(const char *s, int64_t *whole, double *real)
{
	size_t digits = strspn(s, "0123456789+-.eE");
	char *end;

	if (!*s || s[digits] || !strpbrk(s, "0123456789"))
		return MVC_CSV_TEXT;
	errno = 0;
	*whole = strtoll(s, &end, 10);
	if (!*end && !errno)
		return MVC_CSV_INT;
	*real = strtod(s, &end);
	return *end || !isfinite(*real) ? MVC_CSV_TEXT : MVC_CSV_REAL;
}
