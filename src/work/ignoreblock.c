#include "work/ignoreblock.h"

#include "util/banned.h"

static const char first_line[] = "# mvc: data that mvc tracks, kept sorted";
static const char last_line[] = "# mvc: end";

struct line {
	const char *p;
	size_t n; /* without its end */
	size_t whole; /* with it */
};

/* A text taken apart; lines point into it. */
struct parts {
	struct line *lines; /* of the block, sorted */
	size_t n, cap;
	struct mvc_buf before, after; /* the block */
	bool seen; /* a block */
	const char *eol;
};

static void
parts_release(struct parts *p)
{
	free(p->lines);
	mvc_buf_release(&p->before);
	mvc_buf_release(&p->after);
}

int
mvc_ignoreblock_escape(struct mvc_buf *out, const char *name)
{
	size_t n = strlen(name), spaces = n;
	int err;

	while (spaces > 0 && name[spaces - 1] == ' ')
		spaces--;
	err = mvc_buf_add_char(out, '/');
	for (size_t i = 0; !err && i < n; i++) {
		/* Git takes a CR at the end of a line for part of its end. */
		if (name[i] == '\r' && i + 1 == n)
			return mvc_buf_add_str(out, "[\r]");
		if (name[i] == '\n') {
			err = mvc_buf_add_str(out, "[[:cntrl:]]");
			continue;
		}
		if (strchr("*?[\\", name[i]) || i >= spaces)
			err = mvc_buf_add_char(out, '\\');
		if (!err)
			err = mvc_buf_add_char(out, name[i]);
	}
	return err;
}

static bool
is_line(const struct line *l, const char *text)
{
	return l->n == strlen(text) && !memcmp(l->p, text, l->n);
}

static bool
next_line(struct line *l, const char **at, const char *end)
{
	const char *lf;

	if (*at == end)
		return false;
	lf = memchr(*at, '\n', (size_t)(end - *at));
	l->p = *at;
	l->whole = lf ? (size_t)(lf + 1 - *at) : (size_t)(end - *at);
	l->n = lf ? l->whole - 1 : l->whole;
	if (lf && l->n > 0 && l->p[l->n - 1] == '\r')
		l->n--;
	*at += l->whole;
	return true;
}

static int
cmp(const struct line *a, const struct line *b)
{
	int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);

	return c ? c : a->n < b->n ? -1 : a->n > b->n;
}

/* Insert a line in its place; one that is there already is dropped. */
static int
insert(struct parts *p, const struct line *l)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (cmp(&p->lines[mid], l) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < p->n && cmp(&p->lines[lo], l) == 0)
		return MVC_OK;
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 16;
		struct line *v = realloc(p->lines, cap * sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory");
		p->lines = v;
		p->cap = cap;
	}
	memmove(
	    p->lines + lo + 1, p->lines + lo, (p->n - lo) * sizeof(*p->lines));
	p->lines[lo] = *l;
	p->n++;
	return MVC_OK;
}

static int
take_apart(struct parts *p, const char *text, size_t n)
{
	const char *at = text;
	bool inside = false;
	struct line l;
	int err = MVC_OK;

	while (!err && next_line(&l, &at, text + n)) {
		if (is_line(&l, first_line)) {
			inside = p->seen = true;
		} else if (is_line(&l, last_line)) {
			if (!inside && !p->seen)
				err = mvc_buf_add(&p->before, l.p, l.whole);
			inside = false;
		} else if (inside && l.n > 0 && l.p[0] == '/') {
			err = insert(p, &l);
		} else {
			/* A line of somebody else's in the block follows it;
			 * without an end the block ends with its lines. */
			err = mvc_buf_add(
			    p->seen ? &p->after : &p->before, l.p, l.whole);
		}
	}
	return err;
}

static int
add_line(struct mvc_buf *out, const char *p, size_t n, const char *eol)
{
	int err = mvc_buf_add(out, p, n);

	return err ? err : mvc_buf_add_str(out, eol);
}

static int
put_together(struct mvc_buf *out, struct parts *p)
{
	int err;

	mvc_buf_clear(out);
	err = mvc_buf_add(out, p->before.data, p->before.len);
	if (!err && p->n) {
		if (out->len && out->data[out->len - 1] != '\n')
			err = mvc_buf_add_str(out, p->eol);
		if (!err)
			err = add_line(
			    out, first_line, strlen(first_line), p->eol);
		for (size_t i = 0; !err && i < p->n; i++)
			err =
			    add_line(out, p->lines[i].p, p->lines[i].n, p->eol);
		if (!err)
			err =
			    add_line(out, last_line, strlen(last_line), p->eol);
	}
	return err ? err : mvc_buf_add(out, p->after.data, p->after.len);
}

static void
remove_line(struct parts *p, const struct line *l)
{
	for (size_t i = 0; i < p->n; i++) {
		if (cmp(&p->lines[i], l))
			continue;
		p->n--;
		memmove(p->lines + i, p->lines + i + 1,
		    (p->n - i) * sizeof(*p->lines));
		return;
	}
}

int
mvc_ignoreblock_edit(struct mvc_buf *out, const char *text, size_t n,
    const char *name, bool add, bool *changed)
{
	MVC_SCOPED(mvc_buf) line = MVC_BUF_INIT(4096);
	struct parts p = {
	    .before = MVC_BUF_INIT(out->max), .after = MVC_BUF_INIT(out->max)};
	const char *lf = n ? memchr(text, '\n', n) : NULL;
	struct line l;
	int err;

	p.eol = lf && lf > text && lf[-1] == '\r' ? "\r\n" : "\n";
	err = mvc_ignoreblock_escape(&line, name);
	if (!err)
		err = take_apart(&p, text, n);
	if (!err) {
		l = (struct line){line.data, line.len, line.len};
		if (add)
			err = insert(&p, &l);
		else
			remove_line(&p, &l);
	}
	if (!err)
		err = put_together(out, &p);
	if (!err)
		*changed = out->len != n || (n && memcmp(out->data, text, n));
	parts_release(&p);
	return err;
}
