/*
 * A pointer that was renamed (git mv a.mvc b.mvc) takes its data along.
 *
 *     roots here without a pointer ─┐
 *                                   ├─ same oid: pairs ──► index (ignore
 *     pointers without data here ───┘   lines) ──► .gitignore ──► rename
 *                                                         ──► stat cache
 *
 * The stat cache, which a pair is known by, changes last: killed anywhere, the
 * next checkout does the rest. What is left unpaired is the plan's.
 */
#include "work/checkout_priv.h"

#include "util/beneath.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/fold.h"
#include "work/ignores.h"
#include "work/typed.h"

#include "util/banned.h"

struct pair {
	char *from, *to; /* borrowed */
	enum mvc_entry_kind kind;
	uint64_t size;
	struct mvc_oid oid;
};

struct rename {
	struct checkout *c;
	const char *const *paths;
	size_t n_paths;
	struct mvc_names here, named; /* roots: by the cache, by pointers */
	struct pair *v;
	size_t n;
};

/* One is the other, or holds it. */
static bool
touch(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return !strcmp(a, b) || mvc_statpath_below(a, n, b, m) ||
	    mvc_statpath_below(b, m, a, n);
}

static bool
in_scope(const struct rename *r, const char *to)
{
	for (size_t i = 0; i < r->n_paths; i++)
		if (!r->paths[i][0] || touch(r->paths[i], to))
			return true;
	return r->n_paths == 0;
}

static bool
is_free(const struct rename *r, const char *to)
{
	for (size_t i = 0; i < r->here.n; i++)
		if (touch(r->here.v[i], to))
			return false;
	for (size_t i = 0; i < r->n; i++)
		if (touch(r->v[i].to, to))
			return false;
	return true;
}

static bool
names(struct rename *r, const char *root, const struct mvc_stat_entry *e)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;

	if (mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX) ||
	    mvc_work_pointer(&p, r->c->w, r->c->idx, path.data))
		return false;
	return mvc_oid_eq(&p.oid, &e->oid) &&
	    (p.type == MVC_POINTER_TREE) == (e->kind == MVC_ENTRY_DIR);
}

/* The folder that holds it, and what it is; of mode 0 where there is nothing.
 */
static int
look(int *fd, const char **name, struct stat *st, struct rename *r,
    const char *path)
{
	int err = mvc_beneath_parent(fd, name, r->c->w->top, path, false);

	memset(st, 0, sizeof(*st));
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	if (fstatat(*fd, *name, st, AT_SYMLINK_NOFOLLOW) < 0)
		memset(st, 0, sizeof(*st));
	return MVC_OK;
}

/* A file system that takes both names for one shows one file; some give each
 * spelling an inode. */
static bool
is_one(const struct rename *r, const struct pair *p, const struct stat *a,
    const struct stat *b)
{
	if (a->st_dev == b->st_dev && a->st_ino == b->st_ino)
		return true;
	return r->c->w->repo->ignorecase && !mvc_fold_cmp(p->from, p->to) &&
	    a->st_size == b->st_size &&
	    mvc_ns_of(&a->st_mtim) == mvc_ns_of(&b->st_mtim);
}

/* Nothing is in the way; what the user moved already fits too. */
static bool
fits(struct rename *r, const struct pair *p)
{
	MVC_OWN_FD int from_fd = -1;
	MVC_OWN_FD int to_fd = -1;
	const char *name;
	struct stat a, b;

	if (look(&from_fd, &name, &a, r, p->from) ||
	    look(&to_fd, &name, &b, r, p->to))
		return false;
	return !a.st_mode || !b.st_mode || is_one(r, p, &a, &b);
}

static int
find_pair(struct rename *r, char *from)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;
	int err = mvc_statcursor_new(&k, r->c->w->cache);

	if (!err)
		err = mvc_statcursor_find(&e, k, from);
	if (err || !e)
		return err;
	for (size_t i = 0; i < r->named.n; i++) {
		char *to = r->named.v[i];
		struct pair p = {.from = from,
		    .to = to,
		    .kind = e->kind,
		    .size = e->size,
		    .oid = e->oid};

		if (!in_scope(r, to) || co_left_out(r->c, to) ||
		    !names(r, to, e) || !is_free(r, to) || !fits(r, &p))
			continue;
		r->v[r->n++] = p;
		break;
	}
	return MVC_OK;
}

static int
find_pairs(struct rename *r)
{
	int err;

	err = mvc_work_cached_roots(&r->here, r->c->w, "");
	if (err)
		return err;
	for (size_t i = 0; !err && i < r->here.n; i++) {
		if (co_has_pointer(r->c, r->here.v[i]))
			continue;
		if (!r->v) {
			r->v = calloc(r->here.n, sizeof(*r->v));
			if (!r->v)
				return mvc_fail(MVC_ENOMEM, "no memory");
			err = mvc_work_roots(&r->named, r->c->idx, "");
		}
		if (!err)
			err = find_pair(r, r->here.v[i]);
	}
	return err;
}

static int
move_data(struct rename *r, const struct pair *p)
{
	MVC_OWN_FD int from_fd = -1;
	MVC_OWN_FD int to_fd = -1;
	const char *from, *to;
	struct stat a, b;
	int err = look(&from_fd, &from, &a, r, p->from);

	if (!err)
		err = look(&to_fd, &to, &b, r, p->to);
	if (err || !a.st_mode || to_fd < 0)
		return err;
	if (b.st_mode && !is_one(r, p, &a, &b))
		return MVC_OK;
	return mvc_typed_rename(from_fd, from, to_fd, to);
}

/* Renaming changes a file's ctime, and so does much else: only a file that was
 * as recorded stays known. */
static void
see_again(struct rename *r, struct mvc_stat_entry *e)
{
	MVC_OWN_FD int fd = -1;
	struct mvc_stat_entry now = {0};
	const char *name;
	struct stat st;

	if (look(&fd, &name, &st, r, e->path) || !S_ISREG(st.st_mode))
		return;
	mvc_stat_fill(&now, &st);
	if (now.size == e->size && now.modified == e->modified &&
	    now.inode == e->inode) {
		e->changed = now.changed;
		e->flags |= MVC_STAT_RACY;
	}
}

static int
copy_entries(
    struct rename *r, struct mvc_statupdate *u, const struct pair *pair)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(2 * MVC_STAT_PATH_MAX);
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *at;
	size_t n = strlen(pair->from);
	int err = mvc_statcursor_new(&k, r->c->w->cache);

	if (!err)
		err = mvc_statcursor_seek(k, pair->from);
	while (!err && (at = mvc_statcursor_at(k))) {
		struct mvc_stat_entry e = *at;

		if (strcmp(e.path, pair->from) &&
		    !mvc_statpath_below(e.path, e.path_len, pair->from, n))
			break;
		mvc_buf_clear(&path);
		err = mvc_buf_addf(&path, "%s%s", pair->to, e.path + n);
		if (err)
			break;
		e.path = path.data;
		e.path_len = path.len;
		if (pair->kind != MVC_ENTRY_DIR)
			see_again(r, &e);
		err = mvc_statupdate_set(u, &e, true);
		if (!err)
			err = mvc_statcursor_next(k);
	}
	return err;
}

struct change {
	const char *path;
	const struct pair *to; /* NULL: the entries go */
};

static int
by_path(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return mvc_statpath_cmp(
	    x->path, strlen(x->path), y->path, strlen(y->path));
}

static int
by_root(const void *a, const void *b)
{
	const struct co_root *x = a, *y = b;

	return mvc_statpath_cmp(
	    x->path, strlen(x->path), y->path, strlen(y->path));
}

/* In path order, as an update has it. */
static int
move_entries(struct rename *r)
{
	MVC_OWN(mvc_statupdate) *u = NULL;
	MVC_OWN_MEM struct change *v = calloc(2 * r->n, sizeof(*v));
	struct mvc_work *w = r->c->w;
	int err;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < r->n; i++) {
		v[2 * i] = (struct change){r->v[i].from, NULL};
		v[2 * i + 1] = (struct change){r->v[i].to, &r->v[i]};
	}
	qsort(v, 2 * r->n, sizeof(*v), by_path);
	err = mvc_statupdate_new(&u, w->cache);
	for (size_t i = 0; !err && i < 2 * r->n; i++)
		err = v[i].to ? copy_entries(r, u, v[i].to)
			      : mvc_statupdate_remove(u, v[i].path);
	if (!err)
		err = mvc_statupdate_commit(u);
	if (err)
		return err;
	mvc_statcache_free(MVC_TAKE(w->cache));
	return mvc_statcache_open(&w->cache, w->repo->gitdir);
}

/* Killed before the stat cache knows, and with other pointers next time, data
 * would pass for the user's. */
static int
say_intent(struct rename *r)
{
	MVC_OWN_MEM struct co_root *v = calloc(r->n, sizeof(*v));

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < r->n; i++)
		v[i] = (struct co_root){.path = r->v[i].to,
		    .kind = r->v[i].kind,
		    .size = r->v[i].size,
		    .oid = r->v[i].oid};
	qsort(v, r->n, sizeof(*v), by_root);
	return co_intent_begin(r->c, v, r->n);
}

static int
apply(struct rename *r)
{
	struct mvc_ignores g = {.w = r->c->w, .idx = r->c->idx};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->n; i++) {
		err = mvc_ignores_edit(&g, r->v[i].from, false);
		if (!err)
			err = mvc_ignores_edit(&g, r->v[i].to, true);
	}
	if (!err)
		err = mvc_ignores_stage(&g);
	if (!err)
		err = mvc_index_commit(g.idx);
	if (!err)
		err = say_intent(r);
	/* Before the data: what lies at both ends is no pair any more. */
	if (!err)
		err = mvc_ignores_write(&g);
	for (size_t i = 0; !err && i < r->n; i++)
		err = move_data(r, &r->v[i]);
	if (!err)
		err = move_entries(r);
	co_intent_end(r->c, !err);
	mvc_ignores_release(&g);
	return err;
}

/* A dry run leaves both names out of its plan. */
static int
report(struct rename *r)
{
	const struct mvc_checkout_ops *ops = r->c->ops;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < r->n; i++) {
		struct pair *p = &r->v[i];

		if (ops->renamed)
			err = ops->renamed(ops->arg, p->from, p->to);
		if (!err && r->c->o->dry_run)
			err = mvc_names_add(&r->c->passed, p->from);
		if (!err && r->c->o->dry_run)
			err = mvc_names_add(&r->c->passed, p->to);
	}
	return err;
}

int
co_rename(struct checkout *c, const char *const *paths, size_t n)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	struct rename r = {.c = c, .paths = paths, .n_paths = n};
	int err = find_pairs(&r);

	if (!err && r.n && !c->o->dry_run)
		err = apply(&r);
	if (!err)
		err = report(&r);
	mvc_trace_end(c->w->ctx->trace, start, "checkout.rename", r.n, 0);
	free(r.v);
	mvc_names_release(&r.here);
	mvc_names_release(&r.named);
	return err;
}
