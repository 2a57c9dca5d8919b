/*
 * How much an add will read. The scan that feeds it stays only a queue's length
 * ahead, which says nothing of the rest; so another scan, which does no more
 * than stat, runs ahead of it on one thread.
 */
#include "work/add_priv.h"

#include "work/scan.h"
#include "work/settle.h"

#include <pthread.h>

#include "util/banned.h"

struct add_count {
	struct add *a;
	struct mvc_ctx ctx; /* of this scan alone */
	struct mvc_settle settle;
	const struct add_root *root;
	uint64_t files, bytes;
	atomic_bool stop;
	pthread_t thread;
};

static int
on_begin(void *arg, void *user)
{
	struct add_count *k = arg;

	k->root = user;
	return MVC_OK;
}

static int
on_file(void *arg, const struct mvc_scanned *s)
{
	struct add_count *k = arg;

	k->files++;
	if (!s->target &&
	    (s->verdict != MVC_SCAN_SAME || add_must_read(k->root, s->path)))
		k->bytes += s->now.size;
	return atomic_load(&k->stop) ? mvc_fail(MVC_EAGAIN, "stopped") : MVC_OK;
}

static int
count(struct add_count *k)
{
	static const struct mvc_scan_ops ops = {
	    .begin = on_begin, .file = on_file};
	struct mvc_work *w = k->a->w;
	struct mvc_scan_opts o = {.ctx = &k->ctx,
	    .worktree = w->top,
	    .cache = w->cache,
	    .settle = &k->settle,
	    .trust_mode = w->repo->filemode};
	MVC_OWN(mvc_scan) *scan = NULL;
	int err;

	err = mvc_scan_new(&scan, &o, &ops, k);
	for (size_t i = 0; !err && i < k->a->n; i++) {
		struct add_root *r = &k->a->roots[i];

		for (size_t j = 0; !err && j < r->parts.n; j++)
			err = mvc_scan_root(
			    scan, r->parts.v[j], strlen(r->path), r);
	}
	return err ? err : mvc_scan_wait(scan);
}

static void *
run(void *arg)
{
	struct add_count *k = arg;
	struct mvc_progress *p = &k->a->w->ctx->progress;

	if (!count(k)) {
		p->items_total = k->files;
		p->bytes_total = k->bytes;
	}
	return NULL;
}

void
add_count_start(struct add_count **out, struct add *a)
{
	struct add_count *k;

	*out = NULL;
	if (!a->w->ctx->progress.watched)
		return;
	k = calloc(1, sizeof(*k));
	if (!k)
		return;
	k->a = a;
	k->ctx.threads = 1;
	k->ctx.memory = a->w->ctx->memory;
	mvc_settle_read(&k->settle, a->w->repo->gitdir);
	if (pthread_create(&k->thread, NULL, run, k))
		free(k);
	else
		*out = k;
}

void
add_count_stop(struct add_count *k)
{
	if (!k)
		return;
	atomic_store(&k->stop, true);
	pthread_join(k->thread, NULL);
	free(k);
}
