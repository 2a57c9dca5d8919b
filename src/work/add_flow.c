/*
 * Three threads hand items on, in path order: the scan's finisher makes them,
 * the ingest reads files between, its finisher applies them to the root's tree
 * and to the stat cache. What is unchanged makes no item.
 */
#include "work/add_priv.h"

#include "store/ingest.h"
#include "tree/find.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/scan.h"
#include "work/settle.h"

#include <pthread.h>

#include "util/banned.h"

enum item_type {
	ITEM_FILE, /* was read */
	ITEM_LINK,
	ITEM_DIR, /* is new, or has become empty */
	ITEM_GONE, /* a file, a link */
	ITEM_GONE_DIR,
};

struct item {
	struct item *next, **prev; /* in the flow's list */
	enum item_type type;
	struct add_root *root;
	char *path;
	char *target; /* ITEM_LINK */
	bool doubted; /* must be what the stat cache says: */
	struct mvc_oid was;
	struct mvc_stat_entry now; /* without its path */
};

struct flow {
	struct add *a;
	struct mvc_ingest *ingest;
	struct mvc_settle settle;
	struct add_root *root; /* the scan's thread is in it */
	pthread_mutex_t lock;
	struct item *items; /* that are under way */
};

const char *
add_inside(const struct add_root *r, const char *path)
{
	size_t n = strlen(r->path);

	return path[n] == '/' ? path + n + 1 : "";
}

static void
item_free(struct flow *f, struct item *it)
{
	pthread_mutex_lock(&f->lock);
	*it->prev = it->next;
	if (it->next)
		it->next->prev = it->prev;
	pthread_mutex_unlock(&f->lock);
	free(it->path);
	free(it->target);
	free(it);
}

static struct item *
item_new(struct flow *f, enum item_type type, const char *path)
{
	struct item *it = calloc(1, sizeof(*it));

	if (!it)
		return NULL;
	it->type = type;
	it->root = f->root;
	it->path = strdup(path);
	if (!it->path) {
		free(it);
		return NULL;
	}
	pthread_mutex_lock(&f->lock);
	it->next = f->items;
	it->prev = &f->items;
	if (it->next)
		it->next->prev = &it->next;
	f->items = it;
	pthread_mutex_unlock(&f->lock);
	return it;
}

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
refuse_torn(const char *path)
{
	return mvc_fail(MVC_ECHANGED,
	    "%s may be cut off: the machine stopped soon after mvc checkout "
	    "wrote it: first mvc checkout",
	    path);
}

static int
pass(struct flow *f, enum item_type type, const char *path)
{
	struct item *it = item_new(f, type, path);

	return it ? mvc_ingest_pass(f->ingest, it) : no_memory();
}

/* The scan's thread. */

static int
on_begin(void *arg, void *user)
{
	struct flow *f = arg;

	f->root = user;
	f->root->part_here = f->root->part_known = false;
	return MVC_OK;
}

static int
check_vanished(struct flow *f)
{
	struct add_root *r = f->root;
	uint64_t known = r->present + r->missing;

	if (f->a->o->vanished || !r->part_here || r->missing <= known / 2)
		return MVC_OK;
	f->a->vanished = strdup(r->path);
	if (!f->a->vanished)
		return no_memory();
	return mvc_fail(MVC_EFINDING,
	    "%s: %llu of %llu files have vanished: is a disk not mounted? "
	    "mvc add --vanished %s records them as deleted",
	    r->path, (unsigned long long)r->missing, (unsigned long long)known,
	    r->path);
}

static int
on_end(void *arg, void *user)
{
	struct flow *f = arg;
	struct add_root *r = user;
	const char *part = r->parts.v[r->part];
	bool is_root = !strcmp(part, r->path);

	if (!r->part_here && is_root && r->part_known && f->a->o->update &&
	    !r->left_out)
		mvc_warn(f->a->w->ctx,
		    "%s is not here: mvc checkout %s brings it, mvc rm stops "
		    "tracking it",
		    part, part);
	if (!r->part_here && is_root && !f->a->o->update)
		return mvc_fail(MVC_ENOTFOUND, "%s is not here%s%s%s", part,
		    r->had_pointer ? ": mvc checkout " : "",
		    r->had_pointer ? part : "",
		    r->had_pointer ? " brings it, mvc rm stops tracking it"
				   : "");
	if (!r->part_here && !is_root && !r->part_known)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is not here: mvc ls %s lists what is recorded", part,
		    r->path);
	r->part++;
	return check_vanished(f);
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct flow *f = arg;

	f->root->part_here = true;
	if (!strcmp(path, f->root->path)) {
		f->root->is_dir = true;
		return MVC_OK;
	}
	if (!empty && cached && cached->kind == MVC_ENTRY_DIR &&
	    !f->root->distrust)
		return MVC_OK;
	return pass(f, ITEM_DIR, path);
}

static int
check_link_target(const struct mvc_scanned *s)
{
	if (strstr(s->target, ".dvc/cache/"))
		return mvc_fail(MVC_EINVALID,
		    "%s is a link into DVC's cache: run dvc unprotect %s, "
		    "then add it",
		    s->path, s->path);
	if (strstr(s->target, ".git/annex/objects/"))
		return mvc_fail(MVC_EINVALID,
		    "%s is a link into git-annex: run git annex unlock %s, "
		    "then add it",
		    s->path, s->path);
	return MVC_OK;
}

/* Pointers of other tools are this long, or longer by mistake. */
#define FOREIGN_MIN 40

static int
check_content(const struct mvc_scanned *s)
{
	char head[MVC_POINTER_MAX];
	MVC_OWN_FD int fd = -1;
	enum mvc_foreign foreign;
	size_t got;
	int err;

	if (mvc_pointer_is_path(s->name))
		return mvc_fail(MVC_EINVALID,
		    "%s: names that end in %s are pointers, not data: rename "
		    "it, or name it in .mvcignore",
		    s->path, MVC_POINTER_SUFFIX);
	if (s->now.size < FOREIGN_MIN || s->now.size > MVC_POINTER_MAX)
		return MVC_OK;
	err = mvc_sys_open(
	    &fd, s->dir->fd, s->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (err)
		return mvc_fail_prefix(err, "%s", s->path);
	err = mvc_sys_read(&got, fd, head, sizeof(head), s->path);
	if (err)
		return err;
	foreign = mvc_foreign_of(head, got);
	if (foreign == MVC_FOREIGN_LFS)
		return mvc_fail(MVC_EINVALID,
		    "%s is only a git-lfs pointer: run git lfs pull, then add "
		    "it",
		    s->path);
	if (foreign == MVC_FOREIGN_ANNEX)
		return mvc_fail(MVC_EINVALID,
		    "%s is only a git-annex pointer: run git annex get, then "
		    "add it",
		    s->path);
	if (foreign == MVC_FOREIGN_MVC)
		return mvc_fail(MVC_EINVALID,
		    "%s is only an mvc pointer: run mvc checkout, then add "
		    "the data",
		    s->path);
	return MVC_OK;
}

/* A root that is a file has no tree to compare with but its pointer. */
bool
add_must_read(const struct add_root *r, const char *path)
{
	if (r->distrust)
		return true;
	return !strcmp(path, r->path) &&
	    (r->untrue || r->other || !r->had_pointer);
}

static int
on_file(void *arg, const struct mvc_scanned *s)
{
	struct flow *f = arg;
	struct item *it;
	bool doubted, torn = false;
	int err = MVC_OK;

	f->root->part_here = true;
	f->root->seen++;
	if (s->cached && s->cached->kind != MVC_ENTRY_DIR)
		f->root->present++;
	if (s->verdict == MVC_SCAN_SAME && !add_must_read(f->root, s->path))
		return MVC_OK;
	doubted = !s->target && mvc_settle_doubts(&f->settle, &s->now);
	if (doubted && s->verdict != MVC_SCAN_RACY) {
		err = add_is_torn(&torn, f->a, f->root, s);
		doubted = false;
	}
	if (err || torn)
		return err ? err : refuse_torn(s->path);
	err = s->target ? check_link_target(s) : check_content(s);
	if (err)
		return err;
	it = item_new(f, s->target ? ITEM_LINK : ITEM_FILE, s->path);
	if (!it)
		return no_memory();
	it->now = s->now;
	it->doubted = doubted;
	if (doubted)
		it->was = s->cached->oid;
	if (!s->target)
		return mvc_ingest_file(
		    f->ingest, s->dir, s->name, s->now.size, it);
	it->target = strdup(s->target);
	return it->target ? mvc_ingest_pass(f->ingest, it) : no_memory();
}

static int
on_missing(void *arg, const struct mvc_stat_entry *cached)
{
	struct flow *f = arg;

	if (!strcmp(cached->path, f->root->path)) {
		/* Of one that sparse leaves out only this may be known. */
		f->root->part_known = !f->a->w->sparse;
		return MVC_OK;
	}
	f->root->part_known = true;
	if (f->a->o->update && !f->root->part_here &&
	    !strcmp(f->root->parts.v[f->root->part], f->root->path))
		return MVC_OK; /* all of it is not here */
	if (cached->kind == MVC_ENTRY_DIR)
		return pass(f, ITEM_GONE_DIR, cached->path);
	f->root->missing++;
	return pass(f, ITEM_GONE, cached->path);
}

/* The ingest's thread. */

static int
edit(struct add *a, struct add_root *r, const char *path,
    const struct mvc_entry *e)
{
	int err = add_need_edit(a, r);

	return err ? err : mvc_tree_edit_set(r->edit, add_inside(r, path), e);
}

static int
take_content(struct add *a, struct item *it, struct mvc_entry *e)
{
	struct add_root *r = it->root;
	int err;

	it->now.path = it->path;
	it->now.path_len = strlen(it->path);
	it->now.oid = e->id;
	it->now.flags = it->doubted ? MVC_STAT_SURE : 0;
	if (!strcmp(it->path, r->path)) {
		r->is_file = true;
		r->file = *e;
		it->now.flags |= MVC_STAT_ROOT;
	} else {
		err = edit(a, r, it->path, e);
		if (err)
			return err;
	}
	return mvc_statupdate_set(a->update, &it->now, false);
}

static int
take_file(struct add *a, struct item *it, const struct mvc_ingested *res)
{
	enum mvc_entry_kind kind = it->now.kind;
	struct mvc_entry e = {.files = 1};

	if (res->err)
		return mvc_fail(res->err, "%s: %s", it->path, res->text);
	if (it->doubted && !mvc_oid_eq(&it->was, &res->oid))
		return refuse_torn(it->path);
	mvc_stat_fill(&it->now, &res->st);
	if (!a->w->repo->filemode)
		it->now.kind = kind;
	e.kind = it->now.kind;
	e.size = res->size;
	e.id = res->oid;
	return take_content(a, it, &e);
}

static int
take_link(struct add *a, struct item *it)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_LINK, .files = 1};
	struct mvc_oid oid = it->now.oid;
	int err;

	if (!strcmp(it->path, it->root->path))
		return mvc_fail(MVC_EINVALID,
		    "%s is a symbolic link: add what it points to", it->path);
	e.target = it->target;
	e.target_len = strlen(it->target);
	err = edit(a, it->root, it->path, &e);
	it->now.path = it->path;
	it->now.path_len = strlen(it->path);
	it->now.oid = oid;
	it->now.flags = 0;
	return err ? err : mvc_statupdate_set(a->update, &it->now, false);
}

static int
take_dir(struct add *a, struct item *it)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_DIR};
	struct mvc_stat_entry s = {.path = it->path,
	    .path_len = strlen(it->path),
	    .kind = MVC_ENTRY_DIR};
	int err = edit(a, it->root, it->path, &e);

	return err ? err : mvc_statupdate_set(a->update, &s, false);
}

/*
 * A folder that is gone takes its empty folders with it; what was in it and is
 * in the cache follows by itself, and what is not in the cache stays.
 */
static int
take_gone_dir(struct add *a, struct item *it)
{
	struct add_root *r = it->root;
	struct mvc_found found;
	bool empty;
	int err;

	if (r->base_is_tree) {
		err = mvc_tree_find(&found, mvc_store_source(a->w->store),
		    &r->base, add_inside(r, it->path));
		if (err && err != MVC_ENOTFOUND)
			return err;
		empty = !err && found.e.files == 0;
		if (!err)
			mvc_found_release(&found);
		err = empty ? edit(a, r, it->path, NULL) : MVC_OK;
		if (err)
			return err;
	}
	return MVC_OK;
}

/* All that is below a removed folder was removed with it in the cache. */
static int
drop_cached(struct add *a, struct item *it)
{
	struct add_root *r = it->root;
	int err = add_need_edit(a, r);

	if (err)
		return err;
	if (r->removed[0] &&
	    mvc_statpath_below(
		it->path, strlen(it->path), r->removed, strlen(r->removed)))
		return MVC_OK;
	free(r->removed);
	r->removed = strdup(it->path);
	if (!r->removed)
		return no_memory();
	return mvc_statupdate_remove(a->update, it->path);
}

static int
take(struct add *a, struct item *it, const struct mvc_ingested *res)
{
	int err;

	switch (it->type) {
	case ITEM_FILE:
		return take_file(a, it, res);
	case ITEM_LINK:
		return take_link(a, it);
	case ITEM_DIR:
		return take_dir(a, it);
	case ITEM_GONE:
		err = edit(a, it->root, it->path, NULL);
		return err ? err : drop_cached(a, it);
	case ITEM_GONE_DIR:
		err = take_gone_dir(a, it);
		return err ? err : drop_cached(a, it);
	}
	return MVC_OK;
}

static int
on_done(void *arg, void *user, const struct mvc_ingested *res)
{
	struct flow *f = arg;
	int err = take(f->a, user, res);

	item_free(f, user);
	return err;
}

static int
scan_all(struct add *a, struct flow *f)
{
	static const struct mvc_scan_ops ops = {.begin = on_begin,
	    .end = on_end,
	    .enter = on_enter,
	    .file = on_file,
	    .missing = on_missing};
	struct mvc_scan_opts o = {.ctx = a->w->ctx,
	    .worktree = a->w->top,
	    .cache = a->w->cache,
	    .settle = &f->settle,
	    .trust_mode = a->w->repo->filemode};
	MVC_OWN(mvc_scan) *scan = NULL;
	int err;

	err = mvc_scan_new(&scan, &o, &ops, f);
	for (size_t i = 0; !err && i < a->n; i++)
		for (size_t j = 0; !err && j < a->roots[i].parts.n; j++)
			err = mvc_scan_root(scan, a->roots[i].parts.v[j],
			    strlen(a->roots[i].path), &a->roots[i]);
	return err ? err : mvc_scan_wait(scan);
}

int
add_flow(struct add *a)
{
	uint64_t start = mvc_trace_start(a->w->ctx->trace);
	struct flow f = {.a = a, .lock = PTHREAD_MUTEX_INITIALIZER};
	struct add_count *ahead;
	int err;

	a->w->ctx->progress.what = "reading";
	add_count_start(&ahead, a);
	mvc_settle_read(&f.settle, a->w->repo->gitdir);
	err = mvc_ingest_new(&f.ingest, a->w->ctx, a->writer, on_done, &f);
	if (!err)
		err = scan_all(a, &f);
	if (!err)
		err = mvc_ingest_wait(f.ingest);
	add_count_stop(ahead);
	mvc_ingest_free(f.ingest);
	while (f.items)
		item_free(&f, f.items);
	pthread_mutex_destroy(&f.lock);
	if (!err)
		err = add_roots_finish(a);
	mvc_trace_end(a->w->ctx->trace, start, "add.flow", a->n, 0);
	return err;
}
