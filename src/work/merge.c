#include "work/merge.h"
#include "store/writer.h"
#include "tree/merge.h"
#include "work/merge_beside.h"

#include "util/banned.h"

#include <stdio.h>

/* Whose content the merged pointer has. */
enum from { FROM_OURS, FROM_THEIRS, FROM_BOTH, FROM_NOBODY };

struct merging {
	struct mvc_merge *m;
	const struct mvc_pointer *base; /* or NULL */
	const struct mvc_pointer *ours, *theirs;
	struct mvc_pointer *out;
	struct mvc_beside beside;
};

static bool
is_tree(const struct mvc_pointer *p)
{
	return p && p->type == MVC_POINTER_TREE;
}

static bool
same_content(const struct mvc_pointer *a, const struct mvc_pointer *b)
{
	return a && b && is_tree(a) == is_tree(b) &&
	    mvc_oid_eq(&a->oid, &b->oid);
}

static enum from
whose(const struct mvc_pointer *base, const struct mvc_pointer *ours,
    const struct mvc_pointer *theirs)
{
	if (same_content(ours, theirs) || same_content(base, theirs))
		return FROM_OURS;
	if (same_content(base, ours))
		return FROM_THEIRS;
	return is_tree(ours) && is_tree(theirs) ? FROM_BOTH : FROM_NOBODY;
}

bool
mvc_merge_needs_store(const struct mvc_pointer *base,
    const struct mvc_pointer *ours, const struct mvc_pointer *theirs)
{
	return whose(base, ours, theirs) == FROM_BOTH;
}

static int
report(
    struct merging *g, const char *path, const char *what, const char *beside)
{
	struct mvc_merge *m = g->m;

	m->conflicts++;
	return m->conflict ? m->conflict(m->arg, path, what, beside) : MVC_OK;
}

/*
 * One value of three, NULL where there is none: what only one side changed is
 * as that side has it. False when both did, differently.
 */
static bool
pick(const char **out, const char *base, const char *ours, const char *theirs)
{
#define SAME(a, b) ((a) && (b) ? !strcmp(a, b) : (a) == (b))
	*out = SAME(base, ours) ? theirs : ours;
	return SAME(ours, theirs) || SAME(base, ours) || SAME(base, theirs);
#undef SAME
}

static int
merge_source(struct merging *g)
{
	struct mvc_pointer *out = g->out;
	const char *source;
	bool clean;

	clean = pick(&source, g->base ? g->base->source : NULL, g->ours->source,
	    g->theirs->source);
	out->source = source ? strdup(source) : NULL;
	if (source && !out->source)
		return mvc_fail(MVC_ENOMEM, "no memory for a pointer");
	return clean ? MVC_OK : report(g, "", "both changed the source", NULL);
}

/* Where the content is not what came from the source any more, what did. */
static void
merge_imported(struct merging *g)
{
	const struct mvc_pointer *from = g->ours;
	struct mvc_pointer *out = g->out;

	if (!out->source)
		return;
	if (!from->source || strcmp(from->source, out->source) != 0)
		from = g->theirs;
	out->has_imported = from->has_imported;
	out->imported = from->imported;
	mvc_pointer_keep_origin(out, &from->oid);
}

/* "KEY" of "KEY=VALUE"; a label always has its '='. */
static int
label_key(char **out, const char *label)
{
	*out = strndup(label, strcspn(label, "="));
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a label");
}

static int
merge_label(struct merging *g, const char *label)
{
	MVC_OWN_MEM char *key = NULL;
	char what[80];
	const char *value;
	bool clean;
	int err = label_key(&key, label);

	if (err)
		return err;
	clean =
	    pick(&value, g->base ? mvc_pointer_get_label(g->base, key) : NULL,
		mvc_pointer_get_label(g->ours, key),
		mvc_pointer_get_label(g->theirs, key));
	err = value ? mvc_pointer_label(g->out, key, value) : MVC_OK;
	if (err || clean)
		return err;
	snprintf(what, sizeof(what), "both changed label %s", key);
	return report(g, "", what, NULL);
}

static int
merge_labels(struct merging *g)
{
	const struct mvc_lines *ours = &g->ours->labels;
	const struct mvc_lines *theirs = &g->theirs->labels;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < ours->n; i++)
		err = merge_label(g, ours->v[i]);
	for (size_t i = 0; !err && i < theirs->n; i++) {
		MVC_OWN_MEM char *key = NULL;

		err = label_key(&key, theirs->v[i]);
		/* The others had their turn with ours. */
		if (!err && !mvc_pointer_get_label(g->ours, key))
			err = merge_label(g, theirs->v[i]);
	}
	return err;
}

static bool
has_line(const struct mvc_pointer *p, const char *line)
{
	for (size_t i = 0; p && i < p->others.n; i++)
		if (!strcmp(p->others.v[i], line))
			return true;
	return false;
}

/* Lines that this mvc does not know: kept unless a side took them out. */
static int
merge_others(struct merging *g)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < g->ours->others.n; i++) {
		const char *line = g->ours->others.v[i];

		if (!has_line(g->base, line) || has_line(g->theirs, line))
			err = mvc_pointer_add_other(g->out, line);
	}
	for (size_t i = 0; !err && i < g->theirs->others.n; i++) {
		const char *line = g->theirs->others.v[i];

		if (!has_line(g->base, line) && !has_line(g->ours, line))
			err = mvc_pointer_add_other(g->out, line);
	}
	return err;
}

/* Whoever ran it last year and today got the same bytes: any run is right,
 * and the lower id is the same one on all sides. */
static void
merge_run(struct merging *g, enum from from)
{
	const struct mvc_pointer *a = g->ours, *b = g->theirs;

	if (from == FROM_BOTH)
		return;
	if (!same_content(a, b))
		a = b = from == FROM_THEIRS ? g->theirs : g->ours;
	if (!a->has_run || (b->has_run && mvc_oid_cmp(&b->run, &a->run) < 0))
		a = b;
	g->out->has_run = a->has_run;
	g->out->run = a->run;
}

/* The executable bit of a file, apart from its bytes. */
static int
merge_type(struct merging *g, enum from from)
{
	enum mvc_pointer_type ours = g->ours->type, theirs = g->theirs->type;

	g->out->type = from == FROM_THEIRS ? theirs : ours;
	if (is_tree(g->ours) || is_tree(g->theirs) || ours == theirs)
		return MVC_OK;
	if (!g->base || is_tree(g->base)) {
		g->out->type = ours;
		return report(g, "", "executable on one side only", NULL);
	}
	g->out->type = g->base->type == ours ? theirs : ours;
	return MVC_OK;
}

static const char *
what_of(const struct mvc_entry *base, const struct mvc_entry *ours,
    const struct mvc_entry *theirs)
{
	if (!ours)
		return "deleted by us";
	if (!theirs)
		return "deleted by them";
	return base ? "changed by both" : "added by both";
}

static int
tree_conflict(void *arg, const char *path, const struct mvc_entry *base,
    const struct mvc_entry *ours, const struct mvc_entry *theirs,
    const struct mvc_entry **choice)
{
	struct merging *g = arg;
	const char *what = what_of(base, ours, theirs);

	*choice = ours;
	if (!g->m->keep_both)
		return report(g, path, what, NULL);
	return mvc_beside_add(&g->beside, path, what, theirs);
}

/* A tree that the merge begins with; deeper ones are met on the way. */
static int
need_tree(const struct merging *g, const struct mvc_pointer *p, const char *who)
{
	const struct mvc_source *source = mvc_store_source(g->m->store);
	MVC_SCOPED(mvc_buf) node = MVC_BUF_INIT(MVC_TREE_NODE_MAX);
	int err = source->get(source->arg, MVC_TREE, &p->oid, &node);

	if (err != MVC_ENOTFOUND)
		return err;
	return mvc_fail(MVC_ENOTFOUND,
	    "%s: the directory %.12s (%s) is not in the store: fetch it, then "
	    "mvc checkout --merge %s",
	    g->m->name, mvc_oid_hex(&p->oid).s, who, g->m->name);
}

static int
need_trees(const struct merging *g)
{
	int err = need_tree(g, g->ours, "ours");

	if (!err)
		err = need_tree(g, g->theirs, "theirs");
	if (!err && is_tree(g->base))
		err = need_tree(g, g->base, "the common version");
	return err;
}

/* Put theirs beside ours; the nodes of the merge must be readable first. */
static int
place_beside(struct merging *g, struct mvc_writer *w)
{
	int err = mvc_writer_flush(w);

	if (!err)
		err = mvc_beside_place(&g->beside, &g->out->oid, &g->out->size,
		    &g->out->files, mvc_store_source(g->m->store),
		    mvc_writer_sink(w));
	for (size_t i = 0; !err && i < g->beside.n; i++) {
		const char *path, *what, *beside;

		mvc_beside_at(&g->beside, i, &path, &what, &beside);
		err = report(g, path, what, beside);
	}
	return err;
}

/* All of it is here where both sides were, or where that can be proved. */
static int
claim(const struct merging *g, struct mvc_writer *w)
{
	const struct mvc_oid base[] = {g->ours->oid, g->theirs->oid};
	struct mvc_claim c = {.oid = g->out->oid,
	    .tree = true,
	    .size = g->out->size,
	    .files = g->out->files,
	    .base = base,
	    .n_base = 2};
	int err = mvc_writer_claim(w, g->m->holder, &c, 1);

	if (err != MVC_ENOTFOUND)
		return err;
	c.part = true;
	return mvc_writer_claim(w, g->m->holder, &c, 1);
}

static int
merge_trees(struct merging *g)
{
	static const struct mvc_merge_ops ops = {tree_conflict};
	MVC_OWN(mvc_writer) *w = NULL;
	int err;

	err = need_trees(g);
	if (!err)
		err = mvc_writer_new(&w, g->m->store);
	if (err)
		return err;
	err = mvc_tree_merge(&g->out->oid, &g->out->size, &g->out->files,
	    mvc_store_source(g->m->store), mvc_writer_sink(w),
	    is_tree(g->base) ? &g->base->oid : NULL, &g->ours->oid,
	    &g->theirs->oid, &ops, g);
	if (!err && g->beside.n)
		err = place_beside(g, w);
	if (err)
		return mvc_fail_prefix(err, "merge %s", g->m->name);
	if (g->m->conflicts && !g->m->keep_both)
		return MVC_OK;
	return claim(g, w);
}

static int
merge_content(struct merging *g, enum from from)
{
	const struct mvc_pointer *p = from == FROM_THEIRS ? g->theirs : g->ours;

	g->out->oid = p->oid;
	g->out->size = p->size;
	g->out->files = p->files;
	if (from == FROM_NOBODY)
		return report(
		    g, "", g->base ? "changed by both" : "added by both", NULL);
	return from == FROM_BOTH ? merge_trees(g) : MVC_OK;
}

static int
merge(struct merging *g)
{
	enum from from = whose(g->base, g->ours, g->theirs);
	int err = merge_type(g, from);

	if (!err)
		err = merge_source(g);
	if (!err)
		err = merge_labels(g);
	if (!err)
		err = merge_others(g);
	if (!err)
		err = merge_content(g, from);
	merge_imported(g);
	merge_run(g, from);
	if (!err && g->m->conflicts &&
	    (!g->m->keep_both || from == FROM_NOBODY))
		err = mvc_fail(MVC_ECONFLICT,
		    "%s: both sides changed it: choose with mvc checkout "
		    "--ours, --theirs or --merge",
		    g->m->name);
	return err;
}

int
mvc_merge_pointers(struct mvc_pointer *out, struct mvc_merge *m,
    const struct mvc_pointer *base, const struct mvc_pointer *ours,
    const struct mvc_pointer *theirs)
{
	struct merging g = {.m = m,
	    .base = base,
	    .ours = ours,
	    .theirs = theirs,
	    .out = out,
	    .beside = MVC_BESIDE_INIT};
	int err;

	memset(out, 0, sizeof(*out));
	m->conflicts = 0;
	err = merge(&g);
	mvc_beside_release(&g.beside);
	if (err)
		mvc_pointer_release(out);
	return err;
}
