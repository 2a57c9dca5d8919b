#include "lineage/record.h"

#include "lineage/moment.h"
#include "lineage/record_priv.h"
#include "text/json.h"
#include "text/utf8.h"

#include <math.h>

#include "util/banned.h"

/* Members are written in the order of their keys' bytes. The first fault is
 * kept; what is written after it does not matter. */
struct writer {
	struct mvc_json j;
	int err;
};

static void
fault(struct writer *w, const char *what, const char *why)
{
	if (!w->err)
		w->err = mvc_fail(MVC_EINVALID, "a record's %s %s", what, why);
}

static void
put_text(struct writer *w, const char *what, const char *s)
{
	size_t n = strlen(s), k = 1;
	uint32_t c;

	if (n > MVC_RECORD_STRING)
		fault(w, what, "is too long");
	for (size_t i = 0; i < n && k; i += k) {
		k = mvc_utf8_next(&c, s + i, n - i);
		if (!k)
			fault(w, what, "is no UTF-8");
	}
	mvc_json_str(&w->j, s);
}

static void
put_member(struct writer *w, const char *key, const char *s)
{
	if (!s)
		return;
	mvc_json_key(&w->j, key);
	put_text(w, key, s);
}

static void
put_path(struct writer *w, const char *path)
{
	if (!w->err)
		w->err = mvc_record_check_path(path);
	mvc_json_str(&w->j, path);
}

static void
begin_list(struct writer *w, const char *key, size_t n)
{
	if (n > MVC_RECORD_LIST)
		fault(w, key, "are too many");
	mvc_json_key(&w->j, key);
	mvc_json_array(&w->j);
}

static void
put_gitid(struct writer *w, const char *key, const struct mvc_gitid *id)
{
	if (id->n)
		mvc_json_key_str(&w->j, key, mvc_gitid_hex(id).s);
}

static void
put_paths(struct writer *w, const char *key, const struct mvc_names *l)
{
	begin_list(w, key, l->n);
	for (size_t i = 0; i < l->n; i++)
		put_path(w, l->v[i]);
	mvc_json_end(&w->j);
}

static void
put_code(struct writer *w, const struct mvc_record *r)
{
	if (!r->commit.n && !r->tree.n)
		return;
	mvc_json_key(&w->j, "code");
	mvc_json_object(&w->j);
	mvc_json_key_bool(&w->j, "clean", r->clean);
	put_gitid(w, "commit", &r->commit);
	if (r->omitted.n)
		put_paths(w, "omitted", &r->omitted);
	put_gitid(w, "tree", &r->tree);
	mvc_json_end(&w->j);
}

static void
put_file(struct writer *w, const struct mvc_run_file *f)
{
	static const char *const kinds[] = RECORD_KINDS;
	static const char *const types[] = RECORD_TYPES;
	bool known = f->kind != MVC_RUN_FAILED;

	mvc_json_object(&w->j);
	if (f->changed)
		mvc_json_key_bool(&w->j, "changed", true);
	if (known && f->type == MVC_POINTER_TREE)
		mvc_json_key_u64(&w->j, "files", f->files);
	if (known)
		put_gitid(w, "git", &f->git);
	mvc_json_key_str(&w->j, "kind", kinds[f->kind]);
	if (known && f->has_oid)
		mvc_json_key_str(&w->j, "oid", mvc_oid_hex(&f->oid).s);
	mvc_json_key(&w->j, "path");
	put_path(w, f->path);
	if (known) {
		mvc_json_key_u64(&w->j, "size", f->size);
		mvc_json_key_str(&w->j, "type", types[f->type]);
	}
	mvc_json_end(&w->j);
}

static void
put_files(struct writer *w, const char *key, const struct mvc_run_files *l)
{
	begin_list(w, key, l->n);
	for (size_t i = 0; i < l->n; i++)
		put_file(w, &l->v[i]);
	mvc_json_end(&w->j);
}

static void
put_scalar(struct writer *w, const struct mvc_run_value *v)
{
	mvc_json_key(&w->j, "value");
	switch (v->type) {
	case MVC_RUN_BOOL:
		mvc_json_bool(&w->j, v->truth);
		break;
	case MVC_RUN_INT:
		mvc_json_i64(&w->j, v->whole);
		break;
	case MVC_RUN_REAL:
		/* There is no -0 among whole numbers, as which it is read. */
		mvc_json_double(&w->j, v->real == 0 ? 0 : v->real);
		break;
	case MVC_RUN_TEXT:
		put_text(w, "value", v->text);
		break;
	default:
		mvc_json_null(&w->j);
	}
}

static void
put_values(struct writer *w, const char *key, const struct mvc_run_values *l)
{
	begin_list(w, key, l->n);
	for (size_t i = 0; i < l->n; i++) {
		const struct mvc_run_value *v = &l->v[i];

		mvc_json_object(&w->j);
		if (*v->file) {
			mvc_json_key(&w->j, "file");
			put_path(w, v->file);
		}
		put_member(w, "key", v->key);
		if (v->has_step) {
			mvc_json_key(&w->j, "step");
			mvc_json_i64(&w->j, v->step);
		}
		put_scalar(w, v);
		mvc_json_end(&w->j);
	}
	mvc_json_end(&w->j);
}

static void
put_end(struct writer *w, const struct mvc_record *r)
{
	struct mvc_moment at = {""};

	if (r->signal) {
		mvc_json_key(&w->j, "signal");
		mvc_json_i64(&w->j, r->signal);
	}
	if (!w->err)
		w->err = mvc_moment_format(&at, r->started);
	mvc_json_key_str(&w->j, "started", at.s);
	if (r->tracer) {
		mvc_json_key(&w->j, "trace");
		mvc_json_object(&w->j);
		put_member(w, "tool", r->tracer);
		put_paths(w, "undeclared", &r->undeclared);
		mvc_json_end(&w->j);
	}
	if (!r->who && !r->email)
		return;
	mvc_json_key(&w->j, "who");
	mvc_json_object(&w->j);
	put_member(w, "email", r->email);
	put_member(w, "name", r->who);
	mvc_json_end(&w->j);
}

static void
put_begin(struct writer *w, const struct mvc_record *r)
{
	mvc_json_key_str(&w->j, RECORD_FORMAT_KEY, RECORD_FORMAT);
	put_code(w, r);
	begin_list(w, "command", r->command.n);
	for (size_t i = 0; i < r->command.n; i++)
		put_text(w, "command", r->command.v[i]);
	mvc_json_end(&w->j);
	if (r->cwd && *r->cwd) {
		mvc_json_key(&w->j, "cwd");
		put_path(w, r->cwd);
	}
	mvc_json_key_u64(&w->j, "duration", r->duration);
	if (r->has_environment)
		mvc_json_key_str(
		    &w->j, "environment", mvc_oid_hex(&r->environment).s);
	if (!r->signal) {
		mvc_json_key(&w->j, "exit");
		mvc_json_i64(&w->j, r->exit);
	}
	put_member(w, "host", r->host);
}

static void
put_record(struct writer *w, const struct mvc_record *r)
{
	mvc_json_object(&w->j);
	put_begin(w, r);
	put_files(w, "inputs", &r->inputs);
	put_values(w, "metrics", &r->metrics);
	put_member(w, "name", r->name);
	put_files(w, "outputs", &r->outputs);
	put_values(w, "params", &r->params);
	mvc_json_key_str(&w->j, "result", r->failed ? "failed" : "done");
	put_values(w, "seeds", &r->seeds);
	put_end(w, r);
	mvc_json_end(&w->j);
	mvc_json_newline(&w->j);
}

int
mvc_record_format(struct mvc_buf *out, const struct mvc_record *r)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_RECORD_MAX);
	MVC_SCOPED(mvc_record) again = MVC_RECORD_INIT;
	struct writer w = {.err = 0};
	int err;

	mvc_json_init_buf(&w.j, &text);
	w.j.pretty = true;
	put_record(&w, r);
	err = w.err ? w.err : mvc_json_finish(&w.j);
	if (err == MVC_ETOOBIG)
		return mvc_fail(
		    err, "a record of more than %d bytes", MVC_RECORD_MAX);
	/* Nothing is written that cannot be read. */
	if (!err)
		err = mvc_record_parse(&again, "a record", text.data, text.len);
	return err ? err : mvc_buf_add(out, text.data, text.len);
}
