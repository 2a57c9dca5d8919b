/*
 * Breadth first: `nodes` is the queue too, so that each node is asked for its
 * neighbours once, at the least depth that it has.
 */
#include "lineage/ask_priv.h"

#include "git/history.h"
#include "lineage/runs.h"
#include "work/pointer.h"
#include "work/view.h"

#include <stdio.h>
#include <strings.h>
#include "util/banned.h"

void
mvc_lineage_release(struct mvc_lineage *l)
{
	for (uint32_t i = 0; i < l->n_nodes; i++) {
		free(l->nodes[i].path);
		free(l->nodes[i].source);
	}
	for (uint32_t i = 0; i < l->n_gaps; i++)
		free(l->gaps[i].text);
	free(l->nodes);
	free(l->edges);
	free(l->gaps);
	free(l->slots);
	memset(l, 0, sizeof(*l));
}

const char *
mvc_gap_word(enum mvc_gap_kind kind)
{
	static const char *const words[] = {[MVC_GAP_NO_RECORD] = "no-record",
	    [MVC_GAP_RECORD_MISSING] = "record-missing",
	    [MVC_GAP_RECORD_CHANGED] = "record-changed",
	    [MVC_GAP_RECORD_INVALID] = "record-invalid",
	    [MVC_GAP_RECORD_LATER] = "record-later",
	    [MVC_GAP_RECORD_DENIES] = "record-denies",
	    [MVC_GAP_INPUT_UNKNOWN] = "input-unknown",
	    [MVC_GAP_INPUT_LOOSE] = "input-loose",
	    [MVC_GAP_INPUT_CHANGED] = "input-changed",
	    [MVC_GAP_CODE_MISSING] = "code-missing",
	    [MVC_GAP_CYCLE] = "cycle",
	    [MVC_GAP_SHALLOW] = "shallow",
	    [MVC_GAP_POINTER] = "pointer"};

	return words[kind];
}

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a lineage");
}

/* ---- nodes, edges, gaps ---- */

static bool
same(const struct mvc_node *a, const struct mvc_node *b)
{
	if (a->kind != b->kind || !mvc_oid_eq(&a->id, &b->id))
		return false;
	return a->kind == MVC_NODE_RUN ||
	    (a->has_run == b->has_run && !strcmp(a->path, b->path) &&
		(!a->has_run || mvc_oid_eq(&a->run, &b->run)));
}

static uint32_t *
slot_of(const struct mvc_lineage *l, const struct mvc_node *n)
{
	uint64_t h, r = 0;

	memcpy(&h, n->id.b, sizeof(h));
	if (n->kind == MVC_NODE_DATA && n->has_run)
		memcpy(&r, n->run.b, sizeof(r));
	for (const char *s = n->path; s && *s; s++)
		r = (r ^ (uint8_t)*s) * 0x100000001b3;
	h ^= r ^ r >> 32;
	for (size_t i = (size_t)h;; i++) {
		uint32_t *slot = &l->slots[i & (l->n_slots - 1)];

		if (!*slot || same(&l->nodes[*slot - 1], n))
			return slot;
	}
}

static int
grow_slots(struct mvc_lineage *l)
{
	if (l->n_slots && l->n_nodes < l->n_slots / 2)
		return MVC_OK;
	l->n_slots = l->n_slots ? 2 * l->n_slots : 64;
	free(l->slots);
	l->slots = calloc(l->n_slots, sizeof(*l->slots));
	if (!l->slots)
		return no_memory();
	for (uint32_t i = 0; i < l->n_nodes; i++)
		*slot_of(l, &l->nodes[i]) = i + 1;
	return MVC_OK;
}

int
mvc_ask_node(uint32_t *out, struct mvc_lineage *l, const struct mvc_node *like)
{
	MVC_OWN_MEM char *path = NULL, *source = NULL;
	uint32_t *slot;
	int err;

	err = grow_slots(l);
	if (!err)
		err = mvc_ledger_grow(&l->nodes, l->n_nodes, sizeof(*l->nodes));
	if (err)
		return err;
	slot = slot_of(l, like);
	*out = *slot - 1;
	if (*slot)
		return MVC_OK;
	path = like->path ? strdup(like->path) : NULL;
	source = like->source ? strdup(like->source) : NULL;
	if ((like->path && !path) || (like->source && !source))
		return no_memory();
	*out = l->n_nodes;
	l->nodes[*out] = *like;
	l->nodes[*out].path = MVC_TAKE(path);
	l->nodes[*out].source = MVC_TAKE(source);
	*slot = ++l->n_nodes;
	return MVC_OK;
}

int
mvc_ask_edge(
    struct mvc_lineage *l, uint32_t from, uint32_t to, enum mvc_edge_kind kind)
{
	int err = mvc_ledger_grow(&l->edges, l->n_edges, sizeof(*l->edges));

	if (!err)
		l->edges[l->n_edges++] = (struct mvc_edge){from, to, kind};
	return err;
}

int
mvc_ask_gap(struct mvc_lineage *l, enum mvc_gap_kind kind, uint32_t node,
    const char *fmt, ...)
{
	struct mvc_gap gap = {.kind = kind, .node = node};
	va_list ap;
	int err = mvc_ledger_grow(&l->gaps, l->n_gaps, sizeof(*l->gaps));

	if (err)
		return err;
	va_start(ap, fmt);
	if (vasprintf(&gap.text, fmt, ap) < 0)
		gap.text = NULL;
	va_end(ap);
	if (!gap.text)
		return no_memory();
	l->gaps[l->n_gaps++] = gap;
	return MVC_OK;
}

/* ---- what is known of files ---- */

uint32_t
mvc_ask_version(
    const struct mvc_ledger *g, const struct mvc_oid *oid, const char *path)
{
	const struct mvc_ledger_range r = mvc_ledger_find_versions(g, oid);

	for (uint32_t i = r.begin; i < r.end; i++) {
		const uint32_t v = g->versions_by_oid[i];

		if (!*path ||
		    !strcmp(mvc_ledger_text(g, g->versions[v].path), path))
			return v;
	}
	return MVC_LEDGER_NONE;
}

/* By what people call such files. */
static bool
looks_like_model(const char *path)
{
	static const char *const ends[] = {".pt", ".pth", ".ckpt", ".onnx",
	    ".safetensors", ".gguf", ".h5", ".keras", ".pb", ".tflite", ".pkl",
	    ".pickle", ".joblib", ".mlmodel", ".pmml", ".cbm", ".engine",
	    ".bst", ".ubj", ".llamafile", ".nemo", ".mar"};
	const char *name = strrchr(path, '/');
	size_t n;

	name = name ? name + 1 : path;
	n = strlen(name);
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (n > strlen(ends[i]) &&
		    !strcasecmp(name + n - strlen(ends[i]), ends[i]))
			return true;
	return strcasestr(name, "model") != NULL ||
	    strcasestr(name, "checkpoint") != NULL ||
	    strcasestr(name, "weights") != NULL;
}

static void
add_version(struct mvc_node *n, const struct mvc_ledger *g)
{
	const struct mvc_ledger_version *v;

	n->version = mvc_ask_version(g, &n->id, n->path);
	if (n->version == MVC_LEDGER_NONE)
		return;
	v = &g->versions[n->version];
	n->model |= v->model;
	n->type = v->type;
	n->size = v->size;
	n->files = v->files;
}

struct mvc_node
mvc_ask_data_node(const struct mvc_ledger *g, const struct mvc_oid *key,
    const char *path, enum mvc_run_kind kind, enum mvc_pointer_type type)
{
	struct mvc_node n = {.kind = MVC_NODE_DATA,
	    .id = *key,
	    .path = (char *)path,
	    .git = kind == MVC_RUN_GIT,
	    .type = (uint8_t)type,
	    .derived = MVC_LEDGER_NONE,
	    .record = MVC_LEDGER_NONE};

	n.model = kind == MVC_RUN_DATA && looks_like_model(path);
	add_version(&n, g);
	return n;
}

struct mvc_node
mvc_ask_file_node(const struct mvc_ledger *g, const struct mvc_ledger_file *f)
{
	return mvc_ask_data_node(
	    g, &f->key, mvc_ledger_text(g, f->path), f->kind, f->type);
}

int
mvc_ask_run_node(uint32_t *out, struct mvc_lineage *l, const struct mvc_oid *id,
    unsigned depth)
{
	const struct mvc_node run = {.kind = MVC_NODE_RUN,
	    .id = *id,
	    .depth = depth,
	    .version = MVC_LEDGER_NONE,
	    .record = mvc_ledger_find_record(l->ledger, id)};

	return mvc_ask_node(out, l, &run);
}

/* ---- asking ---- */

int
mvc_lineage_ask_path(
    struct mvc_lineage *l, const char *path, const struct mvc_pointer *p)
{
	const char *kind = mvc_pointer_get_label(p, "kind");
	struct mvc_node n =
	    mvc_ask_data_node(l->ledger, &p->oid, path, MVC_RUN_DATA, p->type);
	uint32_t number;
	int err;

	if (kind)
		n.model = !strcmp(kind, "model");
	n.size = p->size;
	n.files = p->files;
	n.has_imported = p->has_imported;
	n.imported = p->imported;
	n.has_run = p->has_run;
	n.run = p->run;
	n.source = p->source;
	mvc_ask_origin(&n, l->ledger, INT64_MAX);
	err = mvc_ask_node(&number, l, &n);
	l->n_asked = l->n_nodes;
	return err;
}

void
mvc_ask_take_version(struct mvc_node *n, const struct mvc_ledger *g,
    const struct mvc_ledger_version *v)
{
	n->has_run = v->has_run;
	n->run = v->run;
	n->source =
	    v->source == MVC_LEDGER_NONE ? NULL : g->texts.data + v->source;
	n->has_imported = v->has_imported;
	n->imported = v->imported;
}

/* Each pointer that had it; else each output, else each input that was it. */
int
mvc_lineage_ask_oid(struct mvc_lineage *l, const struct mvc_oid *oid)
{
	const struct mvc_ledger *g = l->ledger;
	struct mvc_ledger_range r = mvc_ledger_find_versions(g, oid);
	struct mvc_node n;
	uint32_t number;
	int err = MVC_OK;

	for (uint32_t i = r.begin; !err && i < r.end; i++) {
		const struct mvc_ledger_version *v =
		    &g->versions[g->versions_by_oid[i]];

		n = mvc_ask_data_node(
		    g, oid, mvc_ledger_text(g, v->path), MVC_RUN_DATA, v->type);
		mvc_ask_take_version(&n, g, v);
		mvc_ask_origin(&n, g, INT64_MAX);
		err = mvc_ask_node(&number, l, &n);
	}
	for (int used = 0; !err && !l->n_nodes && used < 2; used++) {
		const uint32_t *order = used ? g->used : g->made;

		r = used ? mvc_ledger_find_used(g, oid)
			 : mvc_ledger_find_made(g, oid);
		for (uint32_t i = r.begin; !err && i < r.end; i++) {
			const struct mvc_ledger_file *f = &g->files[order[i]];

			n = mvc_ask_file_node(g, f);
			n.has_run = !used;
			n.run = g->records[f->record].id;
			err = mvc_ask_node(&number, l, &n);
		}
	}
	l->n_asked = l->n_nodes;
	return err;
}

int
mvc_lineage_ask_run(struct mvc_lineage *l, const struct mvc_oid *run)
{
	uint32_t number;
	int err = mvc_ask_run_node(&number, l, run, 0);

	l->n_asked = l->n_nodes;
	return err;
}

int
mvc_lineage_broken(struct mvc_lineage *l, const char *path, const char *why)
{
	return mvc_ask_gap(
	    l, MVC_GAP_POINTER, MVC_LEDGER_NONE, "%s: %s", path, why);
}

/* ---- records ---- */

/* What the work tree or the revision that is asked has in its place. */
static int
record_of_view(struct mvc_record *out, const struct mvc_lineage *l,
    const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	int err;

	if (!l->view)
		return MVC_ENOTFOUND;
	if (!l->view->history)
		return mvc_runs_get(out, l->view->top, id);
	err = mvc_rev_read(
	    &text, l->repo, &l->view->commit, mvc_runs_path_of(id).s);
	return err ? err : mvc_runs_parse(out, id, &text);
}

int
mvc_lineage_record(struct mvc_record *out, const struct mvc_lineage *l,
    const struct mvc_node *run)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	const struct mvc_ledger *g = l->ledger;
	uint32_t commit;
	int err;

	*out = (struct mvc_record)MVC_RECORD_INIT;
	err = record_of_view(out, l, &run->id);
	if (!err || run->record == MVC_LEDGER_NONE)
		return err;
	/* A squash merge, a branch that is gone: history has it. */
	commit = g->records[run->record].commit;
	if (commit == MVC_LEDGER_NONE)
		return err;
	err = mvc_rev_read(&text, l->repo, &g->commits[commit].id,
	    mvc_runs_path_of(&run->id).s);
	return err ? err : mvc_runs_parse(out, &run->id, &text);
}

bool
mvc_ask_is_edited(const struct mvc_lineage *l, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;

	return record_of_view(&r, l, id) == MVC_ECORRUPT;
}

/* ---- the walk ---- */

static int
shallow_gap(struct mvc_lineage *l)
{
	const struct mvc_ledger *g = l->ledger;

	for (uint32_t i = 0; i < g->n_commits; i++)
		if (g->commits[i].boundary)
			return mvc_ask_gap(l, MVC_GAP_SHALLOW, MVC_LEDGER_NONE,
			    "history ends here, at %.7s, in this shallow "
			    "clone: git fetch --unshallow",
			    mvc_gitid_hex(&g->commits[i].id).s);
	return MVC_OK;
}

int
mvc_lineage_walk(struct mvc_lineage *l)
{
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < l->n_nodes; i++)
		err = l->down ? mvc_ask_down(l, i) : mvc_ask_up(l, i);
	/* Down, the same bytes may well come and go. */
	if (!err && !l->down)
		err = mvc_ask_cycles(l);
	return err ? err : shallow_gap(l);
}
