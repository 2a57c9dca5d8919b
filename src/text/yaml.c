/*
 * Events of libyaml become values of jansson's, by recursion bounded by
 * MVC_JVAL_DEPTH. An alias is the anchor's value again, one more reference to
 * it: memory stays what the text takes, and what it would unfold to is counted.
 */
#include "text/yaml.h"

#include "util/buf.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <yaml.h>
#include "util/banned.h"

#define ANCHORS_MAX 1000

struct anchor {
	char *name; /* owned */
	json_t *v; /* a reference */
	size_t nodes; /* that it unfolds to */
	unsigned depth; /* of its levels */
};

struct mark {
	uintptr_t of;
	struct mvc_yaml_mark at;
};

struct mvc_yaml_marks {
	struct mark *v;
	size_t n, cap;
};

struct yaml {
	yaml_parser_t parser;
	struct mvc_yaml_marks *marks; /* NULL: nobody asks */
	yaml_event_t e;
	struct anchor *anchors;
	size_t n;
	size_t nodes; /* so far, unfolded */
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory to read YAML");
}

static int
fault(const struct yaml *y, const char *what)
{
	return mvc_fail(MVC_EINVALID, "line %zu, column %zu: %s",
	    y->e.start_mark.line + 1, y->e.start_mark.column + 1, what);
}

static int
next(struct yaml *y)
{
	yaml_event_delete(&y->e);
	if (yaml_parser_parse(&y->parser, &y->e))
		return MVC_OK;
	memset(&y->e, 0, sizeof(y->e));
	if (y->parser.error == YAML_MEMORY_ERROR)
		return mvc_fail(MVC_ENOMEM, "no memory to read YAML");
	return mvc_fail(MVC_EINVALID, "line %zu, column %zu: %s",
	    y->parser.problem_mark.line + 1, y->parser.problem_mark.column + 1,
	    y->parser.problem ? y->parser.problem : "no YAML");
}

static int
count(struct yaml *y, size_t nodes)
{
	y->nodes += nodes;
	return y->nodes > MVC_YAML_NODES
	    ? fault(y, "more than 100,000 values, aliases unfolded")
	    : MVC_OK;
}

/* ---- where things stand ---- */

void
mvc_yaml_marks_free(struct mvc_yaml_marks *m)
{
	if (!m)
		return;
	free(m->v);
	free(m);
}

static int
mark(struct yaml *y, const void *of, const struct mvc_yaml_mark *at)
{
	struct mvc_yaml_marks *m = y->marks;

	if (!m)
		return MVC_OK;
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 64;
		struct mark *v = reallocarray(m->v, cap, sizeof(*v));

		if (!v)
			return no_memory();
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n++] = (struct mark){(uintptr_t)of, *at};
	return MVC_OK;
}

static struct mvc_yaml_mark
here(const struct yaml *y)
{
	return (struct mvc_yaml_mark){(unsigned)y->e.start_mark.line + 1,
	    (unsigned)y->e.start_mark.column + 1};
}

static int
by_address(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->of != y->of)
		return x->of < y->of ? -1 : 1;
	return x->at.line != y->at.line   ? (x->at.line < y->at.line ? -1 : 1)
	    : x->at.column < y->at.column ? -1
					  : x->at.column > y->at.column;
}

struct mvc_yaml_mark
mvc_yaml_where(const struct mvc_yaml_marks *m, const void *of)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->v[mid].of < (uintptr_t)of)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->v[low].of == (uintptr_t)of
	    ? m->v[low].at
	    : (struct mvc_yaml_mark){0, 0};
}

/* ---- scalars ---- */

static bool
is_one_of(const char *s, const char *list)
{
	size_t n = strlen(s);

	for (const char *at = list; *at; at += strlen(at) + 1)
		if (strlen(at) == n && !strcmp(at, s))
			return true;
	return false;
}

/* 12, 0x1f, 0o17; false where it is none, or has more than 64 bits. */
static bool
is_whole(long long *v, const char *s)
{
	const char *digits = s + (*s == '-' || *s == '+');
	int base = 10;
	char *end;

	if (!strncmp(s, "0x", 2) || !strncmp(s, "0o", 2)) {
		base = s[1] == 'x' ? 16 : 8;
		digits = s = s + 2;
	}
	if (!*digits || digits[strspn(digits, "0123456789abcdefABCDEF")])
		return false;
	errno = 0;
	*v = strtoll(s, &end, base);
	return errno == 0 && *end == 0;
}

static bool
is_real(double *v, const char *s)
{
	char *end;

	if (s[strspn(s, "0123456789.eE+-")] || !s[strcspn(s, "0123456789")])
		return false;
	*v = strtod(s, &end);
	return *end == 0 && isfinite(*v);
}

static json_t *
plain(const char *s)
{
	long long whole;
	double real;

	if (!*s || is_one_of(s, "~\0null\0Null\0NULL\0"))
		return json_null();
	if (is_one_of(s, "true\0True\0TRUE\0"))
		return json_true();
	if (is_one_of(s, "false\0False\0FALSE\0"))
		return json_false();
	if (is_whole(&whole, s))
		return json_integer(whole);
	if (is_real(&real, s))
		return json_real(real);
	return json_string(s);
}

static int
scalar(struct yaml *y, json_t **out)
{
	const char *s = (const char *)y->e.data.scalar.value;
	const char *tag = (const char *)y->e.data.scalar.tag;

	if (strlen(s) != y->e.data.scalar.length)
		return fault(y, "a NUL in a text");
	if (tag && strcmp(tag, YAML_STR_TAG))
		return fault(y, "a tag (!): only plain values are read");
	*out = y->e.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag
	    ? plain(s)
	    : json_string(s);
	return *out ? MVC_OK : no_memory();
}

/* ---- anchors ---- */

static unsigned
depth_of(json_t *v)
{
	unsigned most = 0, d;
	const char *key;
	json_t *m;

	for (size_t i = 0; i < json_array_size(v); i++)
		if ((d = depth_of(json_array_get(v, i))) > most)
			most = d;
	json_object_foreach(v, key, m)
	{
		if ((d = depth_of(m)) > most)
			most = d;
	}
	return most + 1;
}

static int
remember(struct yaml *y, const char *name, json_t *v, size_t nodes)
{
	struct anchor *a;

	if (y->n == ANCHORS_MAX)
		return fault(y, "more than 1,000 anchors (&)");
	a = reallocarray(y->anchors, y->n + 1, sizeof(*a));
	if (!a)
		return no_memory();
	y->anchors = a;
	a += y->n;
	a->name = strdup(name);
	if (!a->name)
		return no_memory();
	a->v = json_incref(v);
	a->nodes = nodes;
	/* Its walk costs what it unfolds to. */
	a->depth = depth_of(v);
	y->n++;
	return count(y, nodes);
}

static int
alias(struct yaml *y, json_t **out, unsigned depth)
{
	const char *name = (const char *)y->e.data.alias.anchor;

	for (size_t i = y->n; i-- > 0;) {
		const struct anchor *a = &y->anchors[i];
		int err;

		if (strcmp(a->name, name))
			continue;
		if (a->depth > depth)
			return fault(y, "too many levels");
		err = count(y, a->nodes);
		if (!err)
			*out = json_incref(a->v);
		return err;
	}
	return fault(y, "an alias (*) of no anchor before it");
}

/* ---- values ---- */

static int value(struct yaml *y, json_t **out, unsigned depth);

static int
sequence(struct yaml *y, json_t **out, unsigned depth)
{
	int err = MVC_OK;

	*out = json_array();
	if (!*out)
		return no_memory();
	while (
	    !err && !(err = next(y)) && y->e.type != YAML_SEQUENCE_END_EVENT) {
		json_t *v = NULL;

		err = value(y, &v, depth - 1);
		if (!err && json_array_append(*out, v) < 0)
			err = no_memory();
		json_decref(v);
	}
	return err;
}

static int
key_of(struct yaml *y, char **key, json_t *in)
{
	const char *s = (const char *)y->e.data.scalar.value;

	if (y->e.type != YAML_SCALAR_EVENT)
		return fault(y, "a key that is no text");
	if (strlen(s) != y->e.data.scalar.length)
		return fault(y, "a NUL in a key");
	if (!strcmp(s, "<<") &&
	    y->e.data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return fault(y, "a merge key (<<), which is not supported");
	if (json_object_get(in, s))
		return fault(y, "a key that was there before");
	*key = strdup(s);
	return *key ? MVC_OK : no_memory();
}

/* The name as the object has it, which tells it from all others. */
static const char *
name_in(json_t *object, const char *key)
{
	return json_object_iter_key(json_object_iter_at(object, key));
}

static int
mapping(struct yaml *y, json_t **out, unsigned depth)
{
	int err = MVC_OK;

	*out = json_object();
	if (!*out)
		return no_memory();
	while (
	    !err && !(err = next(y)) && y->e.type != YAML_MAPPING_END_EVENT) {
		const struct mvc_yaml_mark at = here(y);
		MVC_OWN_MEM char *key = NULL;
		json_t *v = NULL;

		err = key_of(y, &key, *out);
		if (!err)
			err = next(y);
		if (!err)
			err = value(y, &v, depth - 1);
		if (!err && json_object_set(*out, key, v) < 0)
			err = no_memory();
		if (!err)
			err = mark(y, name_in(*out, key), &at);
		json_decref(v);
	}
	return err;
}

static const char *
anchor_of(const yaml_event_t *e)
{
	return (const char *)(e->type == YAML_SCALAR_EVENT
		? e->data.scalar.anchor
		: e->type == YAML_SEQUENCE_START_EVENT
		? e->data.sequence_start.anchor
		: e->type == YAML_MAPPING_START_EVENT
		? e->data.mapping_start.anchor
		: NULL);
}

/* The value that the event at hand begins. */
static int
value(struct yaml *y, json_t **out, unsigned depth)
{
	const struct mvc_yaml_mark at = here(y);
	MVC_OWN_MEM char *anchor = NULL;
	size_t before = y->nodes;
	int err;

	if (depth == 0)
		return fault(y, "too many levels");
	if (anchor_of(&y->e)) {
		anchor = strdup(anchor_of(&y->e));
		if (!anchor)
			return no_memory();
	}
	err = count(y, 1);
	if (!err && y->e.type == YAML_ALIAS_EVENT)
		err = alias(y, out, depth);
	else if (!err && y->e.type == YAML_SCALAR_EVENT)
		err = scalar(y, out);
	else if (!err && y->e.type == YAML_SEQUENCE_START_EVENT)
		err = sequence(y, out, depth);
	else if (!err && y->e.type == YAML_MAPPING_START_EVENT)
		err = mapping(y, out, depth);
	if (!err && anchor)
		err = remember(y, anchor, *out, y->nodes - before);
	/* Of these there is one each. */
	if (!err && !json_is_null(*out) && !json_is_boolean(*out))
		err = mark(y, *out, &at);
	return err;
}

static int
document(struct yaml *y, json_t **out)
{
	int err = next(y); /* the stream's start */

	if (!err)
		err = next(y);
	if (!err && y->e.type == YAML_STREAM_END_EVENT) {
		*out = json_object();
		return *out ? MVC_OK : no_memory();
	}
	if (!err)
		err = next(y);
	if (!err)
		err = value(y, out, MVC_JVAL_DEPTH);
	if (!err)
		err = next(y); /* the document's end */
	if (!err)
		err = next(y);
	if (!err && y->e.type != YAML_STREAM_END_EVENT)
		err = fault(y, "a second document");
	return err;
}

static int
parse(struct mvc_jval **out, struct mvc_yaml_marks *marks, const char *p,
    size_t n)
{
	struct yaml y = {.marks = marks};
	json_t *v = NULL;
	int err;

	*out = NULL;
	if (!yaml_parser_initialize(&y.parser))
		return no_memory();
	yaml_parser_set_input_string(&y.parser, (const unsigned char *)p, n);
	err = document(&y, &v);
	yaml_event_delete(&y.e);
	yaml_parser_delete(&y.parser);
	for (size_t i = 0; i < y.n; i++) {
		free(y.anchors[i].name);
		json_decref(y.anchors[i].v);
	}
	free(y.anchors);
	if (err)
		json_decref(v);
	else
		*out = (struct mvc_jval *)v;
	return err;
}

int
mvc_yaml_parse(struct mvc_jval **out, const char *p, size_t n)
{
	return parse(out, NULL, p, n);
}

int
mvc_yaml_parse_marked(struct mvc_jval **out, struct mvc_yaml_marks **marks,
    const char *p, size_t n)
{
	MVC_OWN(mvc_yaml_marks) *m = calloc(1, sizeof(*m));
	int err;

	*out = NULL;
	*marks = NULL;
	if (!m)
		return no_memory();
	err = parse(out, m, p, n);
	if (err)
		return err;
	if (m->n)
		qsort(m->v, m->n, sizeof(*m->v), by_address);
	*marks = MVC_TAKE(m);
	return MVC_OK;
}
