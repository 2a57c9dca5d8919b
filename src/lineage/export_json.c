/*
 * Node ids are made of what a node is, so that the same thing has the same id
 * in every answer:
 *
 *     data:OID:RUN:PATH, without RUN where no run made it; commit:ID
 *     run:ID, param:RUN:FILE:KEY, metric:RUN:FILE:KEY, and :STEP of a series
 */
#include "lineage/export.h"

#include "git/history.h"
#include "lineage/moment.h"
#include "text/json.h"
#include "work/source.h"

#include <stdio.h>
#include "util/banned.h"

#define ID_MAX (4 * MVC_RECORD_STRING)

struct writing {
	struct mvc_json *j;
	const struct mvc_lineage *l;
	struct mvc_buf id; /* of a node */
	struct mvc_gitid *codes; /* commits of the runs; also twice */
	uint32_t n_codes;
};

static int
node_id(struct mvc_buf *out, const struct mvc_node *n)
{
	int err;

	mvc_buf_clear(out);
	if (n->kind == MVC_NODE_RUN)
		return mvc_buf_addf(out, "run:%s", mvc_oid_hex(&n->id).s);
	err = mvc_buf_addf(out, "data:%s:", mvc_oid_hex(&n->id).s);
	if (!err && n->has_run)
		err = mvc_buf_addf(out, "%s", mvc_oid_hex(&n->run).s);
	return err ? err : mvc_buf_addf(out, ":%s", n->path);
}

static void
begin_node(struct writing *w, const char *kind)
{
	mvc_json_object(w->j);
	mvc_json_key_str(w->j, "id", w->id.data);
	mvc_json_key_str(w->j, "kind", kind);
}

static void
write_edge(
    struct mvc_json *j, const char *from, const char *to, const char *kind)
{
	mvc_json_object(j);
	mvc_json_key_str(j, "from", from);
	mvc_json_key_str(j, "to", to);
	mvc_json_key_str(j, "kind", kind);
	mvc_json_end(j);
}

/* ---- data ---- */

static void
write_source(struct mvc_json *j, const char *text)
{
	MVC_SCOPED(mvc_source_words) s = {NULL};

	if (!text || mvc_source_parse(&s, text))
		return;
	mvc_json_key(j, "source");
	mvc_json_object(j);
	mvc_json_key_str(j, "url", s.url);
	mvc_json_key_str(j, "rev", s.rev);
	mvc_json_key_str(j, "path", s.path);
	mvc_json_end(j);
}

/* mvc_ledger_key's: an id of Git's, and zeros. */
static bool
is_gitid(const struct mvc_oid *id)
{
	static const uint8_t zeros[12];

	return !memcmp(id->b + 20, zeros, sizeof(zeros));
}

static struct mvc_gitid_hex
hex_of_git(const struct mvc_oid *id)
{
	struct mvc_gitid git = {.n = 20};

	memcpy(git.b, id->b, 20);
	return mvc_gitid_hex(&git);
}

static int
write_data(struct writing *w, const struct mvc_node *n)
{
	static const char *const types[] = {"", "file", "executable", "tree"};
	const struct mvc_ledger *g = w->l->ledger;
	struct mvc_json *j = w->j;

	begin_node(w, n->model ? "model" : "data");
	mvc_json_key_str(j, "path", n->path);
	if (is_gitid(&n->id))
		mvc_json_key_str(j, "git", hex_of_git(&n->id).s);
	else
		mvc_json_key_str(j, "oid", mvc_oid_hex(&n->id).s);
	if (n->type)
		mvc_json_key_str(j, "type", types[n->type]);
	if (n->size || n->files) {
		mvc_json_key_u64(j, "size", n->size);
		mvc_json_key_u64(j, "files", n->files);
	}
	if (n->has_run)
		mvc_json_key_str(j, "run", mvc_oid_hex(&n->run).s);
	write_source(j, n->source);
	if (n->version != MVC_LEDGER_NONE)
		mvc_json_key_str(j, "commit",
		    mvc_gitid_hex(
			&g->commits[g->versions[n->version].commit].id)
			.s);
	if (n->cut)
		mvc_json_key_bool(j, "cut", true);
	mvc_json_end(j);
	return MVC_OK;
}

/* ---- runs ---- */

static void
write_value(struct mvc_json *j, const struct mvc_run_value *v)
{
	mvc_json_key(j, "value");
	switch (v->type) {
	case MVC_RUN_NULL:
		mvc_json_null(j);
		break;
	case MVC_RUN_BOOL:
		mvc_json_bool(j, v->truth);
		break;
	case MVC_RUN_INT:
		mvc_json_i64(j, v->whole);
		break;
	case MVC_RUN_REAL:
		mvc_json_double(j, v->real);
		break;
	case MVC_RUN_TEXT:
		mvc_json_str(j, v->text);
		break;
	}
}

static int
value_id(struct mvc_buf *out, const struct mvc_node *run, const char *kind,
    const struct mvc_run_value *v)
{
	int err;

	mvc_buf_clear(out);
	err = mvc_buf_addf(
	    out, "%s:%s:%s:%s", kind, mvc_oid_hex(&run->id).s, v->file, v->key);
	if (!err && v->has_step)
		err = mvc_buf_addf(out, ":%lld", (long long)v->step);
	return err;
}

static int
write_values(struct writing *w, const struct mvc_node *run, const char *kind,
    const struct mvc_run_values *l)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < l->n; i++) {
		const struct mvc_run_value *v = &l->v[i];

		err = value_id(&w->id, run, kind, v);
		if (err)
			return err;
		begin_node(w, kind);
		if (*v->file)
			mvc_json_key_str(w->j, "path", v->file);
		mvc_json_key_str(w->j, "key", v->key);
		if (v->has_step) {
			mvc_json_key(w->j, "step");
			mvc_json_i64(w->j, v->step);
		}
		write_value(w->j, v);
		mvc_json_end(w->j);
	}
	return err;
}

static int
write_value_edges(struct writing *w, const struct mvc_node *run,
    const char *kind, const struct mvc_run_values *l)
{
	char id[4 + MVC_OID_HEX + 1];
	int err = MVC_OK;

	snprintf(id, sizeof(id), "run:%s", mvc_oid_hex(&run->id).s);
	for (size_t i = 0; !err && i < l->n; i++) {
		err = value_id(&w->id, run, kind, &l->v[i]);
		if (!err)
			write_edge(w->j, id, w->id.data,
			    *kind == 'p' ? "used" : "generated");
	}
	return err;
}

static void
write_who(struct mvc_json *j, const struct mvc_record *r)
{
	if (r->who || r->email) {
		mvc_json_key(j, "who");
		mvc_json_object(j);
		if (r->who)
			mvc_json_key_str(j, "name", r->who);
		if (r->email)
			mvc_json_key_str(j, "email", r->email);
		/* Whoever wrote the record said so. */
		mvc_json_key_bool(j, "proven", false);
		mvc_json_end(j);
	}
	if (r->host)
		mvc_json_key_str(j, "host", r->host);
}

static void
write_code(struct mvc_json *j, const struct mvc_record *r)
{
	mvc_json_key(j, "code");
	mvc_json_object(j);
	if (r->commit.n)
		mvc_json_key_str(j, "commit", mvc_gitid_hex(&r->commit).s);
	if (r->tree.n)
		mvc_json_key_str(j, "tree", mvc_gitid_hex(&r->tree).s);
	mvc_json_key_bool(j, "clean", r->clean);
	mvc_json_end(j);
}

/* The commits that brought a record in. */
static void
write_arrivals(struct writing *w, const struct mvc_node *n)
{
	const struct mvc_ledger *g = w->l->ledger;
	struct mvc_ledger_range a;

	mvc_json_key(w->j, "commits");
	mvc_json_array(w->j);
	if (n->record != MVC_LEDGER_NONE) {
		a = mvc_ledger_find_arrivals(g, n->record);
		for (; a.begin < a.end; a.begin++)
			mvc_json_str(w->j,
			    mvc_gitid_hex(
				&g->commits[g->arrivals
						[g->arrivals_by_record[a.begin]]
						    .commit]
				     .id)
				.s);
	}
	mvc_json_end(w->j);
}

static void
write_account(struct writing *w, const struct mvc_record *r)
{
	struct mvc_moment when;
	struct mvc_json *j = w->j;

	if (r->name)
		mvc_json_key_str(j, "name", r->name);
	mvc_json_key(j, "command");
	mvc_json_array(j);
	for (size_t i = 0; i < r->command.n; i++)
		mvc_json_str(j, r->command.v[i]);
	mvc_json_end(j);
	if (r->cwd)
		mvc_json_key_str(j, "cwd", r->cwd);
	mvc_json_key_str(j, "result", r->failed ? "failed" : "done");
	if (!mvc_moment_format(&when, r->started))
		mvc_json_key_str(j, "started", when.s);
	mvc_json_key_u64(j, "duration", r->duration);
	write_who(j, r);
	write_code(j, r);
}

static int
keep_code(struct writing *w, const struct mvc_gitid *commit)
{
	int err = mvc_ledger_grow(&w->codes, w->n_codes, sizeof(*w->codes));

	if (!err)
		w->codes[w->n_codes++] = *commit;
	return err;
}

static int
write_run(struct writing *w, const struct mvc_node *n)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	int err = mvc_lineage_record(&r, w->l, n);
	const bool known = err == MVC_OK;

	begin_node(w, "run");
	mvc_json_key_str(w->j, "run", mvc_oid_hex(&n->id).s);
	mvc_json_key_bool(w->j, "known", known);
	if (known)
		write_account(w, &r);
	write_arrivals(w, n);
	if (n->cut)
		mvc_json_key_bool(w->j, "cut", true);
	mvc_json_end(w->j);
	if (!known)
		return MVC_OK;
	err = write_values(w, n, "param", &r.params);
	if (!err)
		err = write_values(w, n, "metric", &r.metrics);
	if (!err && r.commit.n)
		err = keep_code(w, &r.commit);
	return err;
}

/* What a run has beyond the edges that the lineage itself has. */
static int
write_run_edges(struct writing *w, const struct mvc_node *n)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	char run[4 + MVC_OID_HEX + 1], commit[80];
	int err;

	if (mvc_lineage_record(&r, w->l, n))
		return MVC_OK;
	err = write_value_edges(w, n, "param", &r.params);
	if (!err)
		err = write_value_edges(w, n, "metric", &r.metrics);
	if (err || !r.commit.n)
		return err;
	snprintf(run, sizeof(run), "run:%s", mvc_oid_hex(&n->id).s);
	snprintf(
	    commit, sizeof(commit), "commit:%s", mvc_gitid_hex(&r.commit).s);
	write_edge(w->j, run, commit, "at");
	return MVC_OK;
}

/* ---- commits ---- */

static int
cmp_gitid(const void *va, const void *vb)
{
	const struct mvc_gitid *a = va, *b = vb;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->b, b->b, a->n);
}

static void
write_commit(struct writing *w, const struct mvc_gitid *id)
{
	struct mvc_commit_about about = {NULL};
	char name[80];

	snprintf(name, sizeof(name), "commit:%s", mvc_gitid_hex(id).s);
	mvc_json_object(w->j);
	mvc_json_key_str(w->j, "id", name);
	mvc_json_key_str(w->j, "kind", "commit");
	mvc_json_key_str(w->j, "commit", mvc_gitid_hex(id).s);
	/* It need not be here. */
	if (!mvc_commit_about(&about, w->l->repo, id)) {
		mvc_json_key_str(w->j, "subject", about.subject);
		mvc_json_key_str(w->j, "author", about.author);
		mvc_json_key_str(w->j, "email", about.email);
		mvc_commit_about_release(&about);
	}
	mvc_json_end(w->j);
}

static void
write_commits(struct writing *w)
{
	if (w->n_codes)
		qsort(w->codes, w->n_codes, sizeof(*w->codes), cmp_gitid);
	for (uint32_t i = 0; i < w->n_codes; i++)
		if (!i || cmp_gitid(&w->codes[i - 1], &w->codes[i]))
			write_commit(w, &w->codes[i]);
}

/* ---- all of it ---- */

static int
write_nodes(struct writing *w)
{
	const struct mvc_lineage *l = w->l;
	int err = MVC_OK;

	mvc_json_key(w->j, "nodes");
	mvc_json_array(w->j);
	for (uint32_t i = 0; !err && i < l->n_nodes; i++) {
		err = node_id(&w->id, &l->nodes[i]);
		if (!err)
			err = l->nodes[i].kind == MVC_NODE_RUN
			    ? write_run(w, &l->nodes[i])
			    : write_data(w, &l->nodes[i]);
	}
	write_commits(w);
	mvc_json_end(w->j);
	return err;
}

static int
write_edges(struct writing *w)
{
	static const char *const kinds[] = {"", "used", "generated", "derived"};
	const struct mvc_lineage *l = w->l;
	MVC_SCOPED(mvc_buf) to = MVC_BUF_INIT(ID_MAX);
	int err = MVC_OK;

	mvc_json_key(w->j, "edges");
	mvc_json_array(w->j);
	for (uint32_t i = 0; !err && i < l->n_edges; i++) {
		const struct mvc_edge *e = &l->edges[i];

		err = node_id(&w->id, &l->nodes[e->from]);
		if (!err)
			err = node_id(&to, &l->nodes[e->to]);
		if (!err)
			write_edge(w->j, w->id.data, to.data, kinds[e->kind]);
	}
	for (uint32_t i = 0; !err && i < l->n_nodes; i++)
		if (l->nodes[i].kind == MVC_NODE_RUN)
			err = write_run_edges(w, &l->nodes[i]);
	mvc_json_end(w->j);
	return err;
}

int
mvc_lineage_json_gaps(struct mvc_json *j, const struct mvc_lineage *l)
{
	MVC_SCOPED(mvc_buf) id = MVC_BUF_INIT(ID_MAX);
	int err = MVC_OK;

	mvc_json_key(j, "gaps");
	mvc_json_array(j);
	for (uint32_t i = 0; !err && i < l->n_gaps; i++) {
		const struct mvc_gap *gap = &l->gaps[i];

		mvc_json_object(j);
		mvc_json_key_str(j, "kind", mvc_gap_word(gap->kind));
		if (gap->node != MVC_LEDGER_NONE) {
			err = node_id(&id, &l->nodes[gap->node]);
			mvc_json_key_str(j, "node", id.data);
		}
		mvc_json_key_str(j, "text", gap->text);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	return err;
}

int
mvc_lineage_json(struct mvc_json *j, const struct mvc_lineage *l)
{
	struct writing w = {.j = j, .l = l, .id = MVC_BUF_INIT(ID_MAX)};
	int err = MVC_OK;

	mvc_json_object(j);
	mvc_json_key_str(j, "$mvc", "lineage 1");
	mvc_json_key(j, "asked");
	mvc_json_array(j);
	for (uint32_t i = 0; !err && i < l->n_asked; i++) {
		err = node_id(&w.id, &l->nodes[i]);
		if (!err)
			mvc_json_str(j, w.id.data);
	}
	mvc_json_end(j);
	if (!err)
		err = write_nodes(&w);
	if (!err)
		err = write_edges(&w);
	if (!err)
		err = mvc_lineage_json_gaps(j, l);
	if (!err)
		mvc_json_end(j);
	free(w.codes);
	mvc_buf_release(&w.id);
	return err;
}
