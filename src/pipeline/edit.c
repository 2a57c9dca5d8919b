#include "pipeline/edit.h"

#include "text/yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/banned.h"

/* What there is, and what there shall be. */
struct editing {
	const char *path, *text;
	size_t n;
	struct mvc_jval *doc, *want;
	struct mvc_yaml_marks *marks;
	const char *stages, *next, *key; /* names in doc; NULL: none */
	const char *last; /* of the stages */
	const char *wanted; /* the stage's name */
	bool after; /* the last that was met was `stages` */
};

static void
editing_release(struct editing *e)
{
	mvc_jval_free(e->doc);
	mvc_jval_free(e->want);
	mvc_yaml_marks_free(e->marks);
}

static int
refuse(const struct editing *e)
{
	return mvc_fail(MVC_EINVALID,
	    "%s is written in a way that is not edited here: change it by hand",
	    e->path);
}

/* ---- lines ---- */

static const char *
line_end(const char *at, const char *end)
{
	const char *nl = memchr(at, '\n', (size_t)(end - at));

	return nl ? nl + 1 : end;
}

static const char *
line_start(const struct editing *e, unsigned line)
{
	const char *at = e->text, *end = e->text + e->n;

	while (--line && at < end)
		at = line_end(at, end);
	return at;
}

static bool
is_blank(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	return at == end;
}

static size_t
indent_of(const char *at, const char *end)
{
	size_t n = 0;

	while (at + n < end && at[n] == ' ')
		n++;
	return n;
}

/* Where what begins on the line at `at`, so far in, ends: lines that are
 * further in belong to it, and blank ones between those. */
static const char *
block_end(const struct editing *e, const char *at, size_t indent)
{
	const char *end = e->text + e->n, *done = line_end(at, end);

	for (const char *l = done, *next; l < end; l = next) {
		next = line_end(l, end);
		if (is_blank(l, next))
			continue;
		if (indent_of(l, next) <= indent)
			break;
		done = next;
	}
	return done;
}

/* ---- reading ---- */

static int
note_section(void *arg, const char *key, const struct mvc_jval *v)
{
	struct editing *e = arg;

	(void)v;
	if (!strcmp(key, "stages"))
		e->stages = key;
	return MVC_OK;
}

static int
note_stage(void *arg, const char *key, const struct mvc_jval *v)
{
	struct editing *e = arg;

	(void)v;
	e->last = key;
	if (!strcmp(key, e->wanted))
		e->key = key;
	return MVC_OK;
}

static int
open_text(struct editing *e, const char *path, const char *text, size_t n,
    const char *name)
{
	const struct mvc_jval *stages;
	int err;

	*e = (struct editing){
	    .path = path, .text = text, .n = n, .wanted = name};
	err = mvc_yaml_parse_marked(&e->doc, &e->marks, text, n);
	if (err)
		return mvc_fail_prefix(err, "%s", path);
	if (mvc_jval_kind(e->doc) != MVC_JOBJECT)
		return refuse(e);
	err = mvc_jval_each_kept(e->doc, note_section, e);
	stages = mvc_jval_get(e->doc, "stages");
	if (!err && stages)
		err = mvc_jval_each_kept(stages, note_stage, e);
	return err;
}

static int
put(void *arg, const char *key, const struct mvc_jval *v)
{
	return mvc_jval_put(arg, key, v);
}

struct copying {
	struct mvc_jval *to;
	const char *but;
};

static int
put_but(void *arg, const char *key, const struct mvc_jval *v)
{
	struct copying *c = arg;

	return strcmp(key, c->but) ? mvc_jval_put(c->to, key, v) : MVC_OK;
}

/* What there shall be: the same with other stages. */
static int
want(struct editing *e, const struct mvc_jval *stages)
{
	int err = mvc_jval_new_object(&e->want);

	if (!err)
		err = mvc_jval_each_kept(e->doc, put, e->want);
	return err ? err : mvc_jval_put(e->want, "stages", stages);
}

/* An empty `stages:` is none. */
static int
check(const struct editing *e, const char *text, size_t n)
{
	MVC_OWN(mvc_jval) *is = NULL;
	MVC_OWN(mvc_jval) *none = NULL;
	const struct mvc_jval *stages;
	int err = mvc_yaml_parse(&is, text, n);

	if (!err)
		err = mvc_jval_new_object(&none);
	if (err)
		return err == MVC_ENOMEM ? err : refuse(e);
	stages = mvc_jval_get(is, "stages");
	if (stages && mvc_jval_kind(stages) == MVC_JNULL)
		err = mvc_jval_put(is, "stages", none);
	if (err)
		return err;
	return mvc_jval_eq(is, e->want) ? MVC_OK : refuse(e);
}

/* ---- a new stage ---- */

struct writing {
	struct mvc_buf *out;
	struct mvc_jval *stage; /* the same as values */
	size_t indent;
};

static bool
is_plain(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_' && *s != '/' && *s != '.')
		return false;
	for (const char *at = s; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("_-./=+,@", *at) &&
		    (*at != ' ' || at[1] == 0 || at[1] == ' '))
			return false;
	return true;
}

static int
write_double(struct mvc_buf *out, const char *s)
{
	int err = mvc_buf_add_char(out, '"');

	for (; !err && *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x20 || c == 0x7f)
			err = mvc_buf_addf(out, "\\x%02x", c);
		else if (c == '"' || c == '\\')
			err = mvc_buf_addf(out, "\\%c", c);
		else
			err = mvc_buf_add_char(out, (char)c);
	}
	return err ? err : mvc_buf_add_char(out, '"');
}

/* Plain where it is read as the text that it is. */
static int
write_scalar(struct mvc_buf *out, const char *s)
{
	MVC_OWN(mvc_jval) *is = NULL;
	const char *text = NULL;

	if (is_plain(s) && mvc_yaml_parse(&is, s, strlen(s)) == 0)
		text = mvc_jval_str(is);
	return text && !strcmp(text, s) ? mvc_buf_add_str(out, s)
					: write_double(out, s);
}

static int
start(struct writing *w, size_t deeper, const char *mark)
{
	return mvc_buf_addf(
	    w->out, "%*s%s", (int)(w->indent * deeper), "", mark);
}

static int
write_member(struct writing *w, const char *key, const char *value)
{
	MVC_OWN(mvc_jval) *v = NULL;
	int err = value ? start(w, 2, key) : MVC_OK;

	if (err || !value)
		return err;
	err = mvc_buf_add_str(w->out, ": ");
	if (!err)
		err = write_scalar(w->out, value);
	if (!err)
		err = mvc_buf_add_char(w->out, '\n');
	if (!err)
		err = mvc_jval_new_str(&v, value);
	return err ? err : mvc_jval_put(w->stage, key, v);
}

static int
write_true(struct writing *w, const char *key, bool is)
{
	MVC_OWN(mvc_jval) *v = NULL;
	int err;

	if (!is)
		return MVC_OK;
	err = start(w, 2, key);
	if (!err)
		err = mvc_buf_add_str(w->out, ": true\n");
	if (!err)
		err = mvc_jval_parse(&v, "true", 4);
	return err ? err : mvc_jval_put(w->stage, key, v);
}

/* A list that is begun where it has something. */
struct listing {
	struct writing *w;
	const char *key;
	struct mvc_jval *v;
};

static int
next_element(struct listing *l)
{
	int err = MVC_OK;

	if (!l->v) {
		err = start(l->w, 2, l->key);
		if (!err)
			err = mvc_buf_add_str(l->w->out, ":\n");
		if (!err)
			err = mvc_jval_new_array(&l->v);
		if (!err)
			err = mvc_jval_put(l->w->stage, l->key, l->v);
	}
	return err ? err : start(l->w, 2, "- ");
}

static int
write_element(struct listing *l, const char *s)
{
	MVC_OWN(mvc_jval) *v = NULL;
	int err = next_element(l);

	if (!err)
		err = write_scalar(l->w->out, s);
	if (!err)
		err = mvc_buf_add_char(l->w->out, '\n');
	if (!err)
		err = mvc_jval_new_str(&v, s);
	return err ? err : mvc_jval_append(l->v, v);
}

/* "- NAME:" and below it what the JSON text says, which is flow YAML too. */
static int
write_detailed(struct listing *l, const char *name, const char *json)
{
	MVC_OWN(mvc_jval) *v = NULL;
	MVC_OWN(mvc_jval) *of = NULL;
	int err = next_element(l);

	if (!err)
		err = write_scalar(l->w->out, name);
	if (!err)
		err = mvc_buf_addf(l->w->out, ": %s\n", json);
	if (!err)
		err = mvc_jval_parse(&v, json, strlen(json));
	if (!err)
		err = mvc_jval_new_object(&of);
	if (!err)
		err = mvc_jval_put(of, name, v);
	return err ? err : mvc_jval_append(l->v, of);
}

static int
write_names(struct writing *w, const char *key, const struct mvc_names *names)
{
	struct listing l = {w, key, NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < names->n; i++)
		err = write_element(&l, names->v[i]);
	mvc_jval_free(l.v);
	return err;
}

/* "FILE:KEY,…" as "FILE: [KEY, …]", "FILE:" or FILE.yaml as all of it. */
static int
write_param(struct listing *l, const char *word)
{
	MVC_SCOPED(mvc_buf) keys = MVC_BUF_INIT(1 << 16);
	const char *colon = strrchr(word, ':');
	MVC_OWN_MEM char *file = NULL;
	MVC_OWN_MEM char *list = strdup(colon ? colon + 1 : word);
	int err = list ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
	char *at = list;

	while (!err && at) {
		char *key = strsep(&at, ",");

		if (!*key)
			continue;
		if (!colon)
			err = write_element(l, key);
		else
			err = mvc_buf_add_str(&keys, keys.len ? ", " : "[");
		if (!err && colon)
			err = write_double(&keys, key);
	}
	if (err || !colon)
		return err;
	file = strndup(word, (size_t)(colon - word));
	err = !file    ? mvc_fail(MVC_ENOMEM, "no memory")
	    : keys.len ? mvc_buf_add_char(&keys, ']')
		       : mvc_buf_add_str(&keys, "null");
	return err ? err : write_detailed(l, file, keys.data);
}

static int
write_params(struct writing *w, const struct mvc_names *words)
{
	struct listing l = {w, "params", NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < words->n; i++)
		err = write_param(&l, words->v[i]);
	mvc_jval_free(l.v);
	return err;
}

static int
write_outs(struct writing *w, const struct mvc_stage_words *s)
{
	struct listing l = {w, "outs", NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < s->outs.n; i++)
		err = write_element(&l, s->outs.v[i]);
	for (size_t i = 0; !err && i < s->outs_git.n; i++)
		err =
		    write_detailed(&l, s->outs_git.v[i], "{\"cache\": false}");
	for (size_t i = 0; !err && i < s->outs_persist.n; i++)
		err = write_detailed(
		    &l, s->outs_persist.v[i], "{\"persist\": true}");
	mvc_jval_free(l.v);
	return err;
}

static int
write_stage(struct writing *w, const struct mvc_stage_words *s)
{
	int err = start(w, 1, s->name);

	if (!err)
		err = mvc_buf_add_str(w->out, ":\n");
	if (!err)
		err = write_member(w, "desc", s->desc);
	if (!err)
		err = write_member(w, "cmd", s->cmd);
	if (!err)
		err = write_member(w, "wdir", s->wdir);
	if (!err)
		err = write_names(w, "deps", &s->deps);
	if (!err)
		err = write_params(w, &s->params);
	if (!err)
		err = write_outs(w, s);
	if (!err)
		err = write_names(w, "metrics", &s->metrics);
	if (!err)
		err = write_names(w, "plots", &s->plots);
	if (!err)
		err = write_true(w, "frozen", s->frozen);
	return err ? err : write_true(w, "always_changed", s->always);
}

/* ---- into the text ---- */

/* Where the new stage goes, and how far in stages are. */
static const char *
place(const struct editing *e, size_t *indent)
{
	const char *of = e->last ? e->last : e->stages;
	struct mvc_yaml_mark at;

	*indent = 2;
	if (!of)
		return e->text + e->n;
	at = mvc_yaml_where(e->marks, of);
	if (e->last)
		*indent = at.column - 1;
	return block_end(e, line_start(e, at.line), at.column - 1);
}

static int
insert(struct mvc_buf *out, const struct editing *e,
    const struct mvc_stage_words *s, struct mvc_jval *stage)
{
	struct writing w = {.out = out, .stage = stage};
	const char *at = place(e, &w.indent);
	size_t before = (size_t)(at - e->text), from = out->len;
	int err = mvc_buf_add(out, e->text, before);

	if (!err && before && at[-1] != '\n')
		err = mvc_buf_add_char(out, '\n');
	if (!err && !e->stages)
		err = mvc_buf_add_str(out, "stages:\n");
	if (!err)
		err = write_stage(&w, s);
	if (!err)
		err = mvc_buf_add(out, at, e->n - before);
	return err ? err : check(e, out->data + from, out->len - from);
}

static int
add(struct mvc_buf *out, struct editing *e, const struct mvc_stage_words *s)
{
	const struct mvc_jval *were = mvc_jval_get(e->doc, "stages");
	MVC_OWN(mvc_jval) *stages = NULL;
	MVC_OWN(mvc_jval) *stage = NULL;
	int err = mvc_jval_new_object(&stages);

	if (e->key)
		return mvc_fail(MVC_EEXISTS,
		    "%s has a stage %s: mvc stage remove %s first", e->path,
		    s->name, s->name);
	if (!err)
		err = mvc_jval_new_object(&stage);
	if (!err && were)
		err = mvc_jval_each_kept(were, put, stages);
	/* Filled while it is written. */
	if (!err)
		err = mvc_jval_put(stages, s->name, stage);
	if (!err)
		err = want(e, stages);
	return err ? err : insert(out, e, s, stage);
}

int
mvc_pipeline_add(struct mvc_buf *out, const char *path, const char *text,
    size_t n, const struct mvc_stage_words *s)
{
	struct editing e;
	int err = open_text(&e, path, text, n, s->name);

	if (!err)
		err = add(out, &e, s);
	editing_release(&e);
	return err;
}

/* The lines of comment right above, as far in. */
static const char *
with_comment(const struct editing *e, const char *at, size_t indent)
{
	while (at > e->text) {
		const char *l = at - 1;

		while (l > e->text && l[-1] != '\n')
			l--;
		if (indent_of(l, at) != indent || l[indent] != '#')
			break;
		at = l;
	}
	return at;
}

static int
cut(struct mvc_buf *out, const struct editing *e)
{
	struct mvc_yaml_mark at = mvc_yaml_where(e->marks, e->key);
	const char *line = line_start(e, at.line), *end = e->text + e->n;
	const char *from = with_comment(e, line, at.column - 1);
	const char *to = block_end(e, line, at.column - 1);
	size_t before = out->len;
	int err;

	/* Of blank lines on both sides one goes too. */
	if (to < end && is_blank(to, line_end(to, end)) && from > e->text + 1 &&
	    from[-2] == '\n')
		to = line_end(to, end);
	err = mvc_buf_add(out, e->text, (size_t)(from - e->text));
	if (!err)
		err = mvc_buf_add(out, to, (size_t)(end - to));
	return err
	    ? err
	    : check(e, out->data ? out->data + before : "", out->len - before);
}

int
mvc_pipeline_remove(struct mvc_buf *out, const char *path, const char *text,
    size_t n, const char *name)
{
	MVC_OWN(mvc_jval) *stages = NULL;
	struct copying c = {NULL, name};
	struct editing e;
	int err = open_text(&e, path, text, n, name);

	if (!err && !e.key)
		err = mvc_fail(MVC_ENOTFOUND, "%s has no stage %s", path, name);
	if (!err)
		err = mvc_jval_new_object(&stages);
	c.to = stages;
	if (!err)
		err = mvc_jval_each_kept(
		    mvc_jval_get(e.doc, "stages"), put_but, &c);
	if (!err)
		err = want(&e, stages);
	if (!err)
		err = cut(out, &e);
	editing_release(&e);
	return err;
}
