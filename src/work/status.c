#include "work/status_priv.h"

#include "util/flow.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/checkout.h"
#include "work/scan.h"

#include "util/banned.h"

/* Files being hashed; each may hold an open folder. */
#define DEPTH 64
static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
work(void *arg, void *job, unsigned thread)
{
	struct job *j = job;

	(void)thread;
	return j->judge ? status_judge(arg, j) : MVC_OK;
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

	for (it++; cached && it < end && status_below(it->path, s->now->path);
	     it++)
		if (!strcmp(path, it->path) || status_below(path, it->path))
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
		err = status_plan(s, paths, n);
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
		status_item_release(&s.items[i]);
	free(s.items);
	return err;
}
