#include "lineage/record.h"

#include "lineage/moment.h"
#include "lineage/record_priv.h"
#include "text/json.h"
#include "text/jsontree.h"

#include "util/banned.h"

/* The first fault is kept; what is read after it does not matter. */
struct reader {
	struct mvc_record *r;
	int err;
};

static void
fault(struct reader *rd, const char *what, const char *why)
{
	if (!rd->err)
		rd->err = mvc_fail(MVC_EINVALID, "%s %s", what, why);
}

/* A member of this kind; NULL where there is none, which `need` forbids. */
static const struct mvc_jval *
member(struct reader *rd, const struct mvc_jval *in, const char *key,
    enum mvc_jkind kind, bool need)
{
	const struct mvc_jval *v = mvc_jval_get(in, key);

	if (!v && need)
		fault(rd, key, "is missing");
	if (v && mvc_jval_kind(v) != kind) {
		fault(rd, key, "is of the wrong kind");
		v = NULL;
	}
	return v;
}

static const char *
string(struct reader *rd, const struct mvc_jval *in, const char *key, bool need)
{
	const struct mvc_jval *v = member(rd, in, key, MVC_JSTRING, need);
	const char *s = v ? mvc_jval_str(v) : NULL;

	if (s && strlen(s) > MVC_RECORD_STRING) {
		fault(rd, key, "is too long");
		s = NULL;
	}
	return s;
}

static char *
copy(struct reader *rd, const char *s)
{
	char *out = s ? strdup(s) : NULL;

	if (s && !out && !rd->err)
		rd->err = mvc_fail(MVC_ENOMEM, "no memory for a record");
	return out;
}

static int64_t
whole(struct reader *rd, const struct mvc_jval *in, const char *key,
    int64_t least, int64_t most, bool need)
{
	const struct mvc_jval *v = member(rd, in, key, MVC_JINT, need);
	int64_t i = v ? mvc_jval_int(v) : least;

	if (i < least || i > most) {
		fault(rd, key, "is out of range");
		i = least;
	}
	return i;
}

static bool
truth(struct reader *rd, const struct mvc_jval *in, const char *key, bool need)
{
	const struct mvc_jval *v = member(rd, in, key, MVC_JBOOL, need);

	return v && mvc_jval_bool(v);
}

/* One of the words, from 1 on; 0 where it is none. */
static unsigned
word(struct reader *rd, const struct mvc_jval *in, const char *key,
    const char *const *words, unsigned n)
{
	const char *s = string(rd, in, key, true);

	for (unsigned i = 1; s && i < n; i++)
		if (!strcmp(s, words[i]))
			return i;
	fault(rd, key, "is none that is known");
	return 0;
}

static bool
oid(struct reader *rd, struct mvc_oid *out, const struct mvc_jval *in,
    const char *key, bool need)
{
	const char *s = string(rd, in, key, need);

	if (s && mvc_oid_parse(out, s, strlen(s)))
		fault(rd, key, "is no id");
	return s;
}

static void
gitid(struct reader *rd, struct mvc_gitid *out, const struct mvc_jval *in,
    const char *key, bool need)
{
	const char *s = string(rd, in, key, need);

	if (!s)
		return;
	if (mvc_gitid_parse(out, s, strlen(s)) ||
	    strcmp(s, mvc_gitid_hex(out).s))
		fault(rd, key, "is no id of Git's");
}

static const char *
path(struct reader *rd, const struct mvc_jval *in, const char *key, bool need)
{
	const char *s = string(rd, in, key, need);

	if (s && !rd->err)
		rd->err = mvc_record_check_path(s);
	return s;
}

/* A list, n entries long; NULL where there is none. */
static const struct mvc_jval *
list(struct reader *rd, const struct mvc_jval *in, const char *key, size_t *n,
    bool need)
{
	const struct mvc_jval *v = member(rd, in, key, MVC_JARRAY, need);

	*n = v ? mvc_jval_count(v) : 0;
	if (*n > MVC_RECORD_LIST) {
		fault(rd, key, "are too many");
		*n = 0;
	}
	return v;
}

/* A list of texts. */
static void
strings(struct reader *rd, struct mvc_names *out, const struct mvc_jval *in,
    const char *key, bool need)
{
	size_t n;
	const struct mvc_jval *v = list(rd, in, key, &n, need);

	for (size_t i = 0; i < n && !rd->err; i++) {
		const char *s = mvc_jval_str(mvc_jval_at(v, i));

		if (!s || strlen(s) > MVC_RECORD_STRING)
			fault(rd, key, "holds what is no text, or too long");
		else
			rd->err = mvc_names_add(out, s);
	}
}

/* A list of paths, ascending. */
static void
paths(struct reader *rd, struct mvc_names *out, const struct mvc_jval *in,
    const char *key, bool need)
{
	strings(rd, out, in, key, need);
	for (size_t i = 0; i < out->n && !rd->err; i++) {
		rd->err = mvc_record_check_path(out->v[i]);
		if (i && strcmp(out->v[i - 1], out->v[i]) >= 0)
			fault(rd, key, "are not in order");
	}
}

static void
read_code(struct reader *rd, const struct mvc_jval *doc)
{
	const struct mvc_jval *in = member(rd, doc, "code", MVC_JOBJECT, false);

	if (!in)
		return;
	rd->r->clean = truth(rd, in, "clean", true);
	gitid(rd, &rd->r->commit, in, "commit", false);
	gitid(rd, &rd->r->tree, in, "tree", false);
	if (!rd->r->commit.n && !rd->r->tree.n)
		fault(rd, "code", "has neither commit nor tree");
	paths(rd, &rd->r->omitted, in, "omitted", false);
}

static void
read_trace(struct reader *rd, const struct mvc_jval *doc)
{
	const struct mvc_jval *in =
	    member(rd, doc, "trace", MVC_JOBJECT, false);

	if (!in)
		return;
	rd->r->tracer = copy(rd, string(rd, in, "tool", true));
	paths(rd, &rd->r->undeclared, in, "undeclared", true);
}

static void
read_file(struct reader *rd, struct mvc_run_file *f, const struct mvc_jval *in)
{
	static const char *const kinds[] = RECORD_KINDS;
	static const char *const types[] = RECORD_TYPES;

	f->kind = word(rd, in, "kind", kinds, 5);
	f->changed = truth(rd, in, "changed", false);
	if (f->kind == MVC_RUN_FAILED || rd->err)
		return;
	f->type = word(rd, in, "type", types, 4);
	f->size = (uint64_t)whole(rd, in, "size", 0, INT64_MAX, true);
	f->files = f->type == MVC_POINTER_TREE
	    ? (uint64_t)whole(rd, in, "files", 0, INT64_MAX, true)
	    : 1;
	gitid(rd, &f->git, in, "git", f->kind == MVC_RUN_GIT);
	f->has_oid = oid(rd, &f->oid, in, "oid", f->kind != MVC_RUN_GIT);
}

static void
read_files(struct reader *rd, struct mvc_run_files *out,
    const struct mvc_jval *doc, const char *key, bool failed)
{
	size_t n;
	const struct mvc_jval *v = list(rd, doc, key, &n, true);

	for (size_t i = 0; i < n && !rd->err; i++) {
		const struct mvc_jval *in = mvc_jval_at(v, i);
		const char *s = path(rd, in, "path", true);
		struct mvc_run_file *f;

		if (!rd->err)
			rd->err = mvc_run_files_add(&f, out, s);
		if (!rd->err)
			read_file(rd, f, in);
		if (!rd->err && f->kind == MVC_RUN_FAILED && !failed)
			fault(rd, key, "have one that failed");
		if (!rd->err && i && strcmp(f[-1].path, f->path) >= 0)
			fault(rd, key, "are not in order");
	}
}

int
record_scalar(struct mvc_run_value *out, const struct mvc_jval *v)
{
	switch (v ? mvc_jval_kind(v) : MVC_JOBJECT) {
	case MVC_JBOOL:
		out->type = MVC_RUN_BOOL;
		out->truth = mvc_jval_bool(v);
		break;
	case MVC_JINT:
		out->type = MVC_RUN_INT;
		out->whole = mvc_jval_int(v);
		break;
	case MVC_JREAL:
		out->type = MVC_RUN_REAL;
		out->real = mvc_jval_number(v);
		break;
	case MVC_JSTRING:
		if (strlen(mvc_jval_str(v)) > MVC_RECORD_STRING)
			return mvc_fail(MVC_EINVALID, "value is too long");
		out->type = MVC_RUN_TEXT;
		out->text = strdup(mvc_jval_str(v));
		return out->text ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
	case MVC_JNULL:
		break;
	default:
		return mvc_fail(
		    MVC_EINVALID, "value is missing, or more than one");
	}
	return MVC_OK;
}

static void
read_value(
    struct reader *rd, struct mvc_run_values *out, const struct mvc_jval *in)
{
	const char *file = path(rd, in, "file", false);
	const char *key = string(rd, in, "key", true);
	struct mvc_run_value *v;

	if (!rd->err)
		rd->err = mvc_run_values_add(&v, out, file ? file : "", key);
	if (rd->err)
		return;
	v->has_step = mvc_jval_get(in, "step");
	if (v->has_step)
		v->step = whole(rd, in, "step", INT64_MIN, INT64_MAX, true);
	if (!rd->err)
		rd->err = record_scalar(v, mvc_jval_get(in, "value"));
}

static void
read_values(struct reader *rd, struct mvc_run_values *out,
    const struct mvc_jval *doc, const char *key)
{
	size_t n;
	const struct mvc_jval *v = list(rd, doc, key, &n, true);

	for (size_t i = 0; i < n && !rd->err; i++) {
		read_value(rd, out, mvc_jval_at(v, i));
		if (!rd->err && i &&
		    mvc_run_value_cmp(&out->v[i - 1], &out->v[i]) >= 0)
			fault(rd, key, "are not in order");
	}
}

static void
read_end(struct reader *rd, const struct mvc_jval *doc)
{
	const char *started = string(rd, doc, "started", true);
	struct mvc_record *r = rd->r;

	if (!rd->err)
		rd->err = mvc_moment_parse(&r->started, started);
	r->duration = (uint64_t)whole(rd, doc, "duration", 0, INT64_MAX, true);
	if (mvc_jval_get(doc, "signal"))
		r->signal = (int)whole(rd, doc, "signal", 1, 255, true);
	else
		r->exit = (int)whole(rd, doc, "exit", 0, 255, true);
	if (!r->failed && (r->signal || r->exit))
		fault(rd, "result", "is done, of a command that failed");
}

static void
read_who(struct reader *rd, const struct mvc_jval *doc)
{
	const struct mvc_jval *in = member(rd, doc, "who", MVC_JOBJECT, false);

	rd->r->host = copy(rd, string(rd, doc, "host", false));
	if (!in)
		return;
	rd->r->who = copy(rd, string(rd, in, "name", false));
	rd->r->email = copy(rd, string(rd, in, "email", false));
}

static void
read_record(struct reader *rd, const struct mvc_jval *doc)
{
	static const char *const results[] = {"", "done", "failed"};
	struct mvc_record *r = rd->r;

	r->failed = word(rd, doc, "result", results, 3) == 2;
	r->name = copy(rd, string(rd, doc, "name", false));
	strings(rd, &r->command, doc, "command", true);
	r->cwd = copy(rd, path(rd, doc, "cwd", false));
	read_code(rd, doc);
	read_end(rd, doc);
	read_who(rd, doc);
	read_trace(rd, doc);
	r->has_environment =
	    oid(rd, &r->environment, doc, "environment", false);
	read_files(rd, &r->inputs, doc, "inputs", false);
	read_files(rd, &r->outputs, doc, "outputs", r->failed);
	read_values(rd, &r->params, doc, "params");
	read_values(rd, &r->metrics, doc, "metrics");
	read_values(rd, &r->seeds, doc, "seeds");
}

/* Before anything of it is read: of a later version nothing is known. */
static int
check_version(const char *text, size_t n)
{
	static const char head[] = RECORD_HEAD "1\"";
	size_t any = strlen(RECORD_HEAD);

	if (n > MVC_RECORD_MAX)
		return mvc_fail(
		    MVC_EINVALID, "more than %d bytes", MVC_RECORD_MAX);
	if (n > strlen(head) && !memcmp(text, head, strlen(head)))
		return MVC_OK;
	if (n > any && !memcmp(text, RECORD_HEAD, any) && text[any] >= '1' &&
	    text[any] <= '9')
		return mvc_fail(MVC_EVERSION,
		    "a record of a later version: a newer mvc reads it");
	return mvc_fail(MVC_EINVALID, "no record of mvc");
}

/* Written again, it is the same. */
static int
check_form(const struct mvc_jval *doc, const char *text, size_t n)
{
	MVC_SCOPED(mvc_buf) again = MVC_BUF_INIT(4 * MVC_RECORD_MAX);
	struct mvc_json j;
	int err;

	mvc_json_init_buf(&j, &again);
	j.pretty = true;
	err = mvc_jval_write(&j, doc);
	if (err)
		return err;
	mvc_json_newline(&j);
	err = mvc_json_finish(&j);
	if (!err && (again.len != n || memcmp(again.data, text, n)))
		err = mvc_fail(MVC_EINVALID, "not in canonical form");
	return err;
}

static int
parse(struct mvc_record *out, const char *text, size_t n)
{
	MVC_OWN(mvc_jval) *doc = NULL;
	struct reader rd = {.r = out};
	int err;

	err = check_version(text, n);
	if (!err)
		err = mvc_jval_parse(&doc, text, n);
	if (!err)
		err = check_form(doc, text, n);
	if (err)
		return err;
	read_record(&rd, doc);
	return rd.err;
}

int
mvc_record_parse(
    struct mvc_record *out, const char *name, const char *text, size_t n)
{
	int err;

	*out = (struct mvc_record)MVC_RECORD_INIT;
	err = parse(out, text, n);
	if (err)
		mvc_record_release(out);
	return err ? mvc_fail_prefix(err, "%s", name) : MVC_OK;
}
