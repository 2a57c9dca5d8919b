/*
 * What is in the work tree, in path order, beside what shall be there.
 *
 * A folder that shall not be there stays open (`gone`) until all below it is
 * known: what mvc put there goes, and if nothing of the user's is left, so
 * does the folder, and what shall be in its place comes. Below a path where
 * something of the user's is in the way of a folder (`barred`) nothing is put.
 *
 * Data whose pointer went may hold data sets of other pointers: those are left
 * alone, and what is beside them is forgotten by and by, not as a whole.
 */
#include "work/checkout_plan.h"

#include "util/trace.h"

#include "util/banned.h"

static int
begin_gone(struct plan *p, const char *path, const struct want *w)
{
	struct co_rec plain = {.flags = CO_WAS, .kind = MVC_ENTRY_DIR};
	int err;

	p->gone_kept = false;
	p->holds = plan_stand(p, path) == STAND_ABOVE;
	err = p->holds ? plan_emit(p, CO_DIR, path, &plain) : MVC_OK;
	if (err)
		return err;
	free(p->instead.target);
	p->instead = w->rec;
	p->instead.target = NULL;
	if (w->rec.target) {
		p->instead.target = strdup(w->rec.target);
		if (!p->instead.target)
			return mvc_fail(MVC_ENOMEM, "no memory");
	}
	return plan_set(&p->gone, path);
}

static int
enter_in_gone(struct plan *p, const char *path)
{
	enum stand is = p->holds ? plan_stand(p, path) : STAND_ABOVE;

	p->gone_kept = p->gone_kept || is == STAND_INSIDE;
	return is == STAND_BESIDE ? plan_forget(p, path) : MVC_OK;
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct plan *p = arg;
	struct want w;
	int err;

	(void)empty;
	if (plan_within(path, &p->gone))
		return enter_in_gone(p, path);
	err = plan_want(p, &w, path, cached);
	if (err)
		return err;
	if (w.rec.kind == MVC_ENTRY_DIR) {
		w.rec.flags |= CO_WAS;
		if (!cached || cached->kind != MVC_ENTRY_DIR)
			err = plan_emit(p, CO_DIR, path, &w.rec);
	} else if (w.rec.kind || cached) {
		err = begin_gone(p, path, &w);
	} else if (!plan_within(path, &p->unknown)) {
		err = plan_set(&p->unknown, path);
	}
	return err ? err : plan_passed(p, &w);
}

static int
leave_gone(struct plan *p, const char *path)
{
	struct want w = {.rec = p->instead};
	int err = MVC_OK;

	mvc_buf_clear(&p->gone);
	if (p->gone_kept && w.rec.kind)
		return plan_keep(p, path, &w, "a folder with files of yours");
	if (!p->gone_kept)
		err = plan_plain(p, CO_RMDIR, path);
	w.rec.flags &= (uint8_t)~CO_WAS;
	if (!err && w.rec.kind)
		return plan_put(p, path, &w);
	return err || p->holds ? err : plan_forget(p, path);
}

/* At or below the path. */
static bool
has_unlinked(const struct plan *p, const char *path)
{
	const struct mvc_buf *u = &p->unlinked;

	return u->len &&
	    (!strcmp(u->data, path) ||
		mvc_statpath_below(u->data, u->len, path, strlen(path)));
}

static int
on_leave(void *arg, const char *path)
{
	struct plan *p = arg;

	if (p->gone.len && !strcmp(path, p->gone.data))
		return leave_gone(p, path);
	if (p->gone.len && plan_within(path, &p->gone))
		return p->holds && plan_stand(p, path) == STAND_INSIDE
		    ? MVC_OK
		    : plan_plain(p, CO_RMDIR, path);
	if (has_unlinked(p, path) &&
	    (plan_within(path, &p->unknown) || !plan_wants(p, path, true)))
		return plan_plain(p, CO_RMDIR, path);
	return MVC_OK;
}

/* Data whose pointer went was all that its folders had, unless more is there:
 * they are removed if they are empty, as Git does. */
static int
leave_parents(struct plan *p)
{
	MVC_OWN_MEM char *path = strdup(p->r->path);
	int err = path ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
	char *slash;

	while (!err && (slash = strrchr(path, '/'))) {
		*slash = 0;
		err = plan_plain(p, CO_RMDIR, path);
	}
	return err;
}

static int
on_missing(void *arg, const struct mvc_stat_entry *cached)
{
	struct plan *p = arg;
	const char *path = cached->path;
	struct want w;
	int err;

	if (plan_within(path, &p->gone))
		return p->holds ? enter_in_gone(p, path) : MVC_OK;
	if (plan_within(path, &p->barred))
		return MVC_OK;
	err = plan_want(p, &w, path, cached);
	if (err)
		return err;
	w.rec.flags |= CO_RESTORES;
	if (!w.rec.kind)
		err = plan_forget(p, path);
	else if (w.rec.kind != MVC_ENTRY_DIR)
		err = plan_put(p, path, &w);
	else if (plan_wants(p, path, true))
		err = plan_emit(p, CO_DIR, path, &w.rec);
	else
		p->r->partial = true;
	return err ? err : plan_passed(p, &w);
}

/* Something that is neither file, folder nor link, or cannot be read. */
static int
on_bad(void *arg, const char *path, int code, const char *text)
{
	struct plan *p = arg;
	struct want w;
	int err;

	if (plan_within(path, &p->gone)) {
		p->gone_kept = true;
		return MVC_OK;
	}
	p->r->unread = p->r->unread || code != MVC_EINVALID;
	err = plan_want(p, &w, path, NULL);
	if (err)
		return err;
	if (w.listed && w.rec.kind) {
		err = plan_set(&p->barred, path);
		p->r->partial = true;
		if (!err)
			err = plan_keep(p, path, &w, "in the way");
	} else {
		mvc_warn(p->c->w->ctx, "%s: %s", path, text);
		/* What had to go, or to come back, may be in it: nothing is
		 * put beside what was not seen. */
		if (code != MVC_EINVALID) {
			p->r->sums.kept++;
			err = plan_set(&p->barred, path);
		}
	}
	return err ? err : plan_passed(p, &w);
}

static int
on_begin(void *arg, void *user)
{
	struct plan *p = arg;

	p->r = user;
	return MVC_OK;
}

static int
on_end(void *arg, void *user)
{
	struct plan *p = arg;
	int err = MVC_OK;

	(void)user;
	mvc_buf_clear(&p->unknown);
	if (p->r->gone && has_unlinked(p, p->r->path))
		err = leave_parents(p);
	if (err || ++p->r->parts_done < p->r->parts.n)
		return err;
	return plan_advance(p, NULL);
}

static const struct mvc_scan_ops scan_ops = {.begin = on_begin,
    .end = on_end,
    .enter = on_enter,
    .leave = on_leave,
    .file = plan_file,
    .missing = on_missing,
    .bad = on_bad};

static int
scan_all(struct plan *p)
{
	struct mvc_scan_opts o = {.ctx = p->c->w->ctx,
	    .worktree = p->c->w->top,
	    .cache = p->c->w->cache,
	    .settle = &p->c->settle,
	    .trust_mode = p->c->w->repo->filemode};
	MVC_OWN(mvc_scan) *scan = NULL;
	int err;

	err = mvc_scan_new(&scan, &o, &scan_ops, p);
	for (size_t i = 0; !err && i < p->c->n; i++) {
		struct co_root *r = &p->c->roots[i];

		for (size_t j = 0; !err && !r->broken && j < r->parts.n; j++)
			err = mvc_scan_root(
			    scan, r->parts.v[j], strlen(r->path), r);
	}
	if (!err)
		err = mvc_scan_wait(scan);
	return err;
}

static void
release(struct plan *p)
{
	free(p->instead.target);
	mvc_buf_release(&p->gone);
	mvc_buf_release(&p->barred);
	mvc_buf_release(&p->unlinked);
	mvc_buf_release(&p->unknown);
}

int
co_plan(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	struct plan p = {.c = c,
	    .gone = MVC_BUF_INIT(1 << 20),
	    .barred = MVC_BUF_INIT(1 << 20),
	    .unlinked = MVC_BUF_INIT(1 << 20),
	    .unknown = MVC_BUF_INIT(1 << 20)};
	int err;

	err = co_spool_rewind(c->targets);
	if (!err)
		err = co_spool_next(&p.t, c->targets);
	if (!err)
		err = scan_all(&p);
	release(&p);
	c->steps = p.n;
	mvc_trace_end(c->w->ctx->trace, start, "checkout.plan", p.n, c->bytes);
	return err;
}
