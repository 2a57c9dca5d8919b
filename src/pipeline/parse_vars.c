#include "pipeline/parse_priv.h"
#include "pipeline/template.h"

#include <stdio.h>
#include <string.h>

#include "util/banned.h"

#define DEFAULT_FILE "params.yaml"
/* Members of scopes in all: enough for 10,000 stages with 1,000 values each. */
#define COPIED_MAX 20000000

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

static int
count(struct parse *p, const struct mvc_jval *scope)
{
	p->copied += mvc_jval_count(scope) + 1;
	return p->copied > COPIED_MAX
	    ? mvc_fail(MVC_ETOOBIG, "%s: too many stages of too many values",
		  p->path)
	    : MVC_OK;
}

static int
merge(struct mvc_jval **scope, struct parse *p, const struct parse_scope *s,
    const void *of, const struct mvc_jval *more)
{
	struct mvc_jval *both;
	int err = count(p, *scope);

	if (err)
		return err;
	if (s->item && mvc_jval_get(more, "item"))
		return parse_fault(p, of, "item is foreach's and matrix' own");
	if (s->key && mvc_jval_get(more, "key"))
		return parse_fault(p, of, "key is foreach's and matrix' own");
	err = mvc_template_merge(&both, *scope, more);
	if (err == MVC_EEXISTS)
		return parse_fault(
		    p, of, "%s has a value already", mvc_error_text());
	if (err)
		return err;
	mvc_jval_free(*scope);
	*scope = both;
	return MVC_OK;
}

/* ---- files ---- */

static int
load(const struct parse_file **out, struct parse *p, const char *path)
{
	struct parse_file *f;
	int err;

	for (size_t i = 0; i < p->files_n; i++)
		if (!strcmp(p->files[i].path, path)) {
			*out = &p->files[i];
			return MVC_OK;
		}
	f = reallocarray(p->files, p->files_n + 1, sizeof(*f));
	if (!f)
		return no_memory();
	p->files = f;
	f += p->files_n;
	err = p->load(p->arg, &f->v, path);
	if (err)
		return err;
	f->path = strdup(path);
	if (!f->path) {
		mvc_jval_free(f->v);
		return no_memory();
	}
	p->files_n++;
	*out = f;
	return mvc_jval_kind(f->v) == MVC_JOBJECT
	    ? MVC_OK
	    : mvc_fail(MVC_EINVALID, "%s is no object of values", path);
}

static int
note_import(struct parse *p, const char *path, const char *keys)
{
	struct parse_import *i =
	    reallocarray(p->imports, p->imports_n + 1, sizeof(*i));

	if (!i)
		return no_memory();
	p->imports = i;
	i += p->imports_n;
	i->path = path;
	i->keys = NULL;
	if (keys && asprintf(&i->keys, ",%s,", keys) < 0)
		return no_memory();
	p->imports_n++;
	return MVC_OK;
}

/* Whether all of it is there already; an error where some of it is. */
static int
check_import(bool *there, struct parse *p, const void *of, const char *path,
    const char *keys)
{
	*there = false;
	for (size_t i = 0; i < p->imports_n; i++) {
		const struct parse_import *m = &p->imports[i];

		if (strcmp(m->path, path))
			continue;
		if (!m->keys && !keys) {
			*there = true;
			return MVC_OK;
		}
		if (!m->keys || !keys)
			return parse_fault(p, of,
			    "%s was named before, with and without keys", path);
	}
	return MVC_OK;
}

static int
pick(struct mvc_jval **out, struct parse *p, const void *of,
    const struct parse_file *f, const char *keys)
{
	MVC_OWN(mvc_jval) *some = NULL;
	MVC_OWN_MEM char *list = strdup(keys);
	char *at = list;
	int err = list ? mvc_jval_new_object(&some) : no_memory();

	while (!err && at) {
		char *key = strsep(&at, ",");
		const struct mvc_jval *v = mvc_jval_get(f->v, key);

		if (!*key)
			continue;
		err = v ? mvc_jval_put(some, key, v)
			: parse_fault(p, of, "%s has no %s", f->path, key);
	}
	if (!err)
		*out = MVC_TAKE(some);
	return err;
}

/* "FILE" or "FILE:KEY,…" */
static int
merge_file(struct mvc_jval **scope, struct parse *p,
    const struct parse_scope *s, const void *of, const char *item,
    const char *wdir)
{
	MVC_OWN_MEM char *name = strndup(item, strcspn(item, ":"));
	MVC_OWN_MEM char *path = NULL;
	MVC_OWN(mvc_jval) *some = NULL;
	const char *keys = strchr(item, ':');
	const struct parse_file *f = NULL;
	bool there;
	int err;

	keys = keys && keys[1] ? keys + 1 : NULL;
	if (!name)
		return no_memory();
	err = parse_path(&path, p, of, wdir, name);
	if (!err)
		err = load(&f, p, path);
	if (err)
		return parse_where(p, of, err);
	err = check_import(&there, p, of, f->path, keys);
	if (err || there)
		return err;
	if (keys)
		err = pick(&some, p, of, f, keys);
	if (!err)
		err = merge(scope, p, s, of, keys ? some : f->v);
	return err ? err : note_import(p, f->path, keys);
}

/* ---- lists ---- */

static int no_template(void *arg, const char *key, const struct mvc_jval *v);

static int
check_plain(struct parse *p, const struct mvc_jval *v)
{
	int err = MVC_OK;

	if (mvc_jval_kind(v) == MVC_JSTRING && mvc_template_is(mvc_jval_str(v)))
		return parse_fault(p, v, "no ${...} in vars");
	if (mvc_jval_kind(v) == MVC_JOBJECT)
		return mvc_jval_each_kept(v, no_template, p);
	if (mvc_jval_kind(v) == MVC_JARRAY)
		for (size_t i = 0; !err && i < mvc_jval_count(v); i++)
			err = check_plain(p, mvc_jval_at(v, i));
	return err;
}

static int
no_template(void *arg, const char *key, const struct mvc_jval *v)
{
	return mvc_template_is(key) ? parse_fault(arg, key, "no ${...} in vars")
				    : check_plain(arg, v);
}

static int
merge_list(struct mvc_jval **scope, struct parse *p,
    const struct parse_scope *s, const struct mvc_jval *list, const char *wdir)
{
	int err = MVC_OK;

	if (mvc_jval_kind(list) != MVC_JARRAY)
		return parse_fault(p, list, "vars is a list");
	for (size_t i = 0; !err && i < mvc_jval_count(list); i++) {
		const struct mvc_jval *v = mvc_jval_at(list, i);

		err = check_plain(p, v);
		if (err)
			break;
		if (mvc_jval_kind(v) == MVC_JSTRING)
			err = merge_file(scope, p, s, v, mvc_jval_str(v), wdir);
		else if (mvc_jval_kind(v) == MVC_JOBJECT)
			err = merge(scope, p, s, v, v);
		else
			err = parse_fault(
			    p, v, "in vars are files and objects of values");
	}
	return err;
}

int
parse_vars(struct mvc_jval **out, struct parse *p,
    const struct parse_scope *from, const struct mvc_jval *list,
    const char *wdir)
{
	size_t before = p->imports_n;
	MVC_OWN(mvc_jval) *scope = NULL;
	int err = mvc_jval_share(&scope, from->v);

	if (!err && list)
		err = merge_list(&scope, p, from, list, wdir);
	/* They are this stage's alone. */
	while (from->stage && p->imports_n > before)
		free(p->imports[--p->imports_n].keys);
	if (!err)
		*out = MVC_TAKE(scope);
	return err;
}

int
parse_vars_top(
    struct mvc_jval **out, struct parse *p, const struct mvc_jval *list)
{
	struct parse_scope s = {.stage = NULL};
	MVC_OWN(mvc_jval) *scope = NULL;
	int err = mvc_jval_new_object(&scope);

	if (!err)
		err = merge_file(&scope, p, &s, NULL, DEFAULT_FILE, p->folder);
	if (err == MVC_ENOTFOUND)
		err = MVC_OK;
	s.v = scope;
	return err ? err : parse_vars(out, p, &s, list, p->folder);
}

static int
put(void *arg, const char *key, const struct mvc_jval *v)
{
	return mvc_jval_put(arg, key, v);
}

int
parse_scope_with(struct mvc_jval **out, struct parse *p,
    const struct mvc_jval *from, const struct mvc_jval *more)
{
	MVC_OWN(mvc_jval) *scope = NULL;
	int err = count(p, from);

	if (!err)
		err = mvc_jval_new_object(&scope);
	if (!err)
		err = mvc_jval_each_kept(from, put, scope);
	if (!err)
		err = mvc_jval_each_kept(more, put, scope);
	if (!err)
		*out = MVC_TAKE(scope);
	return err;
}
