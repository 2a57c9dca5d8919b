/*
 * One pass, byte by byte:
 *
 *     [section "sub"] name = value ; comment
 *     └── header ───┘ └─ key ─┘ └ value ┘
 *
 * The reader turns CR LF into LF, so the parts below see LF only; positions
 * are those of the text itself.
 */
#include "git/gitconfig.h"
#include "util/buf.h"

#include <stdbool.h>
#include "util/banned.h"

#define END (-1)

struct parser {
	const char *text;
	size_t n, at;
	unsigned line;
	struct mvc_buf section; /* "section." or "section.sub." */
	struct mvc_buf key, value;
};

static int
peek(const struct parser *p)
{
	if (p->at == p->n)
		return END;
	if (p->text[p->at] == '\r' && p->at + 1 < p->n &&
	    p->text[p->at + 1] == '\n')
		return '\n';
	return (unsigned char)p->text[p->at];
}

static int
next(struct parser *p)
{
	int c = peek(p);

	if (c == END)
		return END;
	p->at += c == '\n' && p->text[p->at] == '\r' ? 2 : 1;
	p->line += c == '\n';
	return c;
}

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static bool
is_word(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

static bool
is_letter(int c)
{
	return is_word(c) && c != '-' && !(c >= '0' && c <= '9');
}

static char
lower(int c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static int
bad(const struct parser *p, const char *what)
{
	return mvc_fail(MVC_EINVALID, "line %u: %s", p->line, what);
}

static void
skip_blanks(struct parser *p)
{
	while (is_blank(peek(p)))
		next(p);
}

static void
skip_line(struct parser *p)
{
	while (peek(p) != '\n' && peek(p) != END)
		next(p);
}

/* After the blank of [section "sub"]: the quoted name, with its quotes. */
static int
parse_sub(struct parser *p)
{
	int c, err;

	skip_blanks(p);
	if (next(p) != '"')
		return bad(p, "a subsection must be quoted");
	while ((c = next(p)) != '"') {
		if (c == '\\')
			c = next(p);
		if (c == '\n' || c == END)
			return bad(p, "the subsection's name does not end");
		err = mvc_buf_add_char(&p->section, (char)c);
		if (err)
			return err;
	}
	err = mvc_buf_add_char(&p->section, '.');
	if (err)
		return err;
	return next(p) == ']' ? MVC_OK : bad(p, "']' is missing");
}

/* After '['. */
static int
parse_section(struct parser *p)
{
	int c, err;

	mvc_buf_clear(&p->section);
	while ((c = next(p)) != ']' && !is_blank(c)) {
		if (!is_word(c) && c != '.')
			return bad(p,
			    "a section's name has letters, digits, "
			    "'-' and '.'");
		err = mvc_buf_add_char(&p->section, lower(c));
		if (err)
			return err;
	}
	if (p->section.len == 0)
		return bad(p, "a section without a name");
	err = mvc_buf_add_char(&p->section, '.');
	if (err)
		return err;
	return c == ']' ? MVC_OK : parse_sub(p);
}

/* After a backslash in a value: its byte, 0 for a continued line. */
static int
unescape(struct parser *p, int *out)
{
	int c = next(p);

	switch (c) {
	case '\n':
		*out = 0;
		return MVC_OK;
	case 't':
		*out = '\t';
		return MVC_OK;
	case 'b':
		*out = '\b';
		return MVC_OK;
	case 'n':
		*out = '\n';
		return MVC_OK;
	case '\\':
	case '"':
		*out = c;
		return MVC_OK;
	default:
		return bad(p, "an unknown escape in a value");
	}
}

/* After '=', to the end of the line. Blanks at either end go, unless quoted. */
static int
parse_value(struct parser *p)
{
	bool quoted = false;
	size_t keep = 0;
	int c, err = MVC_OK;

	mvc_buf_clear(&p->value);
	skip_blanks(p);
	while (!err && (c = peek(p)) != '\n' && c != END) {
		next(p);
		if (!quoted && (c == '#' || c == ';')) {
			skip_line(p);
			break;
		}
		if (c == '"') {
			quoted = !quoted;
			keep = p->value.len;
			continue;
		}
		if (c == '\\') {
			err = unescape(p, &c);
			if (err || c == 0)
				continue;
			keep = p->value.len + 1;
		}
		if (quoted || !is_blank(c))
			keep = p->value.len + 1;
		err = mvc_buf_add_char(&p->value, (char)c);
	}
	if (err)
		return err;
	if (quoted)
		return bad(p, "a quoted value does not end");
	if (p->value.data) {
		p->value.len = keep;
		p->value.data[keep] = 0;
		return MVC_OK;
	}
	return mvc_buf_reserve(&p->value, 1);
}

static int
parse_key(struct parser *p)
{
	int err;

	mvc_buf_clear(&p->key);
	if (p->section.len == 0)
		return bad(p, "a variable before any [section]");
	if (!is_letter(peek(p)))
		return bad(p, "a variable's name begins with a letter");
	err = mvc_buf_add(&p->key, p->section.data, p->section.len);
	while (!err && is_word(peek(p)))
		err = mvc_buf_add_char(&p->key, lower(next(p)));
	return err;
}

static int
parse_var(struct parser *p,
    int (*each)(void *arg, const struct mvc_gitconfig_var *var), void *arg)
{
	struct mvc_gitconfig_var var = {.start = p->at, .line = p->line};
	int err, c;

	err = parse_key(p);
	if (err)
		return err;
	var.end = p->at;
	skip_blanks(p);
	c = peek(p);
	if (c == '=') {
		next(p);
		err = parse_value(p);
		if (err)
			return err;
		var.value = p->value.data;
		var.end = p->at;
	} else if (c != '\n' && c != END) {
		return bad(p, "'=' is missing after a variable's name");
	}
	var.key = p->key.data;
	return each(arg, &var);
}

static int
parse(struct parser *p,
    int (*each)(void *arg, const struct mvc_gitconfig_var *var), void *arg)
{
	int err = MVC_OK;

	if (p->n >= 3 && memcmp(p->text, "\xef\xbb\xbf", 3) == 0)
		p->at = 3;
	while (!err && peek(p) != END) {
		int c = peek(p);

		if (is_blank(c) || c == '\n') {
			next(p);
		} else if (c == '#' || c == ';') {
			skip_line(p);
		} else if (c == '[') {
			next(p);
			err = parse_section(p);
		} else {
			err = parse_var(p, each, arg);
		}
	}
	return err;
}

int
mvc_gitconfig_parse(const char *text, size_t n,
    int (*each)(void *arg, const struct mvc_gitconfig_var *var), void *arg)
{
	struct parser p = {
	    .text = text,
	    .n = n,
	    .line = 1,
	    .section = MVC_BUF_INIT(MVC_GITCONFIG_KEY_MAX),
	    .key = MVC_BUF_INIT(MVC_GITCONFIG_KEY_MAX),
	    .value = MVC_BUF_INIT(MVC_GITCONFIG_VALUE_MAX),
	};
	int err;

	if (n > MVC_GITCONFIG_MAX)
		return mvc_fail(MVC_ETOOBIG, "%zu bytes of configuration", n);
	if (n && memchr(text, 0, n))
		return mvc_fail(MVC_EINVALID, "a NUL byte in configuration");
	err = parse(&p, each, arg);
	mvc_buf_release(&p.section);
	mvc_buf_release(&p.key);
	mvc_buf_release(&p.value);
	return err;
}
