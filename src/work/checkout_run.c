/*
 * The plan carried out.
 *
 *     plan ──► this thread: folders, removals, big files ──┐
 *          └─► batches of small files ──► workers ─────────┴─► in order:
 *                                                    callbacks, stat cache
 *
 * A big file is decoded on all cores by itself, so it needs no worker.
 */
#include "work/checkout_priv.h"

#include "store/blob.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/trace.h"
#include "work/ready.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "util/banned.h"

#define BATCH 32
#define BATCH_BYTES (2u << 20)
/* Jobs in work or waiting. */
#define DEPTH(threads) (2 * (threads) + 2)

struct step {
	struct co_rec rec; /* strings owned */
	struct mvc_dirref *dir; /* NULL: nothing is to be read or written */
	const char *name; /* in rec.path */
	bool done; /* res is final */
	struct co_result res;
};

struct job {
	size_t n;
	uint64_t bytes;
	struct step steps[BATCH];
};

struct run {
	struct checkout *c;
	struct mvc_flow *flow;
	struct co_file *files; /* a worker's each, and one for this thread */
	unsigned threads;
	struct job *filling;
	struct co_way way;
	struct mvc_names stayed; /* of what clear_way() was to remove */
	size_t stayed_seen;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

/* Workers. */

static int
do_step(struct co_file *f, struct step *s)
{
	int err;

	if (s->done)
		return MVC_OK;
	s->done = true;
	err =
	    co_file_do(&s->res, f, s->dir ? s->dir->fd : -1, s->name, &s->rec);
	return err ? mvc_fail_prefix(err, "%s", s->rec.path) : MVC_OK;
}

static int
work(void *ctx, void *job, unsigned thread)
{
	struct run *run = ctx;
	struct job *j = job;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < j->n; i++)
		err = do_step(&run->files[thread], &j->steps[i]);
	return err;
}

/* In order. */

static int
report(struct run *run, struct step *s, enum mvc_checkout_what what,
    const char *text)
{
	struct co_root *r = &run->c->roots[s->rec.root];
	struct mvc_checkout_path p = {.what = what,
	    .root = r->path,
	    .path = s->rec.path,
	    .kind = s->rec.kind,
	    .size = s->rec.size,
	    .oid = s->rec.oid,
	    .text = text};
	uint64_t *counts[] = {&r->sums.added, &r->sums.updated,
	    &r->sums.restored, &r->sums.deleted, &r->sums.kept,
	    &r->sums.missing};

	++*counts[what];
	if (what <= MVC_CHECKOUT_RESTORED)
		r->sums.bytes += s->rec.size;
	return run->c->ops->path ? run->c->ops->path(run->c->ops->arg, &p)
				 : MVC_OK;
}

static int
cache_forget(struct run *run, const struct step *s)
{
	return run->c->update
	    ? mvc_statupdate_remove(run->c->update, s->rec.path)
	    : MVC_OK;
}

/* An entry without a stat: whatever is there shows as changed. */
static int
cache_set(
    struct run *run, struct step *s, struct mvc_stat_entry *e, bool written)
{
	struct co_root *r = &run->c->roots[s->rec.root];
	bool is_root = !strcmp(r->path, s->rec.path);

	/* It says which version is here. */
	if (is_root && e->kind == MVC_ENTRY_DIR && r->had_record && !r->gone)
		return MVC_OK;
	e->path = s->rec.path;
	e->path_len = s->rec.path_len;
	if (is_root && e->kind != MVC_ENTRY_DIR)
		e->flags = MVC_STAT_ROOT;
	return run->c->update ? mvc_statupdate_set(run->c->update, e, written)
			      : MVC_OK;
}

static int
cache_mark(struct run *run, struct step *s)
{
	struct mvc_stat_entry e = {
	    .kind = s->rec.kind, .size = s->rec.size, .oid = s->rec.oid};

	return cache_set(run, s, &e, true);
}

static int
finish_kept(struct run *run, struct step *s, const char *text)
{
	int err = MVC_OK;

	if (s->rec.flags & CO_FORGETS)
		err = cache_forget(run, s);
	else if (s->rec.flags & CO_MARKS || s->rec.op != CO_KEPT)
		err = cache_mark(run, s);
	return err ? err : report(run, s, MVC_CHECKOUT_KEPT, text);
}

static int
finish_file(struct run *run, struct step *s)
{
	enum mvc_checkout_what what = s->res.replaced ? MVC_CHECKOUT_UPDATED
	    : s->rec.flags & CO_RESTORES              ? MVC_CHECKOUT_RESTORED
						      : MVC_CHECKOUT_ADDED;
	int err = MVC_OK;

	if (s->res.done == CO_DONE_KEPT)
		return finish_kept(run, s, s->res.text);
	if (s->res.done == CO_DONE_MISSING) {
		run->c->roots[s->rec.root].partial = true;
		return report(run, s, MVC_CHECKOUT_MISSING, s->res.text);
	}
	if (s->res.update_cache)
		err = cache_set(run, s, &s->res.now, s->res.written);
	if (err || s->res.done == CO_DONE_NOTHING)
		return err;
	return report(run, s, what, NULL);
}

static int
finish_unlink(struct run *run, struct step *s)
{
	int err;

	if (s->res.done == CO_DONE_KEPT)
		return report(run, s, MVC_CHECKOUT_KEPT, s->res.text);
	err = s->rec.flags & CO_FORGETS ? cache_forget(run, s) : MVC_OK;
	return err ? err : report(run, s, MVC_CHECKOUT_DELETED, NULL);
}

static int
finish_step(struct run *run, struct step *s)
{
	struct mvc_stat_entry e = {.kind = MVC_ENTRY_DIR};

	switch ((enum co_op)s->rec.op) {
	case CO_PUT:
	case CO_CHECK:
		return finish_file(run, s);
	case CO_SAME:
		e = s->rec.was;
		e.kind = s->rec.kind;
		e.oid = s->rec.oid;
		e.flags = 0;
		return cache_set(run, s, &e, false);
	case CO_DIR:
		return cache_set(run, s, &e, true);
	case CO_UNLINK:
		return finish_unlink(run, s);
	case CO_FORGET:
		return cache_forget(run, s);
	case CO_KEPT:
		return finish_kept(run, s, s->rec.text);
	case CO_RMDIR:
	case CO_TARGET:
		break;
	}
	return MVC_OK;
}

static int
finish(void *ctx, void *job)
{
	struct run *run = ctx;
	struct job *j = job;
	struct mvc_progress *pr = &run->c->w->ctx->progress;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < j->n; i++) {
		struct step *s = &j->steps[i];

		err = finish_step(run, s);
		if (s->rec.op != CO_PUT)
			continue;
		atomic_fetch_add(&pr->items, 1);
	}
	return err;
}

static void
release_step(struct step *s)
{
	free(s->rec.path);
	free(s->res.text);
	if (s->res.old >= 0)
		close(s->res.old);
	mvc_dirref_drop(s->dir);
}

static void
drop(void *ctx, void *job)
{
	struct job *j = job;

	(void)ctx;
	for (size_t i = 0; j && i < j->n; i++)
		release_step(&j->steps[i]);
	free(j);
}

/* This thread: steps. */

static int
stays(struct step *s)
{
	s->res.done = CO_DONE_KEPT;
	s->res.text = strdup("changed meanwhile");
	return s->res.text ? MVC_OK : no_memory();
}

static int
unlink_it(struct run *run, struct step *s)
{
	struct stat st;
	bool same = false;
	int err = MVC_OK;

	s->done = true;
	if (run->c->o->dry_run)
		return MVC_OK;
	if (s->dir)
		err = co_file_as_seen(&same, &st, s->dir->fd, s->name, &s->rec);
	if (err)
		return err;
	if (!same)
		return stays(s);
	return mvc_sys_unlink(s->dir->fd, s->name);
}

static int
make_dir(struct run *run, struct step *s)
{
	int err;

	s->done = true;
	if (run->c->o->dry_run || s->rec.flags & CO_WAS)
		return MVC_OK;
	err = mvc_sys_mkdir(s->dir->fd, s->name, 0777);
	return err == MVC_EEXISTS ? MVC_OK : err;
}

/* What is not mvc's may still be in it, or it may be a file by now. */
static int
remove_dir(const struct run *run, struct step *s)
{
	s->done = true;
	if (run->c->o->dry_run || !s->dir)
		return MVC_OK;
	if (mvc_sys_rmdir(s->dir->fd, s->name))
		return MVC_OK;
	return MVC_OK;
}

static int
flush(struct run *run)
{
	return run->filling ? mvc_flow_push(run->flow, MVC_TAKE(run->filling))
			    : MVC_OK;
}

/* All that goes before is done, so that memory and cores are free for it. */
static int
put_big(struct run *run, struct step *s)
{
	return do_step(&run->files[run->threads], s);
}

/* After clear_way(), in the same order. */
static int
was_unlinked(struct run *run, struct step *s)
{
	s->done = true;
	if (run->stayed_seen == run->stayed.n ||
	    strcmp(run->stayed.v[run->stayed_seen], s->rec.path))
		return MVC_OK;
	run->stayed_seen++;
	return stays(s);
}

static int
do_here(struct run *run, struct step *s)
{
	switch ((enum co_op)s->rec.op) {
	case CO_UNLINK:
		return run->c->folds ? was_unlinked(run, s) : unlink_it(run, s);
	case CO_DIR:
		return make_dir(run, s);
	case CO_RMDIR:
		s->done = true;
		return run->c->folds ? MVC_OK : remove_dir(run, s);
	case CO_PUT:
		return s->rec.size > MVC_BLOB_SMALL ? put_big(run, s) : MVC_OK;
	case CO_CHECK:
		return MVC_OK;
	case CO_SAME:
	case CO_FORGET:
	case CO_KEPT:
	case CO_TARGET:
		s->done = true;
	}
	return MVC_OK;
}

static bool
needs_dir(const struct co_rec *rec)
{
	return rec->op == CO_PUT || rec->op == CO_CHECK || rec->op == CO_DIR ||
	    rec->op == CO_UNLINK || rec->op == CO_RMDIR;
}

static int
own_strings(struct co_rec *own, const struct co_rec *rec)
{
	size_t n = rec->path_len + 1u, m = rec->target_len + 1u;
	char *p = malloc(n + m);

	if (!p)
		return no_memory();
	memcpy(p, rec->path, n);
	own->path = p;
	if (rec->target_len) {
		memcpy(p + n, rec->target, m);
		own->target = p + n;
	}
	return MVC_OK;
}

static int
prepare(struct run *run, struct step *s, const struct co_rec *rec)
{
	bool make =
	    !run->c->o->dry_run && (rec->op == CO_PUT || rec->op == CO_DIR);
	int err;

	memset(s, 0, sizeof(*s));
	s->rec = *rec;
	s->rec.path = NULL;
	s->res.old = -1;
	err = own_strings(&s->rec, rec);
	if (err || !needs_dir(rec))
		return err;
	err = co_way_enter(&run->way, s->rec.path, &s->name, make);
	if (!err)
		s->dir = mvc_dirref_hold(co_way_dir(&run->way));
	else if (err == MVC_ENOTFOUND && !make)
		err = MVC_OK;
	return err;
}

/*
 * Where case is folded what goes is removed before anything is put: under its
 * name in other case something may come, and would find it in the way, or be
 * removed for it.
 */
static int
clear_way(struct run *run)
{
	struct co_rec *rec;
	int err = co_spool_rewind(run->c->plan);

	while (!err) {
		struct step s;

		err = co_spool_next(&rec, run->c->plan);
		if (err || !rec)
			break;
		if (rec->op != CO_UNLINK && rec->op != CO_RMDIR)
			continue;
		err = prepare(run, &s, rec);
		if (!err)
			err = rec->op == CO_RMDIR ? remove_dir(run, &s)
						  : unlink_it(run, &s);
		if (!err && s.res.done == CO_DONE_KEPT)
			err = mvc_names_add(&run->stayed, rec->path);
		release_step(&s);
	}
	return err ? err : co_spool_rewind(run->c->plan);
}

static int
take_step(struct run *run, const struct co_rec *rec)
{
	struct job *j = run->filling;
	struct step *s;
	int err;

	if (!j) {
		j = run->filling = calloc(1, sizeof(*j));
		if (!j)
			return no_memory();
	}
	s = &j->steps[j->n++];
	err = prepare(run, s, rec);
	if (!err)
		err = do_here(run, s);
	if (err)
		return err;
	if (!s->done)
		j->bytes += rec->size;
	return j->n == BATCH || j->bytes > BATCH_BYTES || s->res.old >= 0
	    ? flush(run)
	    : MVC_OK;
}

static int
begin_files(struct run *run)
{
	run->threads = run->c->w->ctx->threads;
	run->files = calloc(run->threads + 1, sizeof(*run->files));
	if (!run->files)
		return no_memory();
	for (unsigned i = 0; i <= run->threads; i++) {
		struct co_file *f = &run->files[i];

		f->store = run->c->w->store;
		f->ready = run->c->o->ready;
		f->progress = &run->c->w->ctx->progress;
		f->filemode = run->c->w->repo->filemode;
		f->force = run->c->o->force;
		f->dry_run = run->c->o->dry_run;
		f->linger = run->c->spare / (DEPTH(run->threads) + 2);
		f->buf = (struct mvc_buf)MVC_BUF_INIT(MVC_BLOB_SMALL);
		snprintf(f->tag, sizeof(f->tag), "%s-%u", run->c->tag, i);
	}
	return MVC_OK;
}

static void
release(struct run *run)
{
	mvc_flow_free(run->flow);
	drop(NULL, run->filling);
	for (unsigned i = 0; run->files && i <= run->threads; i++) {
		mvc_buf_release(&run->files[i].buf);
		co_clones_release(&run->files[i].clones);
	}
	free(run->files);
	co_way_release(&run->way);
	mvc_names_release(&run->stayed);
}

static int
run_plan(struct run *run)
{
	static const struct mvc_flow_ops ops = {work, finish, drop};
	struct co_rec *rec;
	int err;

	err = begin_files(run);
	if (!err)
		err = co_way_begin(&run->way, run->c->w->top);
	if (!err)
		err = mvc_flow_new(
		    &run->flow, run->threads, DEPTH(run->threads), &ops, run);
	if (!err && run->c->folds)
		err = clear_way(run);
	while (!err) {
		err = co_spool_next(&rec, run->c->plan);
		if (err || !rec)
			break;
		err = take_step(run, rec);
	}
	if (!err)
		err = flush(run);
	if (run->flow && !err)
		err = mvc_flow_wait(run->flow);
	return err;
}

int
co_execute(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	struct mvc_progress *pr = &c->w->ctx->progress;
	struct run *run = calloc(1, sizeof(*run));
	int err;

	if (!run)
		return no_memory();
	run->c = c;
	pr->what = "writing";
	pr->items = 0;
	pr->items_total = c->puts;
	pr->bytes = 0;
	pr->bytes_total = c->bytes;
	err = co_spool_rewind(c->plan);
	if (!err)
		err = run_plan(run);
	release(run);
	free(run);
	mvc_trace_end(
	    c->w->ctx->trace, start, "checkout.write", c->puts, c->bytes);
	return err;
}

int
co_room(struct checkout *c)
{
	struct statvfs v;
	/* What lies ready has its room. */
	int64_t need = c->need - (int64_t)mvc_ready_bytes(c->o->ready);
	uint64_t room;

	if (fstatvfs(c->w->top, &v) < 0)
		return mvc_fail_errno("look at the file system");
	if (c->largest > INT64_MAX / 4)
		need = INT64_MAX / 2;
	else
		need += (int64_t)c->largest;
	room = (uint64_t)v.f_bavail * v.f_frsize;
	if (need <= 0 || (uint64_t)need <= room) {
		c->spare = room - (need > 0 ? (uint64_t)need : 0);
		return MVC_OK;
	}
	return mvc_fail(MVC_ENOSPACE,
	    "the data needs %lld more bytes on this disk, where %llu are "
	    "free: nothing was changed",
	    (long long)need, (unsigned long long)room);
}
