/* One step up: from data to the run that made it, from a run to what it used. */
#include "lineage/ask_priv.h"

#include "git/history.h"
#include "git/repo.h"
#include "work/pointer.h"
#include "work/source.h"

#include <stdio.h>
#include "util/banned.h"

/* ---- what made it ---- */

/* The pointer of a path in the code of a run: what the run really saw. */
static int
pointer_of_code(struct mvc_pointer *out, const struct mvc_lineage *l,
    const struct mvc_record *r, const char *path)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_POINTER_MAX);
	MVC_SCOPED(mvc_buf) name = MVC_BUF_INIT(2 * MVC_RECORD_PATH);
	int err = mvc_buf_addf(&name, "%s" MVC_POINTER_SUFFIX, path);

	*out = (struct mvc_pointer)MVC_POINTER_INIT;
	if (!err)
		err = r->tree.n
		    ? mvc_tree_read(&text, l->repo, &r->tree, name.data)
		    : MVC_ENOTFOUND;
	if (err && r->commit.n) {
		mvc_buf_clear(&text);
		err = mvc_rev_read(&text, l->repo, &r->commit, name.data);
	}
	return err ? err
		   : mvc_pointer_parse(out, name.data, text.data, text.len);
}

/* Where a run of places in `made` ends whose path is that of the first, and of
 * those that are below a moment. */
static uint32_t
end_of(const struct mvc_ledger *g, uint32_t begin, uint32_t end, int64_t before)
{
	const uint32_t path = g->files[g->made[begin]].path;

	while (begin < end) {
		const uint32_t mid = begin + (end - begin) / 2;
		const struct mvc_ledger_file *f = &g->files[g->made[mid]];

		if (f->path == path && g->records[f->record].started < before)
			begin = mid + 1;
		else
			end = mid;
	}
	return begin;
}

/* The last output with these bytes of a run that began before, at this path or
 * (NULL) at any; NONE. */
static uint32_t
last_made(const struct mvc_ledger *g, const struct mvc_oid *key,
    const char *path, int64_t before)
{
	const struct mvc_ledger_range r = mvc_ledger_find_made(g, key);
	uint32_t best = MVC_LEDGER_NONE;
	int64_t when = INT64_MIN;

	for (uint32_t i = r.begin, next; i < r.end; i = next) {
		const uint32_t end = end_of(g, i, r.end, before);
		const uint32_t at = g->files[g->made[i]].path;
		const struct mvc_ledger_file *f;

		next = end_of(g, i, r.end, INT64_MAX);
		if (end == i || (path && strcmp(mvc_ledger_text(g, at), path)))
			continue;
		f = &g->files[g->made[end - 1]];
		if (best == MVC_LEDGER_NONE ||
		    g->records[f->record].started > when) {
			best = g->made[end - 1];
			when = g->records[f->record].started;
		}
	}
	return best;
}

/* A version with a run, else an import, at this path. */
static void
take_best_version(struct mvc_node *n, const struct mvc_ledger *g)
{
	const struct mvc_ledger_range r = mvc_ledger_find_versions(g, &n->id);
	const struct mvc_ledger_version *best = NULL;

	for (uint32_t i = r.begin; i < r.end; i++) {
		const struct mvc_ledger_version *v =
		    &g->versions[g->versions_by_oid[i]];

		if (strcmp(mvc_ledger_text(g, v->path), n->path) != 0)
			continue;
		if (!best || (!best->has_run && v->has_run) ||
		    (!best->has_run && best->source == MVC_LEDGER_NONE &&
			v->source != MVC_LEDGER_NONE))
			best = v;
		if (v->has_run)
			break;
	}
	if (best)
		mvc_ask_take_version(n, g, best);
}

static void
take_made(struct mvc_node *n, const struct mvc_ledger *g, uint32_t file)
{
	if (file == MVC_LEDGER_NONE)
		return;
	n->has_run = true;
	n->run = g->records[g->files[file].record].id;
}

void
mvc_ask_origin(struct mvc_node *n, const struct mvc_ledger *g, int64_t before)
{
	n->derived = MVC_LEDGER_NONE;
	if (!n->has_run && !n->source)
		take_made(n, g, last_made(g, &n->id, n->path, before));
	if (!n->has_run && !n->source && !n->git)
		take_best_version(n, g);
	if (!n->has_run && !n->source && !n->git)
		n->derived = last_made(g, &n->id, NULL, before);
}

/* ---- from data ---- */

static int
up_import(struct mvc_lineage *l, uint32_t i)
{
	const struct mvc_node *n = &l->nodes[i];
	struct mvc_node from = {.kind = MVC_NODE_DATA,
	    .id = n->imported,
	    .path = n->path,
	    .source = n->source,
	    .depth = n->depth,
	    .version = mvc_ask_version(l->ledger, &n->imported, n->path),
	    .derived = MVC_LEDGER_NONE,
	    .record = MVC_LEDGER_NONE};
	uint32_t to;
	int err;

	if (!n->has_imported || !n->source || mvc_oid_eq(&n->imported, &n->id))
		return MVC_OK;
	err = mvc_ask_node(&to, l, &from);
	return err ? err : mvc_ask_edge(l, i, to, MVC_EDGE_DERIVED);
}

/* The output of a run that this is: itself, or under another name. */
static int
up_output(struct mvc_lineage *l, uint32_t i, uint32_t run)
{
	const struct mvc_ledger *g = l->ledger;
	const struct mvc_ledger_record *r = &g->records[l->nodes[run].record];
	const struct mvc_ledger_file *other = NULL;
	struct mvc_node n;
	uint32_t to;
	int err;

	for (uint32_t k = r->files; k < r->files + r->n; k++) {
		const struct mvc_ledger_file *f = &g->files[k];

		if (!f->output || !mvc_oid_eq(&f->key, &l->nodes[i].id))
			continue;
		if (!strcmp(mvc_ledger_text(g, f->path), l->nodes[i].path))
			return mvc_ask_edge(l, run, i, MVC_EDGE_GENERATED);
		other = f;
	}
	if (!other && r->state != MVC_LEDGER_GOOD)
		return mvc_ask_edge(l, run, i, MVC_EDGE_GENERATED);
	if (!other)
		return mvc_ask_gap(l, MVC_GAP_RECORD_DENIES, i,
		    "%s: its pointer names the run %.12s, which made something "
		    "else",
		    l->nodes[i].path, mvc_oid_hex(&r->id).s);
	n = mvc_ask_file_node(g, other);
	n.depth = l->nodes[i].depth;
	n.has_run = true;
	n.run = r->id;
	err = mvc_ask_node(&to, l, &n);
	return err ? err : mvc_ask_edge(l, i, to, MVC_EDGE_DERIVED);
}

static int
up_made(struct mvc_lineage *l, uint32_t i)
{
	const struct mvc_oid id = l->nodes[i].run;
	uint32_t run;
	int err;

	if (l->nodes[i].depth >= l->depth) {
		l->nodes[i].cut = true;
		return MVC_OK;
	}
	err = mvc_ask_run_node(&run, l, &id, l->nodes[i].depth + 1);
	if (err)
		return err;
	if (l->nodes[run].record == MVC_LEDGER_NONE)
		return mvc_ask_edge(l, run, i, MVC_EDGE_GENERATED);
	return up_output(l, i, run);
}

static int
up_data(struct mvc_lineage *l, uint32_t i)
{
	uint32_t derived, to;
	struct mvc_node n;
	int err;

	derived = l->nodes[i].derived;
	if (l->nodes[i].has_run)
		return up_made(l, i);
	if (derived != MVC_LEDGER_NONE) {
		n = mvc_ask_file_node(l->ledger, &l->ledger->files[derived]);
		n.depth = l->nodes[i].depth;
		take_made(&n, l->ledger, derived);
		err = mvc_ask_node(&to, l, &n);
		return err ? err : mvc_ask_edge(l, i, to, MVC_EDGE_DERIVED);
	}
	if (l->nodes[i].source)
		return up_import(l, i);
	if (!l->nodes[i].model)
		return MVC_OK;
	return mvc_ask_gap(l, MVC_GAP_NO_RECORD, i,
	    "%s: no record of the run that made it", l->nodes[i].path);
}

/* ---- from runs ---- */

/* A part of a data set comes of all of it. */
static int
up_part(
    struct mvc_lineage *l, uint32_t i, const struct mvc_record *r, bool *found)
{
	MVC_OWN_MEM char *path = strdup(l->nodes[i].path);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	struct mvc_node n = {.kind = MVC_NODE_DATA, .depth = l->nodes[i].depth};
	uint32_t to;
	char *slash;
	int err;

	*found = false;
	if (!path)
		return mvc_fail(MVC_ENOMEM, "no memory for a lineage");
	while (!*found && (slash = strrchr(path, '/'))) {
		*slash = 0;
		mvc_pointer_release(&p);
		*found = pointer_of_code(&p, l, r, path) == MVC_OK;
	}
	if (!*found)
		return MVC_OK;
	n.id = p.oid;
	n.path = path;
	n.type = (uint8_t)p.type;
	n.size = p.size;
	n.files = p.files;
	n.has_run = p.has_run;
	n.run = p.run;
	n.source = p.source;
	n.has_imported = p.has_imported;
	n.imported = p.imported;
	n.version = mvc_ask_version(l->ledger, &n.id, path);
	n.record = MVC_LEDGER_NONE;
	mvc_ask_origin(&n, l->ledger, r->started);
	err = mvc_ask_node(&to, l, &n);
	return err ? err : mvc_ask_edge(l, i, to, MVC_EDGE_DERIVED);
}

static int
input_gaps(struct mvc_lineage *l, uint32_t i, const struct mvc_record *r,
    const struct mvc_run_file *f)
{
	const struct mvc_node *n = &l->nodes[i];
	bool found = n->version != MVC_LEDGER_NONE || n->has_run || n->source ||
	    n->derived != MVC_LEDGER_NONE || n->git;
	int err = MVC_OK;

	if (f->changed)
		err = mvc_ask_gap(l, MVC_GAP_INPUT_CHANGED, i,
		    "%s: it was changed while a run used it", f->path);
	if (err || found)
		return err;
	if (f->kind == MVC_RUN_LOOSE)
		return mvc_ask_gap(l, MVC_GAP_INPUT_LOOSE, i,
		    "%s: neither mvc nor Git keeps it", f->path);
	err = up_part(l, i, r, &found);
	if (!err && !found)
		err = mvc_ask_gap(l, MVC_GAP_INPUT_UNKNOWN, i,
		    "%s: no pointer in this history has had it", f->path);
	return err;
}

static int
up_input(struct mvc_lineage *l, uint32_t run, const struct mvc_record *r,
    const struct mvc_run_file *f)
{
	const struct mvc_ledger *g = l->ledger;
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	uint32_t before = l->n_nodes, to;
	struct mvc_oid key;
	struct mvc_node n;
	int err;

	mvc_ledger_key(&key, f);
	n = mvc_ask_data_node(g, &key, f->path, f->kind, f->type);
	n.depth = l->nodes[run].depth;
	n.size = f->size;
	n.files = f->files;
	if (f->kind == MVC_RUN_DATA && !pointer_of_code(&p, l, r, f->path) &&
	    mvc_oid_eq(&p.oid, &n.id)) {
		n.has_run = p.has_run;
		n.run = p.run;
		n.source = p.source;
		n.has_imported = p.has_imported;
		n.imported = p.imported;
	}
	mvc_ask_origin(&n, g, r->started);
	err = mvc_ask_node(&to, l, &n);
	if (!err)
		err = mvc_ask_edge(l, run, to, MVC_EDGE_USED);
	if (!err && (to >= before || f->changed))
		err = input_gaps(l, to, r, f);
	return err;
}

static int
code_gap(struct mvc_lineage *l, uint32_t i, const struct mvc_record *r)
{
	const bool commit = r->commit.n && mvc_rev_has(l->repo, &r->commit);
	const bool tree = r->tree.n && mvc_rev_has(l->repo, &r->tree);

	if (tree || (commit && r->clean))
		return MVC_OK;
	if (!r->commit.n && !r->tree.n)
		return mvc_ask_gap(l, MVC_GAP_CODE_MISSING, i,
		    "the run %.12s has recorded no code",
		    mvc_oid_hex(&l->nodes[i].id).s);
	if (commit && !r->clean)
		return mvc_ask_gap(l, MVC_GAP_CODE_MISSING, i,
		    "the uncommitted code of the run %.12s is not in this "
		    "repository: mvc fetch --code",
		    mvc_oid_hex(&l->nodes[i].id).s);
	return mvc_ask_gap(l, MVC_GAP_CODE_MISSING, i,
	    "the code of the run %.12s is not in this repository: %.10s",
	    mvc_oid_hex(&l->nodes[i].id).s,
	    mvc_gitid_hex(r->commit.n ? &r->commit : &r->tree).s);
}

static int
state_gap(struct mvc_lineage *l, uint32_t i, int err)
{
	static const enum mvc_gap_kind kinds[] = {
	    [MVC_LEDGER_CHANGED] = MVC_GAP_RECORD_CHANGED,
	    [MVC_LEDGER_INVALID] = MVC_GAP_RECORD_INVALID,
	    [MVC_LEDGER_LATER] = MVC_GAP_RECORD_LATER};

	if (err == MVC_ENOTFOUND)
		return mvc_ask_gap(l, MVC_GAP_RECORD_MISSING, i,
		    "the record of the run %.12s is nowhere in this history",
		    mvc_oid_hex(&l->nodes[i].id).s);
	return mvc_ask_gap(
	    l, kinds[mvc_ledger_state_of(err)], i, "%s", mvc_error_text());
}

static int
up_run(struct mvc_lineage *l, uint32_t i)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	int err;

	if (mvc_ask_is_edited(l, &l->nodes[i].id)) {
		err = state_gap(l, i, MVC_ECORRUPT);
		if (err)
			return err;
	}
	err = mvc_lineage_record(&r, l, &l->nodes[i]);
	switch (err) {
	case MVC_OK:
		break;
	case MVC_ECORRUPT: /* told above, or of no view */
		return l->view ? MVC_OK : state_gap(l, i, err);
	case MVC_ENOTFOUND:
	case MVC_EINVALID:
	case MVC_EVERSION:
	case MVC_ETOOBIG:
		return state_gap(l, i, err);
	default:
		return err;
	}
	err = code_gap(l, i, &r);
	for (size_t k = 0; !err && k < r.inputs.n; k++)
		err = up_input(l, i, &r, &r.inputs.v[k]);
	return err;
}

int
mvc_ask_up(struct mvc_lineage *l, uint32_t i)
{
	return l->nodes[i].kind == MVC_NODE_RUN ? up_run(l, i) : up_data(l, i);
}
