/*
 * Two passes over the differing trees. The first collects what was added and
 * what was deleted, to find renames, and the chunks of all old versions; the
 * second tells. Both meet the same entries in the same order, so the n-th
 * addition of the second is the n-th that the first collected.
 */
#include "work/changes.h"
#include "store/tally.h"
#include "tree/diff.h"
#include "tree/edit.h"
#include "work/renames.h"
#include "work/sizes.h"
#include "work/target.h"
#include "util/banned.h"

struct changes {
	struct mvc_store *store;
	const struct mvc_changes_opts *opts;
	const struct mvc_changes_ops *ops;
	void *arg;
	const struct mvc_tracked_list *la, *lb;
	size_t *moved_from; /* of lb: place in la + 1, 0: none */
	bool *moved; /* of la */
	struct mvc_tally *old; /* NULL: bytes are not asked for */
	struct mvc_renames renames;
	bool collecting; /* the first pass */
	size_t n_added, n_deleted; /* met in the second pass */
	struct mvc_change_counts counts; /* of the tracked path under way */
	const char *root;
	struct mvc_buf path;
	struct mvc_oid empty; /* a directory with nothing in it */
};

static int
collect(struct changes *c, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	uint64_t bytes = 0;
	bool known;
	int err = MVC_OK;

	if (a && c->old)
		err = mvc_sizes_chunks(&bytes, &known, c->store, a, c->old);
	if (!err && !a)
		err = mvc_renames_added(&c->renames, b);
	if (!err && !b)
		err = mvc_renames_deleted(&c->renames, a, path);
	return err;
}

void
mvc_changes_sum(struct mvc_change_counts *n, const struct mvc_change *m)
{
	const struct mvc_entry *e = m->b ? m->b : m->a;

	n->fresh += m->fresh;
	if (e->kind == MVC_ENTRY_DIR) {
		n->folders++;
		return;
	}
	n->added += m->kind == MVC_CHANGE_ADDED;
	n->deleted += m->kind == MVC_CHANGE_DELETED;
	n->modified += m->kind == MVC_CHANGE_MODIFIED;
	n->renamed += m->kind == MVC_CHANGE_RENAMED;
}

bool
mvc_changes_any(const struct mvc_change_counts *n)
{
	return n->added || n->deleted || n->modified || n->renamed ||
	    n->folders;
}

static int
tell(struct changes *c, struct mvc_change *m)
{
	bool same = m->a && m->b && m->kind == MVC_CHANGE_RENAMED &&
	    mvc_oid_eq(&m->a->id, &m->b->id);
	int err = MVC_OK;

	if (c->old && m->b && !same && m->b->kind != MVC_ENTRY_DIR)
		err = mvc_sizes_chunks(
		    &m->fresh, &m->fresh_known, c->store, m->b, c->old);
	mvc_changes_sum(&c->counts, m);
	if (err || !c->ops->change)
		return err;
	return c->ops->change(c->arg, m);
}

static int
tell_entry(struct changes *c, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct mvc_change m = {
	    .kind = MVC_CHANGE_MODIFIED, .path = path, .a = a, .b = b};
	struct mvc_entry from = {.files = 1};

	if (!a) {
		const struct mvc_half *h =
		    mvc_renames_from(&c->renames, c->n_added++);

		m.kind = h ? MVC_CHANGE_RENAMED : MVC_CHANGE_ADDED;
		if (h) {
			m.from = h->path;
			from.kind = h->kind;
			from.size = h->size;
			from.id = h->id;
			m.a = &from;
		}
	} else if (!b) {
		/* It is told where it went. */
		if (mvc_renames_went(&c->renames, c->n_deleted++))
			return MVC_OK;
		m.kind = MVC_CHANGE_DELETED;
	}
	return tell(c, &m);
}

static const struct mvc_entry *
unless_dir(const struct mvc_entry *e)
{
	return e && e->kind == MVC_ENTRY_DIR ? NULL : e;
}

static const struct mvc_entry *
if_empty(const struct changes *c, const struct mvc_entry *e)
{
	return e && e->kind == MVC_ENTRY_DIR && mvc_oid_eq(&e->id, &c->empty)
	    ? e
	    : NULL;
}

/* A directory that came or went shows by what is in it, or else itself. */
static int
tell_folder(
    struct changes *c, const struct mvc_entry *a, const struct mvc_entry *b)
{
	struct mvc_change m = {
	    .kind = MVC_CHANGE_DELETED, .path = c->path.data};
	int err = MVC_OK;

	if (c->collecting)
		return MVC_OK;
	m.a = if_empty(c, a);
	if (m.a)
		err = tell(c, &m);
	m.kind = MVC_CHANGE_ADDED;
	m.a = NULL;
	m.b = if_empty(c, b);
	return err || !m.b ? err : tell(c, &m);
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct changes *c = arg;
	const struct mvc_entry *da = a, *db = b;
	int err;

	a = unless_dir(a);
	b = unless_dir(b);
	if (!a && !b && !if_empty(c, da) && !if_empty(c, db))
		return MVC_OK;
	mvc_buf_clear(&c->path);
	err = mvc_buf_add_str(&c->path, c->root);
	if (!err && *path)
		err = mvc_buf_add_char(&c->path, '/');
	if (!err)
		err = mvc_buf_add_str(&c->path, path);
	if (err || !mvc_changes_wants(c->opts, c->path.data, false))
		return err;
	if (a || b)
		err = c->collecting ? collect(c, c->path.data, a, b)
				    : tell_entry(c, c->path.data, a, b);
	return err ? err : tell_folder(c, da, db);
}

/* Between what two pointers say; either may be NULL. */
static int
visit(struct changes *c, const struct mvc_entry *a, const struct mvc_entry *b)
{
	static const struct mvc_diff_ops ops = {.entry = on_entry};
	bool tree_a = a && a->kind == MVC_ENTRY_DIR;
	bool tree_b = b && b->kind == MVC_ENTRY_DIR;
	int err = MVC_OK;

	if (unless_dir(a) || unless_dir(b))
		err = on_entry(c, "", a, b);
	if (!err && (tree_a || tree_b))
		err = mvc_tree_diff(mvc_store_source(c->store),
		    tree_a ? &a->id : NULL, tree_b ? &b->id : NULL, &ops, c);
	return err;
}

static bool
is_at_or_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !n || (!strncmp(path, dir, n) && (!path[n] || path[n] == '/'));
}

bool
mvc_changes_wants(
    const struct mvc_changes_opts *opts, const char *path, bool holds)
{
	for (size_t i = 0; i < opts->n_only; i++)
		if (is_at_or_below(path, opts->only[i]) ||
		    (holds && is_at_or_below(opts->only[i], path)))
			return true;
	return !opts->n_only;
}

/* A pair of tracked paths; one side may be missing. */
typedef int (*pair_fn)(struct changes *c, const struct mvc_tracked *a,
    const struct mvc_tracked *b);

static int
each_pair(struct changes *c, pair_fn fn)
{
	const struct mvc_tracked_list *la = c->la, *lb = c->lb;
	size_t i = 0, k = 0;
	int err = MVC_OK;

	while (!err && (i < la->n || k < lb->n)) {
		int cmp = i == la->n ? 1
		    : k == lb->n     ? -1
				 : mvc_path_cmp(la->v[i].path, lb->v[k].path);

		if (mvc_changes_wants(c->opts,
			cmp <= 0 ? la->v[i].path : lb->v[k].path, true))
			err = fn(c, cmp <= 0 ? &la->v[i] : NULL,
			    cmp >= 0 ? &lb->v[k] : NULL);
		i += cmp <= 0;
		k += cmp >= 0;
	}
	return err;
}

static bool
same_content(const struct mvc_pointer *a, const struct mvc_pointer *b)
{
	return a->type == b->type && mvc_oid_eq(&a->oid, &b->oid);
}

/* Where a tracked path that is new came from, as a whole. */
static const struct mvc_tracked *
whole_from(const struct changes *c, const struct mvc_tracked *b)
{
	size_t from = b ? c->moved_from[b - c->lb->v] : 0;

	return from ? &c->la->v[from - 1] : NULL;
}

static int
find_moved(
    struct changes *c, const struct mvc_tracked *a, const struct mvc_tracked *b)
{
	const struct mvc_tracked_list *la = c->la, *lb = c->lb;

	if (!a || b || a->err)
		return MVC_OK;
	for (size_t k = 0; k < lb->n; k++) {
		const struct mvc_tracked *t = &lb->v[k];

		/* moved_from is la->n + 1 where both sides have the path. */
		if (t->err || c->moved_from[k] ||
		    !same_content(&a->pointer, &t->pointer))
			continue;
		c->moved_from[k] = (size_t)(a - la->v) + 1;
		c->moved[a - la->v] = true;
		break;
	}
	return MVC_OK;
}

static int
mark_both(
    struct changes *c, const struct mvc_tracked *a, const struct mvc_tracked *b)
{
	if (b)
		c->moved_from[b - c->lb->v] = a ? c->la->n + 1 : 0;
	return MVC_OK;
}

static int
unmark_both(
    struct changes *c, const struct mvc_tracked *a, const struct mvc_tracked *b)
{
	if (a && b)
		c->moved_from[b - c->lb->v] = 0;
	return MVC_OK;
}

/* Tracked paths that were renamed as they are. */
static int
match_moved(struct changes *c)
{
	int err;

	c->moved_from = calloc(c->lb->n + 1, sizeof(*c->moved_from));
	c->moved = calloc(c->la->n + 1, sizeof(*c->moved));
	if (!c->moved_from || !c->moved)
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	err = each_pair(c, mark_both);
	if (!err)
		err = each_pair(c, find_moved);
	return err ? err : each_pair(c, unmark_both);
}

static bool
is_moved(const struct changes *c, const struct mvc_tracked *a,
    const struct mvc_tracked *b)
{
	return (a && c->moved[a - c->la->v]) || whole_from(c, b);
}

static int
visit_pair(
    struct changes *c, const struct mvc_tracked *a, const struct mvc_tracked *b)
{
	struct mvc_entry ea, eb;
	int err;

	if ((a && a->err) || (b && b->err))
		return MVC_OK;
	if ((a && b && same_content(&a->pointer, &b->pointer)) ||
	    is_moved(c, a, b))
		return MVC_OK;
	c->root = a ? a->path : b->path;
	if (a)
		ea = mvc_pointer_entry(&a->pointer);
	if (b)
		eb = mvc_pointer_entry(&b->pointer);
	err = visit(c, a ? &ea : NULL, b ? &eb : NULL);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND,
		    "the directory of %s is not, or not whole, in the store",
		    c->root);
	return err;
}

static int
tell_moved(struct changes *c, const struct mvc_tracked *b)
{
	const struct mvc_tracked *a = whole_from(c, b);
	struct mvc_entry ea, eb;
	struct mvc_change m = {.kind = MVC_CHANGE_RENAMED,
	    .path = b->path,
	    .from = a->path,
	    .a = &ea,
	    .b = &eb};

	ea = mvc_pointer_entry(&a->pointer);
	eb = mvc_pointer_entry(&b->pointer);
	return tell(c, &m);
}

static int
tell_pair(
    struct changes *c, const struct mvc_tracked *a, const struct mvc_tracked *b)
{
	struct mvc_change_counts *n = &c->counts;
	int err;

	if (a && a->err)
		return c->ops->broken(c->arg, a);
	if (b && b->err)
		return c->ops->broken(c->arg, b);
	memset(n, 0, sizeof(*n));
	n->known = true;
	c->root = a ? a->path : b->path;
	err = whole_from(c, b) ? tell_moved(c, b) : visit_pair(c, a, b);
	if (err || !c->ops->tracked)
		return err;
	if (!mvc_changes_any(n))
		return MVC_OK;
	return c->ops->tracked(
	    c->arg, c->root, a ? &a->pointer : NULL, b ? &b->pointer : NULL, n);
}

static int
empty_id(struct mvc_oid *out)
{
	MVC_SCOPED(mvc_buf) node = MVC_BUF_INIT(64);
	int err = mvc_tree_encode(&node, 0, NULL, 0);

	if (!err)
		mvc_tree_id(out, node.data, node.len);
	return err;
}

int
mvc_changes(struct mvc_store *s, const struct mvc_tracked_list *a,
    const struct mvc_tracked_list *b, const struct mvc_changes_opts *opts,
    const struct mvc_changes_ops *ops, void *arg)
{
	struct changes c = {.store = s,
	    .opts = opts,
	    .ops = ops,
	    .arg = arg,
	    .la = a,
	    .lb = b,
	    .collecting = true,
	    .path = MVC_BUF_INIT(1 << 20)};
	int err = match_moved(&c);

	if (!err)
		err = empty_id(&c.empty);
	if (!err && opts->bytes)
		err = mvc_tally_new(&c.old, s);
	if (!err)
		err = each_pair(&c, visit_pair);
	mvc_renames_same(&c.renames);
	if (!err && opts->bytes)
		err = mvc_renames_similar(&c.renames, s);
	c.collecting = false;
	if (!err)
		err = each_pair(&c, tell_pair);
	mvc_renames_release(&c.renames);
	free(c.moved_from);
	free(c.moved);
	mvc_tally_free(c.old);
	mvc_buf_release(&c.path);
	return err;
}

static int
count_entry(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct mvc_change_counts *n = arg;

	a = unless_dir(a);
	b = unless_dir(b);
	n->added += !a && b;
	n->deleted += a && !b;
	n->modified += a && b;
	return MVC_OK;
}

int
mvc_changes_count(struct mvc_change_counts *out,
    const struct mvc_source *source, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	static const struct mvc_diff_ops ops = {.entry = count_entry};
	int err;

	memset(out, 0, sizeof(*out));
	out->known = true;
	if (unless_dir(a) && unless_dir(b)) {
		out->modified =
		    a->kind != b->kind || !mvc_oid_eq(&a->id, &b->id);
		return MVC_OK;
	}
	if (!unless_dir(a) != !unless_dir(b) || !a || !b) {
		out->deleted = a ? a->files : 0;
		out->added = b ? b->files : 0;
		return MVC_OK;
	}
	err = mvc_tree_diff(source, &a->id, &b->id, &ops, out);
	if (err != MVC_ENOTFOUND)
		return err;
	memset(out, 0, sizeof(*out));
	return MVC_OK;
}
