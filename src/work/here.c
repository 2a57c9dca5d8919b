/*
 *     status ──► lines: what differs, and after them their root
 *                  │ all, or HERE_MAX of them
 *                  ▼
 *     measure: read and cut what is new ──► pair up ──► tell
 */
#include "work/here.h"

#include "hash/oidset.h"
#include "object/recipe.h"
#include "store/ingest.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/renames.h"
#include "work/similar.h"
#include "work/status.h"
#include "work/target.h"

#include "util/banned.h"

/* Lines held at once: 64 MB and their paths. */
#define HERE_MAX 200000
/* New chunks remembered, so that each counts once. */
#define SEEN_MAX 1000000

struct line {
	char *path;
	enum mvc_status_what what;
	bool has_was, has_now;
	struct mvc_entry was, now; /* without names and targets */
	bool fresh_known, hashed;
	bool unsure; /* it is no change if it has the same content */
	bool same; /* that is so */
	char *why; /* unsure, and it cannot be read */
	uint64_t fresh;
	size_t similar; /* a deleted line that shares most with it */
	uint64_t shared;
	size_t pair; /* the line it is a rename with + 1 */
	char *root; /* the end of this root, or NULL */
};

struct here {
	struct mvc_work *w;
	const struct mvc_changes_opts *opts;
	const struct mvc_changes_ops *ops;
	void *arg;
	struct line *v;
	size_t n, cap;
	bool many; /* renames are not looked for */
	struct mvc_similar *similar;
	struct mvc_oidset seen; /* new chunks that were counted */
	struct mvc_change_counts counts;
	uint64_t fresh; /* of the file that is read */
	bool touched; /* some unsure file is the same */
	/* The first pointer that could not be read. */
	int code;
	char *why;
	struct mvc_target at; /* the tracked path under way */
};

static void
line_release(struct line *l)
{
	free(l->path);
	free(l->why);
	free(l->root);
}

static struct mvc_entry
entry_of(const struct mvc_stat_entry *e)
{
	return (struct mvc_entry){.kind = e->kind,
	    .size = e->kind == MVC_ENTRY_LINK ? 0 : e->size,
	    .files = 1,
	    .id = e->oid};
}

static bool
is_file(const struct mvc_entry *e)
{
	return e->kind == MVC_ENTRY_FILE || e->kind == MVC_ENTRY_EXEC;
}

/* Reading what is new. */

static int
count_fresh(struct here *h, const struct mvc_oid *chunk, uint32_t n)
{
	bool has, was = false;
	int err;

	err = mvc_store_has(h->w->store, MVC_CHUNK, chunk, &has);
	if (!err && !has && h->seen.n < SEEN_MAX)
		err = mvc_oidset_add(&h->seen, 1, chunk, &was);
	if (!err && !has && !was)
		h->fresh += n;
	return err;
}

static int
on_chunk(void *arg, const struct mvc_oid *id, uint32_t n)
{
	struct here *h = arg;
	int err;

	if (!h->opts->bytes)
		return MVC_OK;
	err = count_fresh(h, id, n);
	return err ? err : mvc_similar_count(h->similar, id, n);
}

/* A file that cannot be read now is told without what it has; if nobody knows
 * whether it changed, as one that cannot be read. */
static int
not_read(struct line *l, const struct mvc_ingested *res)
{
	if (res->err == MVC_ENOMEM)
		return mvc_fail(res->err, "%s", res->text);
	if (l->unsure && !(l->why = strdup(res->text)))
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	return MVC_OK;
}

static int
on_read(void *arg, void *user, const struct mvc_ingested *res)
{
	struct here *h = arg;
	struct line *l = user;
	uint64_t fresh = h->fresh;
	uint64_t shared = mvc_similar_best(h->similar, &l->similar);

	h->fresh = 0;
	if (res->err)
		return not_read(l, res);
	l->hashed = true;
	l->now.id = res->oid;
	l->now.size = res->size;
	l->fresh_known = h->opts->bytes;
	l->fresh = fresh;
	l->same = l->unsure && mvc_oid_eq(&l->was.id, &res->oid);
	h->touched |= l->same;
	l->shared = l->what == MVC_STATUS_ADDED ? shared : 0;
	return MVC_OK;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The sizes of what is gone, sorted. */
static int
gone_sizes(uint64_t **out, size_t *n, const struct here *h)
{
	*n = 0;
	*out = calloc(h->n + 1, sizeof(**out));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	for (size_t i = 0; i < h->n; i++)
		if (h->v[i].what == MVC_STATUS_DELETED && !h->v[i].root)
			(*out)[(*n)++] = h->v[i].was.size;
	qsort(*out, *n, sizeof(**out), by_size);
	return MVC_OK;
}

/* `sizes`: of the n that are gone; a rename has one of them. */
static bool
is_to_read(
    const struct here *h, const struct line *l, const uint64_t *sizes, size_t n)
{
	if (l->root || !l->has_now || !is_file(&l->now))
		return false;
	return h->opts->bytes ||
	    (l->what == MVC_STATUS_ADDED && !h->many &&
		bsearch(&l->now.size, sizes, n, sizeof(*sizes), by_size));
}

static int
open_top(struct mvc_dirref **out, const struct here *h)
{
	int fd, err;

	err = mvc_sys_open(&fd, h->w->top, ".", O_RDONLY | O_DIRECTORY, 0);
	return err ? err : mvc_dirref_new(out, fd, ".");
}

static int
measure_all(struct here *h)
{
	MVC_OWN(mvc_ingest) *in = NULL;
	MVC_OWN_MEM uint64_t *sizes = NULL;
	struct mvc_dirref *top = NULL;
	size_t n;
	int err = gone_sizes(&sizes, &n, h);

	for (size_t i = 0; !err && i < h->n; i++) {
		struct line *l = &h->v[i];

		if (!is_to_read(h, l, sizes, n))
			continue;
		if (!top)
			err = open_top(&top, h);
		if (!err && !in)
			err = mvc_ingest_new_dry(
			    &in, h->w->ctx, on_chunk, on_read, h);
		if (!err)
			err = mvc_ingest_file(in, top, l->path, l->now.size, l);
	}
	if (!err && in)
		err = mvc_ingest_wait(in);
	mvc_dirref_drop(top);
	return err;
}

/* Renames. */

struct gone {
	struct here *h;
	size_t line;
};

static int
add_gone_chunk(
    void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct gone *g = arg;

	(void)off;
	(void)len;
	return mvc_similar_add(g->h->similar, g->line, chunk);
}

static int
list_gone(struct here *h)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n; i++) {
		struct gone g = {h, i};
		struct line *l = &h->v[i];

		if (l->what != MVC_STATUS_DELETED || !l->has_was ||
		    !is_file(&l->was) || l->was.size < MVC_SIMILAR_SIZE)
			continue;
		err = mvc_recipe_chunks(mvc_store_source(h->w->store),
		    &l->was.id, 0, l->was.size, add_gone_chunk, &g);
		if (err == MVC_ENOTFOUND)
			err = MVC_OK;
	}
	return err;
}

static void
pair(struct here *h, size_t from, size_t to)
{
	h->v[from].pair = to + 1;
	h->v[to].pair = from + 1;
}

/* Of the same content. */
static int
pair_same(struct here *h)
{
	MVC_OWN_MEM size_t *gone = calloc(h->n + 1, sizeof(*gone));
	struct mvc_renames r = {.many = false};
	int err = MVC_OK;
	size_t k = 0;

	if (!gone)
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	for (size_t i = 0; !err && i < h->n; i++) {
		struct line *l = &h->v[i];

		if (l->what == MVC_STATUS_ADDED && l->hashed) {
			err = mvc_renames_added(&r, &l->now);
		} else if (l->what == MVC_STATUS_DELETED && l->has_was &&
		    is_file(&l->was)) {
			gone[r.deleted.n] = i;
			err = mvc_renames_deleted(&r, &l->was, NULL);
		}
	}
	mvc_renames_same(&r);
	for (size_t i = 0; !err && i < h->n; i++) {
		const struct line *l = &h->v[i];
		const struct mvc_half *from;

		if (l->what != MVC_STATUS_ADDED || !l->hashed)
			continue;
		from = mvc_renames_from(&r, k++);
		if (from)
			pair(h, gone[from->order], i);
	}
	mvc_renames_release(&r);
	return err;
}

static void
pair_similar(struct here *h)
{
	for (size_t i = 0; i < h->n; i++) {
		struct line *l = &h->v[i], *from = &h->v[l->similar];

		if (!l->pair && l->shared && !from->pair &&
		    mvc_similar_enough(l->shared, from->was.size, l->now.size))
			pair(h, l->similar, i);
	}
}

/* Telling. */

/* Where a link led that is recorded: the tree knows, and h->at stays at the
 * tracked path for the next one. */
static int
find_target(struct mvc_found *f, struct here *h, const char *path)
{
	struct mvc_target *t = &h->at;
	size_t n = t->root ? strlen(t->root) : 0;
	bool missing;
	int err = MVC_OK;

	if (!n || strncmp(path, t->root, n) || (path[n] && path[n] != '/')) {
		mvc_target_release(t);
		err = mvc_view_open(&t->view, h->w->repo, NULL);
		if (!err && !(t->path = strdup(path)))
			err = mvc_fail(MVC_ENOMEM, "no memory");
		if (!err)
			err = mvc_target_root(t);
		n = t->root ? strlen(t->root) : 0;
	}
	if (err || !n || path[n] != '/')
		return err;
	err = mvc_target_inside(f, &missing, mvc_store_source(h->w->store),
	    &t->pointer.oid, path + n + 1);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static void
read_target(struct mvc_entry *e, char *buf, size_t size, struct here *h,
    const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	ssize_t n;

	e->target = buf;
	e->target_len = 0;
	if (mvc_beneath_parent(&folder, &name, h->w->top, path, false))
		return;
	n = readlinkat(folder, name, buf, size);
	e->target_len = n > 0 ? (size_t)n : 0;
}

static int
tell_wrong(struct here *h, const char *path, const char *why)
{
	struct mvc_tracked t = {
	    .path = (char *)path, .err = MVC_EINVALID, .why = (char *)why};

	return h->ops->broken(h->arg, &t);
}

static int
tell_line(struct here *h, struct line *l)
{
	static const enum mvc_change_kind kinds[] = {
	    [MVC_STATUS_ADDED] = MVC_CHANGE_ADDED,
	    [MVC_STATUS_MODIFIED] = MVC_CHANGE_MODIFIED,
	    [MVC_STATUS_DELETED] = MVC_CHANGE_DELETED};
	MVC_SCOPED(mvc_found) was = {.text = NULL};
	struct mvc_change m = {.kind = kinds[l->what],
	    .path = l->path,
	    .a = l->has_was ? &l->was : NULL,
	    .b = l->has_now ? &l->now : NULL,
	    .fresh_known = l->fresh_known,
	    .fresh = l->fresh};
	char target[MVC_TARGET_MAX + 1];
	int err = MVC_OK;

	if (l->same || (l->pair && l->what == MVC_STATUS_DELETED))
		return MVC_OK; /* which is told where it went */
	if (l->why)
		return tell_wrong(h, l->path, l->why);
	if (l->pair) {
		struct line *from = &h->v[l->pair - 1];

		m.kind = MVC_CHANGE_RENAMED;
		m.from = from->path;
		m.a = &from->was;
		m.fresh_known =
		    m.fresh_known && !mvc_oid_eq(&from->was.id, &l->now.id);
	}
	if (l->has_was && l->was.kind == MVC_ENTRY_LINK) {
		err = find_target(&was, h, l->path);
		l->was.target = was.text ? was.e.target : "";
		l->was.target_len = was.text ? was.e.target_len : 0;
	}
	if (l->has_now && l->now.kind == MVC_ENTRY_LINK)
		read_target(&l->now, target, sizeof(target), h, l->path);
	mvc_changes_sum(&h->counts, &m);
	return err || !h->ops->change ? err : h->ops->change(h->arg, &m);
}

static int
tell_root(struct here *h, const char *root)
{
	struct mvc_change_counts n = h->counts;

	memset(&h->counts, 0, sizeof(h->counts));
	n.known = true;
	if (!h->ops->tracked || !mvc_changes_any(&n))
		return MVC_OK;
	return h->ops->tracked(h->arg, root, NULL, NULL, &n);
}

/* Everything that is held. */
static int
tell_all(struct here *h)
{
	int err = MVC_OK;

	if (h->opts->bytes && !h->many)
		err = list_gone(h);
	if (!err)
		err = measure_all(h);
	if (!err && !h->many)
		err = pair_same(h);
	if (!err && !h->many)
		pair_similar(h);
	for (size_t i = 0; !err && i < h->n; i++)
		err = h->v[i].root ? tell_root(h, h->v[i].root)
				   : tell_line(h, &h->v[i]);
	for (size_t i = 0; i < h->n; i++)
		line_release(&h->v[i]);
	h->n = 0;
	return err;
}

static int
add_line(struct here *h, const struct line *l)
{
	int err = MVC_OK;

	if (h->n == HERE_MAX) {
		h->many = true;
		err = tell_all(h);
	}
	if (!err && h->n == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 64;
		struct line *v = reallocarray(h->v, cap, sizeof(*v));

		if (!v)
			err = mvc_fail(MVC_ENOMEM, "no memory for changes");
		h->v = v ? v : h->v;
		h->cap = v ? cap : h->cap;
	}
	if (!err)
		h->v[h->n++] = *l;
	return err;
}

static int
on_file(void *arg, const struct mvc_status_file *f)
{
	struct line l = {.what = f->what, .unsure = f->unsure};
	int err;

	if (f->what == MVC_STATUS_BAD)
		return tell_wrong(arg, f->path, f->text);
	if (f->unread)
		return MVC_OK;
	l.path = strdup(f->path);
	l.has_was = f->was;
	l.has_now = f->now;
	if (f->was)
		l.was = entry_of(f->was);
	if (f->now)
		l.now = entry_of(f->now);
	memset(&l.now.id, 0, sizeof(l.now.id));
	if (!l.path)
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	err = add_line(arg, &l);
	if (err)
		line_release(&l);
	return err;
}

/* Others are told before that ends it. */
static int
keep_unread(struct here *h, const struct mvc_status_root *r)
{
	if (h->code)
		return tell_wrong(h, r->path, r->text);
	h->code = r->code;
	h->why = strdup(r->text);
	return h->why ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
on_root(void *arg, const struct mvc_status_root *r)
{
	struct line l = {.root = strdup(r->path)};
	struct here *h = arg;
	int err = MVC_OK;

	if (!l.root)
		return mvc_fail(MVC_ENOMEM, "no memory for changes");
	if (!r->pointer && r->code != MVC_ENOTFOUND)
		err = keep_unread(h, r);
	else if (!r->pointer)
		err = tell_wrong(h, r->path, r->text);
	else if (r->other_version && h->ops->other)
		err = h->ops->other(h->arg, r->path);
	if (!err)
		err = add_line(h, &l);
	if (err)
		line_release(&l);
	return err;
}

static int
ignore_root(void *arg, const struct mvc_status_root *r)
{
	(void)arg;
	(void)r;
	return MVC_OK;
}

/* The stat cache learns of what was only touched: next time it is not read. */
static int
settle_touched(struct here *h)
{
	const struct mvc_status_ops status = {.root = ignore_root};

	if (!h->touched)
		return MVC_OK;
	return mvc_status(h->w, h->opts->only, h->opts->n_only, &status);
}

int
mvc_changes_here(struct mvc_work *w, const struct mvc_changes_opts *opts,
    const struct mvc_changes_ops *ops, void *arg)
{
	struct here h = {.w = w, .opts = opts, .ops = ops, .arg = arg};
	const struct mvc_status_ops status = {
	    on_file, on_root, &h, .unsure = opts->bytes};
	int err = mvc_similar_new(&h.similar);

	if (!err)
		err = mvc_status(w, opts->only, opts->n_only, &status);
	if (!err)
		err = tell_all(&h);
	if (!err)
		err = settle_touched(&h);
	if (!err && h.code)
		err = mvc_fail(h.code, "%s", h.why);
	for (size_t i = 0; i < h.n; i++)
		line_release(&h.v[i]);
	free(h.v);
	free(h.why);
	mvc_target_release(&h.at);
	mvc_similar_free(h.similar);
	mvc_oidset_release(&h.seen);
	return err;
}
