#include "work/ignorefile.h"

#include <ctype.h>
#include <stdint.h>

#include "util/banned.h"

/*
 * A star that fails tells those around it whether to go on: after FAIL_ALL the
 * text was too short and no longer match can help; after FAIL_SLASH a '*' met
 * a '/', so only a "**" can help. That keeps hostile patterns from taking
 * exponential time.
 */
enum wild {
	WILD_MATCH,
	WILD_FAIL,
	WILD_FAIL_ALL,
	WILD_FAIL_SLASH,
};

struct rule {
	const char *line; /* with '!' and leading '/' */
	unsigned number; /* of the line, from 1 */
	const char *pattern; /* without '!', leading and final '/' */
	size_t literal; /* bytes before the first wildcard */
	bool include, dir_only, name_only;
};

struct mvc_rules {
	char *base;
	size_t base_len;
	char *text; /* patterns point into it */
	struct rule *v;
	size_t n;
};

struct class_name {
	const char *name;
	int (*is)(int c);
};
static const struct class_name classes[] = {{"alnum", isalnum},
    {"alpha", isalpha}, {"blank", isblank}, {"cntrl", iscntrl},
    {"digit", isdigit}, {"graph", isgraph}, {"lower", islower},
    {"print", isprint}, {"punct", ispunct}, {"space", isspace},
    {"upper", isupper}, {"xdigit", isxdigit}};

/* [:name:] at *p, which is moved to its last ']'. -1 if malformed. */
static int
in_named_class(const char **p, unsigned char c)
{
	const char *s = *p + 2, *end = s;

	while (*end && *end != ']')
		end++;
	if (!*end)
		return -1;
	if (end == s || end[-1] != ':')
		return -2; /* just a '[' in the set */
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		size_t n = strlen(classes[i].name);

		if ((size_t)(end - 1 - s) != n || memcmp(s, classes[i].name, n))
			continue;
		*p = end;
		return c < 128 && classes[i].is(c) ? 1 : 0;
	}
	return -1;
}

/* One member of a set, or the end of a range from `before`. -1: malformed. */
static int
in_member(const char **p, unsigned char c, unsigned char *before)
{
	unsigned char m = (unsigned char)**p;
	int in;

	if (m == '-' && *before && (*p)[1] && (*p)[1] != ']') {
		m = (unsigned char)*++*p;
		if (m == '\\')
			m = (unsigned char)*++*p;
		if (!m)
			return -1;
		in = c >= *before && c <= m;
		*before = 0;
		return in;
	}
	if (m == '[' && (*p)[1] == ':') {
		in = in_named_class(p, c);
		if (in != -2) {
			*before = 0;
			return in;
		}
	} else if (m == '\\') {
		m = (unsigned char)*++*p;
		if (!m)
			return -1;
	}
	*before = m;
	return c == m;
}

/* The set at *p ('['), which is moved to its ']'. -1 if it is malformed. */
static int
in_set(const char **p, unsigned char c)
{
	bool negated, found = false;
	unsigned char before = 0;
	int in;

	++*p;
	negated = **p == '!' || **p == '^';
	if (negated)
		++*p;
	do {
		if (!**p)
			return -1;
		in = in_member(p, c, &before);
		if (in < 0)
			return -1;
		found |= in;
		++*p;
	} while (**p != ']');
	return found != negated;
}

static enum wild wild(const char *start, const char *t, bool pathname);

/* Stars at p, which begins its pattern at `start`. */
static enum wild
wild_stars(const char *start, const char *p, const char *t, bool pathname)
{
	bool first = p == start || p[-1] == '/', cross = !pathname;
	const char *after = p + 1;
	enum wild w;

	if (*after == '*') {
		while (*after == '*')
			after++;
		if (pathname && first &&
		    (!*after || *after == '/' ||
			(after[0] == '\\' && after[1] == '/'))) {
			/* "x/(**)/y" is also x/y. */
			if (*after == '/' &&
			    wild(after + 1, t, pathname) == WILD_MATCH)
				return WILD_MATCH;
			cross = true;
		}
	}
	if (!*after)
		return cross || !strchr(t, '/') ? WILD_MATCH : WILD_FAIL_SLASH;
	if (!cross && *after == '/') {
		t = strchr(t, '/');
		return t ? wild(after, t, pathname) : WILD_FAIL;
	}
	for (; *t; t++) {
		w = wild(after, t, pathname);
		if (w == WILD_FAIL) {
			if (!cross && *t == '/')
				return WILD_FAIL_SLASH;
			continue;
		}
		if (!cross || w != WILD_FAIL_SLASH)
			return w;
	}
	return WILD_FAIL_ALL;
}

static enum wild
wild(const char *start, const char *t, bool pathname)
{
	const char *p = start;
	int in;

	for (; *p; p++, t++) {
		if (*p == '*')
			return wild_stars(start, p, t, pathname);
		if (!*t)
			return WILD_FAIL_ALL;
		if (*p == '?') {
			if (pathname && *t == '/')
				return WILD_FAIL;
			continue;
		}
		if (*p == '[') {
			in = in_set(&p, (unsigned char)*t);
			if (in < 0)
				return WILD_FAIL_ALL;
			if (!in || (pathname && *t == '/'))
				return WILD_FAIL;
			continue;
		}
		if (*p == '\\')
			p++;
		if (*p != *t)
			return WILD_FAIL;
	}
	return *t ? WILD_FAIL : WILD_MATCH;
}

bool
mvc_wildmatch(const char *pattern, const char *text, bool pathname)
{
	return wild(pattern, text, pathname) == WILD_MATCH;
}

/* Cut spaces from a line's end, unless escaped. */
static void
trim(char *line)
{
	char *cut = NULL;

	for (char *p = line; *p; p++) {
		if (*p == ' ') {
			cut = cut ? cut : p;
			continue;
		}
		cut = NULL;
		if (*p == '\\' && !*++p)
			return;
	}
	if (cut)
		*cut = 0;
}

static void
read_rule(struct rule *r, char *line, unsigned number)
{
	size_t n;

	r->line = line;
	r->number = number;
	r->include = line[0] == '!';
	line += r->include;
	n = strlen(line);
	r->dir_only = n > 0 && line[n - 1] == '/';
	if (r->dir_only)
		line[--n] = 0;
	r->name_only = !strchr(line, '/');
	r->pattern = line + (line[0] == '/');
	r->literal = strcspn(r->pattern, "*?[\\");
}

static int
add_line(struct mvc_rules *r, size_t *cap, char *line, unsigned number)
{
	if (!line[0] || line[0] == '#')
		return MVC_OK;
	trim(line);
	if (r->n == *cap) {
		size_t more = *cap ? 2 * *cap : 16;
		struct rule *v = realloc(r->v, more * sizeof(*v));

		if (!v)
			return mvc_fail(MVC_ENOMEM, "no memory for rules");
		r->v = v;
		*cap = more;
	}
	read_rule(&r->v[r->n++], line, number);
	return MVC_OK;
}

int
mvc_rules_parse(
    struct mvc_rules **out, const char *base, const char *text, size_t n)
{
	MVC_OWN(mvc_rules) *r = calloc(1, sizeof(*r));
	unsigned number = 1;
	size_t cap = 0;
	char *line, *next;
	int err = MVC_OK;

	*out = NULL;
	if (n > MVC_IGNORE_MAX)
		return mvc_fail(
		    MVC_ETOOBIG, "rules of over %d bytes", MVC_IGNORE_MAX);
	if (!r)
		return mvc_fail(MVC_ENOMEM, "no memory for rules");
	r->base = strdup(base);
	r->text = malloc(n + 1);
	if (!r->base || !r->text)
		return mvc_fail(MVC_ENOMEM, "no memory for rules");
	r->base_len = strlen(base);
	memcpy(r->text, text, n);
	r->text[n] = 0;
	line = r->text;
	if (n >= 3 && !memcmp(line, "\xef\xbb\xbf", 3))
		line += 3;
	for (; !err && line < r->text + n; line = next) {
		char *end = memchr(line, '\n', (size_t)(r->text + n - line));

		if (!end)
			end = r->text + n;
		next = end + 1;
		*end = 0;
		if (end > line && end[-1] == '\r' && next <= r->text + n)
			end[-1] = 0;
		err = add_line(r, &cap, line, number++);
	}
	if (!err)
		*out = MVC_TAKE(r);
	return err;
}

void
mvc_rules_free(struct mvc_rules *r)
{
	if (!r)
		return;
	free(r->base);
	free(r->text);
	free(r->v);
	free(r);
}

static bool
rule_matches(const struct rule *r, const char *path, const char *name)
{
	const char *pattern = r->pattern;

	if (!pattern[0])
		return false;
	if (r->name_only)
		return mvc_wildmatch(pattern, name, false);
	/* As Git does: what comes before the first wildcard is compared, and
	 * "**" right after it counts as at the start. */
	if (strncmp(pattern, path, r->literal))
		return false;
	return mvc_wildmatch(pattern + r->literal, path + r->literal, true);
}

static const struct rule *
find_rule(const struct mvc_rules *r, const char *path, bool is_dir)
{
	const char *slash = strrchr(path, '/'), *name;

	name = slash ? slash + 1 : path;
	if (r->base_len) {
		if (strncmp(path, r->base, r->base_len) ||
		    path[r->base_len] != '/')
			return NULL;
		path += r->base_len + 1;
	}
	for (size_t i = r->n; i-- > 0;) {
		const struct rule *rule = &r->v[i];

		if ((rule->dir_only && !is_dir) ||
		    !rule_matches(rule, path, name))
			continue;
		return rule;
	}
	return NULL;
}

static enum mvc_rule_says
says_of(const struct rule *rule)
{
	if (!rule)
		return MVC_RULE_NOTHING;
	return rule->include ? MVC_RULE_INCLUDE : MVC_RULE_EXCLUDE;
}

enum mvc_rule_says
mvc_rules_ask(const struct mvc_rules *r, const char *path, bool is_dir)
{
	return says_of(find_rule(r, path, is_dir));
}

enum mvc_rule_says
mvc_rules_find(const struct mvc_rules *r, const char *path, bool is_dir,
    struct mvc_rule_found *found)
{
	const struct rule *rule = find_rule(r, path, is_dir);

	if (rule)
		*found = (struct mvc_rule_found){
		    r->base, rule->line, rule->dir_only, rule->number};
	return says_of(rule);
}

void
mvc_ignore_release(struct mvc_ignore *ig)
{
	while (ig->n)
		mvc_ignore_pop(ig);
	free(ig->rules);
	ig->rules = NULL;
}

int
mvc_ignore_push(struct mvc_ignore *ig, struct mvc_rules *r)
{
	struct mvc_rules **rules;

	rules = realloc(ig->rules, (ig->n + 1) * sizeof(*rules));
	if (!rules) {
		mvc_rules_free(r);
		return mvc_fail(MVC_ENOMEM, "no memory for rules");
	}
	ig->rules = rules;
	rules[ig->n++] = r;
	return MVC_OK;
}

void
mvc_ignore_pop(struct mvc_ignore *ig)
{
	mvc_rules_free(ig->rules[--ig->n]);
}

bool
mvc_ignore_find(const struct mvc_ignore *ig, const char *path, bool is_dir,
    struct mvc_rule_found *found, bool *excludes)
{
	enum mvc_rule_says says = MVC_RULE_NOTHING;

	for (size_t i = ig->n; i-- > 0 && says == MVC_RULE_NOTHING;)
		says = mvc_rules_find(ig->rules[i], path, is_dir, found);
	*excludes = says == MVC_RULE_EXCLUDE;
	return says != MVC_RULE_NOTHING;
}

bool
mvc_ignore_excludes(const struct mvc_ignore *ig, const char *path, bool is_dir)
{
	enum mvc_rule_says says;

	for (size_t i = ig->n; i-- > 0;) {
		says = mvc_rules_ask(ig->rules[i], path, is_dir);
		if (says != MVC_RULE_NOTHING)
			return says == MVC_RULE_EXCLUDE;
	}
	return false;
}
