#include "lineage/record.h"
#include "pipeline/parse_priv.h"
#include "pipeline/template.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a pipeline");
}

int
parse_where(const struct parse *p, const void *of, int code)
{
	struct mvc_yaml_mark at = {0, 0};

	if (of)
		at = mvc_yaml_where(p->marks, of);
	return at.line ? mvc_fail_prefix(code, "%s: line %u, column %u",
			     p->path, at.line, at.column)
		       : mvc_fail_prefix(code, "%s", p->path);
}

int
parse_fault(const struct parse *p, const void *of, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return parse_where(p, of, mvc_fail(MVC_EINVALID, "%s", text));
}

/* ---- texts and paths ---- */

static int
take(char **out, struct parse *p, const void *of, struct mvc_buf *b, int err)
{
	if (err == MVC_ETOOBIG)
		return parse_fault(p, of, "longer than 65,536 bytes");
	if (err)
		return parse_where(p, of, err);
	p->bytes += b->len;
	if (p->bytes > MVC_PIPELINE_BYTES)
		return parse_fault(p, of, "64 MiB of text, with ${...} put in");
	*out = mvc_buf_take(b);
	return *out ? MVC_OK : no_memory();
}

int
parse_resolve(char **out, struct parse *p, const struct parse_scope *s,
    const void *of, const char *text, bool options)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_PIPELINE_TEXT);

	return take(
	    out, p, of, &b, mvc_template_resolve(&b, text, s->v, options));
}

int
parse_text(char **out, struct parse *p, const struct parse_scope *s,
    const void *of, const struct mvc_jval *v, bool options)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_PIPELINE_TEXT);

	if (mvc_jval_str(v))
		return parse_resolve(out, p, s, of, mvc_jval_str(v), options);
	if (mvc_jval_kind(v) == MVC_JNULL)
		return parse_fault(p, of, "a text is missing");
	return take(out, p, of, &b, mvc_template_text(&b, v, false));
}

/* Add the parts of a path, ".." taking one away; false: it leaves the top. */
static bool
add_parts(char *to, const char *path)
{
	while (*path) {
		size_t n = strcspn(path, "/"), len = strlen(to);
		char *slash = strrchr(to, '/');

		if (n == 2 && !strncmp(path, "..", 2)) {
			if (!*to)
				return false;
			*(slash ? slash : to) = 0;
		} else if (n && (n != 1 || *path != '.')) {
			if (len)
				to[len++] = '/';
			memcpy(to + len, path, n);
			to[len + n] = 0;
		}
		path += n + (path[n] == '/');
	}
	return true;
}

int
parse_path(char **out, struct parse *p, const void *of, const char *base,
    const char *path)
{
	MVC_OWN_MEM char *to = calloc(1, strlen(base) + strlen(path) + 2);
	int err;

	if (!to)
		return no_memory();
	if (strstr(path, "://"))
		return parse_fault(p, of,
		    "%s: addresses are not supported: mvc import it, and name "
		    "the file",
		    path);
	if (*path == '/')
		return parse_fault(
		    p, of, "%s: not a path below the work tree", path);
	if (!add_parts(to, base) || !add_parts(to, path))
		return parse_fault(
		    p, of, "%s leads out of the work tree", path);
	err = *to ? mvc_record_check_path(to) : MVC_OK;
	if (err)
		return parse_where(p, of, err);
	*out = MVC_TAKE(to);
	return MVC_OK;
}

/* ---- the file ---- */

struct file {
	struct parse *p;
	struct parse_scope *s;
};

static bool
is_name(const char *name)
{
	if (!*name || *name == '-' || strlen(name) > 255)
		return false;
	for (const char *at = name; *at; at++)
		if (strchr("@:/\\\"'` \t", *at) || iscntrl((unsigned char)*at))
			return false;
	return true;
}

static int
add_stage(void *arg, const char *key, const struct mvc_jval *v)
{
	const struct file *f = arg;

	if (!is_name(key))
		return parse_fault(f->p, key, "%s: no name of a stage", key);
	if (mvc_jval_kind(v) != MVC_JOBJECT)
		return parse_fault(f->p, key, "%s: a stage is an object", key);
	if (mvc_jval_get(v, "foreach") || mvc_jval_get(v, "do"))
		return parse_foreach(f->p, f->s, key, v);
	return mvc_jval_get(v, "matrix") ? parse_matrix(f->p, f->s, key, v)
					 : parse_stage(f->p, f->s, key, key, v);
}

static int
check_section(void *arg, const char *key, const struct mvc_jval *v)
{
	/* Those that say nothing of what is run are for others. */
	static const char *const known[] = {"stages", "vars", "plots",
	    "metrics", "params", "artifacts", "meta"};

	(void)v;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(key, known[i]))
			return MVC_OK;
	return parse_fault(arg, key, "%s is not supported", key);
}

static int
by_name(const void *a, const void *b)
{
	const struct mvc_stage *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
check_names(struct parse *p)
{
	MVC_OWN_MEM const struct mvc_stage **v =
	    calloc(p->out->n + 1, sizeof(*v));

	if (!v)
		return no_memory();
	for (size_t i = 0; i < p->out->n; i++)
		v[i] = &p->out->v[i];
	qsort(v, p->out->n, sizeof(*v), by_name);
	for (size_t i = 1; i < p->out->n; i++)
		if (!strcmp(v[i - 1]->name, v[i]->name))
			return mvc_fail(MVC_EINVALID,
			    "%s: line %u, column %u: two stages are called %s",
			    p->path, v[i]->line, v[i]->column, v[i]->name);
	return MVC_OK;
}

static int
parse_doc(struct parse *p, const struct mvc_jval *doc)
{
	const struct mvc_jval *stages;
	struct parse_scope s = {.stage = NULL};
	struct file f = {p, &s};
	MVC_OWN(mvc_jval) *scope = NULL;
	int err;

	if (mvc_jval_kind(doc) != MVC_JOBJECT)
		return parse_fault(p, doc, "a pipeline is an object");
	err = mvc_jval_each_kept(doc, check_section, p);
	if (!err)
		err = parse_vars_top(&scope, p, mvc_jval_get(doc, "vars"));
	if (err)
		return err;
	s.v = scope;
	stages = mvc_jval_get(doc, "stages");
	if (!stages || mvc_jval_kind(stages) == MVC_JNULL)
		return MVC_OK;
	if (mvc_jval_kind(stages) != MVC_JOBJECT)
		return parse_fault(p, stages, "stages is an object");
	err = mvc_jval_each_kept(stages, add_stage, &f);
	return err ? err : check_names(p);
}

static void
parse_release(struct parse *p)
{
	for (size_t i = 0; i < p->imports_n; i++)
		free(p->imports[i].keys);
	for (size_t i = 0; i < p->files_n; i++) {
		free(p->files[i].path);
		mvc_jval_free(p->files[i].v);
	}
	free(p->imports);
	free(p->files);
	free(p->folder);
}

int
mvc_pipeline_parse(struct mvc_pipeline *out, const char *path, const char *text,
    size_t n, mvc_pipeline_load load, void *arg)
{
	const char *slash = strrchr(path, '/');
	struct parse p = {.out = out, .path = path, .load = load, .arg = arg};
	MVC_OWN(mvc_yaml_marks) *marks = NULL;
	MVC_OWN(mvc_jval) *doc = NULL;
	int err;

	*out = (struct mvc_pipeline)MVC_PIPELINE_INIT;
	out->path = strdup(path);
	p.folder = strndup(path, slash ? (size_t)(slash - path) : 0);
	err = out->path && p.folder ? MVC_OK : no_memory();
	if (!err) {
		err = mvc_yaml_parse_marked(&doc, &marks, text, n);
		if (err)
			err = mvc_fail_prefix(err, "%s", path);
	}
	p.marks = marks;
	if (!err)
		err = parse_doc(&p, doc);
	parse_release(&p);
	if (err)
		mvc_pipeline_release(out);
	return err;
}
