#include "work/status.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "store/root.h"
#include "tree/edit.h"
#include "tree/find.h"
#include "util/beneath.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/base.h"
#include "work/checkout.h"
#include "work/scan.h"
#include "work/settle.h"
#include "work/sizes.h"
#include "work/typed.h"

#include "util/banned.h"

/* Files being hashed; each may hold an open folder. */
#define DEPTH 64
/* Files from this on are left unsure, for who reads them: to read smaller ones
 * twice costs little. */
#define UNSURE_MIN (UINT64_C(1) << 20)

/* One root, or part of one. */
struct item {
	char *path; /* what is scanned */
	char *root;
	struct mvc_pointer pointer;
	bool has_pointer;
	bool unread; /* not all of it could be looked at */
	bool blocked; /* nothing of it: a link is in its path; code, text */
	bool entered; /* the root is a folder */
	bool away; /* Git's sparse checkout left it out, and it is not here */
	bool forgotten; /* by Git: nothing to tell of what is not here */
	bool others; /* and it holds the next items */
	bool overlaps; /* a pointer lies in it */
	int code;
	char *text;
	bool has_record, partial;
	/* What the cache has below the root may be of other versions than the
	 * one that it says is here, or that the pointer names where it says
	 * nothing. */
	bool mixed;
	struct mvc_oid here; /* that one */
	struct mvc_status_root sums;
	uint64_t present; /* files as mvc left them: the scan's thread */
	uint64_t known; /* of the pointer's others: changed or deleted */
	/* Of those in the cache, as add counts them: the scan's thread. */
	uint64_t left, vanished;
};

struct status {
	struct mvc_work *w;
	const struct mvc_status_ops *ops;
	struct mvc_index *idx;
	struct item *items;
	size_t n, cap;
	struct item *now; /* the scan's thread is in it */
	struct mvc_statupdate *update;
	struct mvc_settle settle;
	struct mvc_flow *flow;
	/* A recorded folder that is gone, until what was below it is met: an
	 * empty one if nothing is. The scan's thread. */
	struct mvc_buf gone;
};

/* A file to be judged, or something to be told in its turn. */
struct job {
	struct item *item;
	char *path; /* NULL: the item ends */
	char *text;
	enum mvc_status_what what;
	bool judge; /* what is found out by its content */
	struct mvc_dirref *dir;
	struct mvc_stat_entry now;
	bool read; /* now.oid is known */
	bool unsure;
	bool has_cached;
	struct mvc_stat_entry cached;
	bool clean, none; /* results; none: nothing to tell */
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

/* Which roots, and what is known of them beforehand. */

static int
note_record(struct status *s, struct item *it)
{
	struct mvc_stat_entry e;
	int err;

	if (it->away)
		return MVC_OK;
	err = mvc_base_find(
	    &e, s->w, it->root, it->has_pointer ? &it->pointer : NULL);
	if (err)
		return err;
	if (!e.kind) {
		it->mixed = it->has_pointer;
		it->here = it->pointer.oid;
		return MVC_OK;
	}
	it->has_record = true;
	it->partial = e.flags & MVC_STAT_PARTIAL;
	it->here = e.oid;
	if (it->has_pointer && e.flags & MVC_STAT_MIXED)
		err = mvc_work_holds(&it->mixed, s->w, &it->here);
	it->sums.other_version =
	    it->has_pointer && !mvc_work_is_version(s->w, &e, &it->pointer);
	return err;
}

/* Whether the store has what the pointer names. */
static int
note_missing(struct status *s, struct item *it, const char *holder)
{
	const struct mvc_pointer *p = &it->pointer;
	struct mvc_root root;
	bool has;
	int err;

	if (!it->has_pointer || it->away)
		return MVC_OK;
	err = mvc_root_get(&root, s->w->store, holder, &p->oid);
	if (!err) {
		it->sums.missing = root.part;
		mvc_root_release(&root);
		return MVC_OK;
	}
	if (err != MVC_ENOTFOUND)
		return err;
	/* Another clone may hold it in a shared store. */
	if (p->type == MVC_POINTER_TREE)
		err = mvc_store_has(s->w->store, MVC_TREE, &p->oid, &has);
	else
		err = mvc_blob_has(s->w->store, &p->oid, p->size, &has);
	it->sums.missing = !err && !has;
	return err;
}

/* What to do about data whose pointer is not there. */
static int
say_gone(struct status *s, struct item *it, const char *pointer)
{
	struct mvc_index_entry e;

	it->forgotten = mvc_index_find(&e, s->idx, pointer, 0) == MVC_ENOTFOUND;
	if (it->forgotten)
		return mvc_fail(MVC_ENOTFOUND,
		    "untracked, its pointer is gone: mvc add %s tracks it "
		    "again, mvc checkout %s removes it if Git still names it",
		    it->root, it->root);
	return mvc_fail(MVC_ENOTFOUND,
	    "%s was deleted: git checkout %s brings it back, mvc rm --cached "
	    "%s stops tracking",
	    pointer, pointer, it->root);
}

/* A merge that left it in conflict may have left ours in the file. */
static int
check_merged(struct status *s, const struct item *it, const char *pointer)
{
	struct mvc_index_entry e;

	if (mvc_index_find(&e, s->idx, pointer, 2) == MVC_ENOTFOUND &&
	    mvc_index_find(&e, s->idx, pointer, 3) == MVC_ENOTFOUND)
		return MVC_OK;
	return mvc_fail(MVC_ECONFLICT,
	    "a merge left two versions: mvc checkout --ours, --theirs or "
	    "--merge %s",
	    it->root);
}

/* That is no change, and says nothing of another version. */
static bool
is_away(struct status *s, const char *root, const char *pointer)
{
	struct mvc_index_entry e;
	struct stat st;

	return mvc_index_find(&e, s->idx, pointer, 0) == MVC_OK && e.skip &&
	    fstatat(s->w->top, root, &st, AT_SYMLINK_NOFOLLOW) < 0;
}

/* What went wrong last is told of the item. */
static int
take_error(struct item *it, int code)
{
	free(it->text);
	it->code = code;
	it->text = strdup(mvc_error_text());
	return it->text ? MVC_OK : no_memory();
}

/* A link in place of a folder above it, or one that cannot be entered: the
 * others are looked at all the same. */
static int
note_blocked(struct status *s, struct item *it)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err =
	    mvc_beneath_parent(&folder, &name, s->w->top, it->path, false);

	it->blocked = err == MVC_EDENIED;
	return it->blocked ? take_error(it, err) : MVC_OK;
}

static int
add_item(struct status *s, const char *root, const char *path)
{
	MVC_SCOPED(mvc_buf) pointer = MVC_BUF_INIT(1 << 20);
	struct item *it;
	int err;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 16;
		struct item *v = realloc(s->items, cap * sizeof(*v));

		if (!v)
			return no_memory();
		s->items = v;
		s->cap = cap;
	}
	it = &s->items[s->n];
	memset(it, 0, sizeof(*it));
	s->n++;
	it->path = strdup(path);
	it->root = strdup(root);
	if (!it->path || !it->root)
		return no_memory();
	err = mvc_buf_addf(&pointer, "%s%s", root, MVC_POINTER_SUFFIX);
	if (err)
		return err;
	it->code = mvc_work_pointer(&it->pointer, s->w, s->idx, pointer.data);
	if (!it->code)
		it->code =
		    mvc_sizes_check(&it->pointer, s->w->store, pointer.data);
	it->has_pointer = it->code == MVC_OK;
	it->away = it->has_pointer && is_away(s, root, pointer.data);
	if (it->has_pointer)
		it->code = check_merged(s, it, pointer.data);
	if (it->code == MVC_ENOTFOUND)
		it->code = say_gone(s, it, pointer.data);
	if (it->code == MVC_ENOMEM)
		return it->code;
	err = it->code ? take_error(it, it->code) : MVC_OK;
	return err ? err : note_blocked(s, it);
}

/* On a file system that folds case: its pointer goes by another spelling, and
 * that one is looked at. */
static bool
is_respelled(struct status *s, const char *root)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);

	if (!s->w->repo->ignorecase ||
	    mvc_buf_addf(&path, "%s%s", root, MVC_POINTER_SUFFIX))
		return false;
	return mvc_file_exists(s->w->top, path.data) &&
	    !mvc_typed_listed(s->w->top, path.data);
}

static int
add_under(struct status *s, const char *under)
{
	struct mvc_names roots, cached = {0};
	int err;

	err = mvc_work_roots(&roots, s->idx, under);
	if (!err)
		err = mvc_work_cached_roots(&cached, s->w, under);
	for (size_t i = 0; !err && i < cached.n; i++)
		if (!is_respelled(s, cached.v[i]))
			err = mvc_names_add(&roots, cached.v[i]);
	mvc_names_sort(&roots);
	if (!err && roots.n == 0 && under[0])
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s: nothing there is tracked by mvc", under);
	for (size_t i = 0; !err && i < roots.n; i++)
		err = add_item(s, roots.v[i], roots.v[i]);
	mvc_names_release(&roots);
	mvc_names_release(&cached);
	return err;
}

static int
add_path(struct status *s, const char *path)
{
	struct mvc_place p;
	int err;

	err = mvc_place_find(&p, s->w, s->idx, path);
	if (err == MVC_ECONFLICT || err == MVC_EVERSION ||
	    err == MVC_EINVALID || err == MVC_EDENIED)
		return add_under(s, path);
	if (err)
		return err;
	if (p.tracked && strcmp(p.root, path))
		err = add_item(s, p.root, path);
	else
		err = add_under(s, path);
	mvc_place_release(&p);
	return err;
}

static void
item_release(struct item *it)
{
	free(it->path);
	free(it->root);
	free(it->text);
	mvc_pointer_release(&it->pointer);
}

static int
by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	return mvc_path_cmp(x->path, y->path);
}

static bool
is_below(const char *path, const char *above)
{
	return mvc_statpath_below(path, strlen(path), above, strlen(above));
}

/* Of a data set that Git forgot, those that lie in it now are no part. */
static int
note_others(struct item *it)
{
	if (it->others)
		return MVC_OK;
	it->others = true;
	free(it->text);
	if (asprintf(&it->text,
		"its pointer is gone, and other data sets lie there now: mvc "
		"checkout %s removes the rest, if Git still names it",
		it->root) >= 0)
		return MVC_OK;
	it->text = NULL;
	return no_memory();
}

/* A pointer in what another one names. */
static int
note_overlap(struct item *it, const struct item *inner)
{
	if (!it->has_pointer || !inner->has_pointer ||
	    !strcmp(it->root, inner->root) || it->overlaps)
		return MVC_OK;
	it->overlaps = true;
	return take_error(it, mvc_work_fail_overlap(it->root, inner->root));
}

/* In path order, without those inside others; but with those inside one that
 * Git forgot. */
static int
tidy(struct status *s)
{
	size_t kept = 0, forgotten = SIZE_MAX;
	int err = MVC_OK;

	if (s->n > 1)
		qsort(s->items, s->n, sizeof(*s->items), by_path);
	for (size_t i = 0; i < s->n; i++) {
		struct item *it = &s->items[i];
		struct item *last = kept ? &s->items[kept - 1] : NULL;
		struct item *in = forgotten < kept &&
			is_below(it->path, s->items[forgotten].path)
		    ? &s->items[forgotten]
		    : NULL;

		bool lies =
		    last && last != in && is_below(it->path, last->path);

		if (lies && !err)
			err = note_overlap(last, it);
		if ((last && !strcmp(it->path, last->path)) ||
		    (in && it->forgotten) || lies) {
			item_release(it);
			continue;
		}
		if (in && !err)
			err = note_others(in);
		if (it->forgotten)
			forgotten = kept;
		s->items[kept++] = *it;
	}
	s->n = kept;
	return err;
}

static int
plan(struct status *s, const char *const *paths, size_t n)
{
	char holder[33];
	int err;

	err = n ? MVC_OK : add_under(s, "");
	for (size_t i = 0; !err && i < n; i++)
		err = paths[i][0] ? add_path(s, paths[i]) : add_under(s, "");
	if (err)
		return err;
	err = tidy(s);
	if (err)
		return err;
	err = mvc_repo_clone_id(holder, s->w->repo, false);
	if (err == MVC_ENOTFOUND) {
		memset(holder, '0', 32);
		holder[32] = 0;
		err = MVC_OK;
	}
	for (size_t i = 0; !err && i < s->n; i++) {
		err = note_record(s, &s->items[i]);
		if (!err)
			err = note_missing(s, &s->items[i], holder);
	}
	return err;
}

/* Judging a file by its content, on any thread. */

/* What a tree has at the path, as a cache's entry. */
static int
find_in_tree(struct status *s, struct job *j, const struct mvc_oid *tree)
{
	const char *inside = j->path + strlen(j->item->root) + 1;
	struct mvc_found f;
	int err;

	err = mvc_tree_find(&f, mvc_store_source(s->w->store), tree, inside);
	/* A tree that is not here is told of the root. */
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	j->has_cached = f.e.kind != MVC_ENTRY_DIR;
	j->clean = !j->has_cached && j->now.kind == MVC_ENTRY_DIR;
	j->cached.kind = f.e.kind;
	j->cached.size = f.e.size;
	j->cached.oid = f.e.id;
	if (f.e.kind == MVC_ENTRY_LINK)
		mvc_blake3(&j->cached.oid, f.e.target, f.e.target_len);
	mvc_found_release(&f);
	return MVC_OK;
}

/* What is recorded where the cache says nothing, or perhaps what another
 * version had. */
static int
find_recorded(struct status *s, struct job *j)
{
	const struct item *it = j->item;
	bool cached = j->has_cached;
	int err;

	if (!it->has_pointer || (it->has_record && !it->partial && !it->mixed))
		return MVC_OK;
	if (j->path[strlen(it->root)]) {
		j->has_cached = false;
		err = find_in_tree(s, j, &it->here);
		j->none =
		    cached && !j->has_cached && j->what == MVC_STATUS_DELETED;
		return err;
	}
	if (it->has_record || it->pointer.type == MVC_POINTER_TREE)
		return MVC_OK;
	j->cached.kind = it->pointer.type == MVC_POINTER_EXEC ? MVC_ENTRY_EXEC
							      : MVC_ENTRY_FILE;
	j->cached.size = it->pointer.size;
	j->cached.oid = it->pointer.oid;
	j->has_cached = true;
	return MVC_OK;
}

static int
judge(struct status *s, struct job *j)
{
	const char *name = strrchr(j->path, '/');
	int err = MVC_OK;

	name = name ? name + 1 : j->path;
	if (j->item->mixed || !j->has_cached)
		err = find_recorded(s, j);
	if (err || j->clean || j->what == MVC_STATUS_DELETED)
		return err;
	if (!j->has_cached) {
		j->what = MVC_STATUS_ADDED;
		return MVC_OK;
	}
	j->what = MVC_STATUS_MODIFIED;
	if (!s->w->repo->filemode && j->now.kind == MVC_ENTRY_FILE &&
	    j->cached.kind == MVC_ENTRY_EXEC)
		j->now.kind = MVC_ENTRY_EXEC;
	if (j->now.kind != j->cached.kind)
		return MVC_OK;
	if (j->now.kind != MVC_ENTRY_LINK) {
		j->unsure = s->ops->unsure && !j->read &&
		    j->now.size == j->cached.size && j->now.size >= UNSURE_MIN;
		if (j->now.size != j->cached.size || j->unsure)
			return MVC_OK;
		err = j->read
		    ? MVC_OK
		    : mvc_digest_file(&j->now.oid, j->dir->fd, name, j->path);
		if (err == MVC_ENOTFOUND) {
			j->what = MVC_STATUS_DELETED;
			return MVC_OK;
		}
		if (err == MVC_EDENIED) {
			j->what = MVC_STATUS_BAD;
			j->text = strdup(mvc_error_text());
			return j->text ? MVC_OK : no_memory();
		}
		if (err)
			return err;
	}
	j->clean = mvc_oid_eq(&j->now.oid, &j->cached.oid);
	return MVC_OK;
}

static int
work(void *arg, void *job, unsigned thread)
{
	struct job *j = job;

	(void)thread;
	return j->judge ? judge(arg, j) : MVC_OK;
}

/* Whether what is not here may be left out: of a folder of which nothing was
 * checked out that is not known. */
static bool
is_sparse(const struct status *s, const struct item *it)
{
	if (!s->w->sparse || it->pointer.type == MVC_POINTER_TREE)
		return s->w->sparse && (it->has_record || it->sums.here);
	return !mvc_sparse_wants(s->w->sparse, it->root, false);
}

static int
end_item(struct status *s, struct item *it)
{
	struct mvc_status_root *r = &it->sums;

	if (it->forgotten && !r->here)
		return MVC_OK;
	r->path = it->path;
	r->root = it->root;
	r->pointer = it->has_pointer ? &it->pointer : NULL;
	r->code = it->code;
	r->text = it->text;
	r->sparse = it->away || is_sparse(s, it);
	r->left_out = it->away;
	r->vanished = it->vanished > (it->left + it->vanished) / 2;
	if (it->has_pointer && !strcmp(it->path, it->root) &&
	    !r->other_version && !it->unread && !it->blocked &&
	    it->pointer.files > it->known + it->present)
		r->absent = it->pointer.files - it->known - it->present;
	r->no_folder = it->has_pointer && !strcmp(it->path, it->root) &&
	    it->pointer.type == MVC_POINTER_TREE && it->pointer.files == 0 &&
	    !it->entered && !it->unread && !it->blocked && !r->here &&
	    !r->other_version;
	return s->ops->root(s->ops->arg, r);
}

static bool
is_folder(const struct job *j)
{
	return (j->has_cached ? j->cached.kind : j->now.kind) == MVC_ENTRY_DIR;
}

static int
tell(struct status *s, struct job *j)
{
	struct mvc_status_file f = {.path = j->path,
	    .what = j->what,
	    .text = j->text,
	    .unsure = j->unsure,
	    .unread = !j->item->has_pointer && j->item->code &&
		j->item->code != MVC_ENOTFOUND};

	if (j->what == MVC_STATUS_MODIFIED || j->what == MVC_STATUS_DELETED)
		f.was = &j->cached;
	if (j->what == MVC_STATUS_MODIFIED || j->what == MVC_STATUS_ADDED)
		f.now = &j->now;
	return s->ops->file(s->ops->arg, &f);
}

/* A cache that cannot be refreshed costs time, nothing else. */
static int
remember(struct status *s, const struct mvc_stat_entry *e)
{
	int err = MVC_OK;

	if (s->update)
		err = mvc_statupdate_set(s->update, e, false);
	if (err != MVC_EDENIED)
		return err;
	mvc_statupdate_free(s->update);
	s->update = NULL;
	return MVC_OK;
}

static int
finish(void *arg, void *job)
{
	struct status *s = arg;
	struct job *j = job;

	if (!j->path)
		return end_item(s, j->item);
	if (j->none || (j->item->forgotten && j->what == MVC_STATUS_DELETED))
		return MVC_OK;
	j->item->unread |= j->what == MVC_STATUS_BAD;
	j->item->known +=
	    j->what != MVC_STATUS_BAD && j->has_cached && !is_folder(j);
	/* What lies among others would not come in order. */
	if (j->clean && (is_folder(j) || j->item->others))
		return MVC_OK;
	if (j->clean) {
		/* Known from now on by its stat. */
		j->now.path = j->path;
		j->now.path_len = strlen(j->path);
		j->now.flags = j->cached.flags & MVC_STAT_ROOT;
		if (mvc_settle_doubts_any(&s->settle))
			j->now.flags |= MVC_STAT_SURE;
		return remember(s, &j->now);
	}
	if (is_folder(j))
		j->item->sums.folders++;
	else
		j->item->sums.files[j->what]++;
	return s->ops->file ? tell(s, j) : MVC_OK;
}

static void
drop(void *arg, void *job)
{
	struct job *j = job;

	(void)arg;
	free(j->path);
	free(j->text);
	mvc_dirref_drop(j->dir);
	free(j);
}

/* The scan's thread. */

static int
push(struct status *s, const struct job *from, const char *path,
    const char *text)
{
	struct job *j = malloc(sizeof(*j));

	if (!j)
		return no_memory();
	*j = *from;
	j->item = s->now;
	j->path = path ? strdup(path) : NULL;
	j->text = text ? strdup(text) : NULL;
	if (j->dir)
		mvc_dirref_hold(j->dir);
	if ((path && !j->path) || (text && !j->text)) {
		drop(s, j);
		return no_memory();
	}
	return mvc_flow_push(s->flow, j);
}

/* Whether it is known, and not of a data set that lies in one that Git
 * forgot. */
static bool
is_left(const struct status *s, const char *path,
    const struct mvc_stat_entry *cached)
{
	const struct item *it = s->now, *end = s->items + s->n;

	for (it++; cached && it < end && is_below(it->path, s->now->path); it++)
		if (!strcmp(path, it->path) || is_below(path, it->path))
			return false;
	return cached != NULL;
}

/* The folder that is gone was empty, unless the path lies in it. */
static int
settle_gone(struct status *s, const char *path)
{
	struct job j = {.what = MVC_STATUS_DELETED,
	    .has_cached = true,
	    .cached = {.kind = MVC_ENTRY_DIR}};
	size_t len = s->gone.len;

	if (!len)
		return MVC_OK;
	s->gone.len = 0;
	/* Never brought here, its files need not be known. */
	if ((path &&
		mvc_statpath_below(path, strlen(path), s->gone.data, len)) ||
	    s->now->partial || !strcmp(s->gone.data, s->now->root))
		return MVC_OK;
	return push(s, &j, s->gone.data, NULL);
}

static int
on_begin(void *arg, void *user)
{
	struct status *s = arg;

	s->now = user;
	return MVC_OK;
}

static int
on_end(void *arg, void *user)
{
	struct job j = {.judge = false};
	int err = settle_gone(arg, NULL);

	(void)user;
	return err ? err : push(arg, &j, NULL, NULL);
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct status *s = arg;
	struct job j = {.judge = true, .now = {.kind = MVC_ENTRY_DIR}};
	int err = settle_gone(s, NULL);

	s->now->entered |= !strcmp(path, s->now->root);
	if (err || s->now->others || !empty ||
	    (cached && cached->kind == MVC_ENTRY_DIR) ||
	    !strcmp(path, s->now->root))
		return err;
	return push(s, &j, path, NULL);
}

static int
on_file(void *arg, const struct mvc_scanned *f)
{
	struct status *s = arg;
	struct job j = {.judge = true, .dir = f->dir, .now = f->now};
	int err;

	err = settle_gone(s, NULL);
	if (err || (s->now->others && !is_left(s, f->path, f->cached)))
		return err;
	s->now->sums.here++;
	s->now->left += f->cached && f->cached->kind != MVC_ENTRY_DIR;
	j.read = f->verdict == MVC_SCAN_SAME;
	if (j.read && !s->now->mixed) {
		s->now->present++;
		return MVC_OK;
	}
	if (j.read)
		j.now.oid = f->cached->oid;
	j.has_cached = f->cached && f->cached->kind != MVC_ENTRY_DIR;
	if (j.has_cached)
		j.cached = *f->cached;
	return push(s, &j, f->path, NULL);
}

/* Something lies there, but not what was. */
static int
on_covered(void *arg, const struct mvc_stat_entry *cached)
{
	struct status *s = arg;
	struct job j = {.what = MVC_STATUS_DELETED,
	    .judge = s->now->mixed,
	    .has_cached = true,
	    .cached = *cached};
	int err = settle_gone(s, cached->path);

	if (s->now->others || s->now->away)
		return err;
	if (!err && cached->kind == MVC_ENTRY_DIR)
		return mvc_buf_add_str(&s->gone, cached->path);
	return err ? err : push(s, &j, cached->path, NULL);
}

static int
on_missing(void *arg, const struct mvc_stat_entry *cached)
{
	struct status *s = arg;

	s->now->vanished += cached->kind != MVC_ENTRY_DIR;
	return on_covered(arg, cached);
}

static int
on_bad(void *arg, const char *path, int code, const char *text)
{
	struct job j = {.what = MVC_STATUS_BAD};
	struct status *s = arg;
	int err = settle_gone(s, NULL);

	(void)code;
	return err || s->now->others ? err : push(s, &j, path, text);
}

static int
scan_all(struct status *s)
{
	static const struct mvc_scan_ops ops = {.begin = on_begin,
	    .end = on_end,
	    .enter = on_enter,
	    .file = on_file,
	    .missing = on_missing,
	    .covered = on_covered,
	    .bad = on_bad};
	struct mvc_scan_opts o = {.ctx = s->w->ctx,
	    .worktree = s->w->top,
	    .cache = s->w->cache,
	    .settle = &s->settle,
	    .trust_mode = s->w->repo->filemode};
	MVC_OWN(mvc_scan) *scan = NULL;
	int err;

	err = mvc_scan_new(&scan, &o, &ops, s);
	for (size_t i = 0; !err && i < s->n; i++) {
		struct item *it = &s->items[i];

		err = it->blocked
		    ? mvc_scan_nothing(scan, it->path, it)
		    : mvc_scan_root(scan, it->path, strlen(it->root), it);
	}
	return err ? err : mvc_scan_wait(scan);
}

static int
run(struct status *s, const char *const *paths, size_t n)
{
	static const struct mvc_flow_ops ops = {work, finish, drop};
	int err;

	/* Without it, what it put shows as changes. */
	if (mvc_checkout_adopt(s->w))
		mvc_trace_end(s->w->ctx->trace,
		    mvc_trace_start(s->w->ctx->trace), "status.noadopt", 0, 0);
	mvc_settle_read(&s->settle, s->w->repo->gitdir);
	err = mvc_index_open(&s->idx, s->w->repo);
	if (!err)
		err = plan(s, paths, n);
	if (!err)
		err = mvc_statupdate_new(&s->update, s->w->cache);
	if (!err)
		err =
		    mvc_flow_new(&s->flow, s->w->ctx->threads, DEPTH, &ops, s);
	if (!err)
		err = scan_all(s);
	if (!err)
		err = mvc_flow_wait(s->flow);
	if (!err && s->update && mvc_statupdate_commit(s->update))
		mvc_trace_end(s->w->ctx->trace,
		    mvc_trace_start(s->w->ctx->trace), "status.norefresh", 0,
		    0);
	return err;
}

int
mvc_status(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_status_ops *ops)
{
	uint64_t start = mvc_trace_start(w->ctx->trace);
	struct status s = {
	    .w = w, .ops = ops, .gone = MVC_BUF_INIT(2 * MVC_STAT_PATH_MAX)};
	int err = run(&s, paths, n);

	mvc_flow_free(s.flow);
	mvc_statupdate_free(s.update);
	mvc_index_free(s.idx);
	mvc_buf_release(&s.gone);
	mvc_trace_end(w->ctx->trace, start, "status", s.n, 0);
	for (size_t i = 0; i < s.n; i++)
		item_release(&s.items[i]);
	free(s.items);
	return err;
}
