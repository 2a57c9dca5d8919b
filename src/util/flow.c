/*
 * A ring of `depth` slots under one mutex. Jobs are counted for ever; job i
 * lives in slot i % depth.
 *
 *     finished <= taken <= pushed <= finished + depth
 *
 *     [finished, taken)   in work, or worked on and waiting for their turn
 *     [taken, pushed)     waiting for a worker
 *
 * A worker ends one job and takes the next under one hold of the lock; the
 * finisher takes all that is ready at the head at once. Errors come into force
 * when the finisher reaches their job, so that the first in push order is the
 * one reported, whatever the threads did.
 */
#include "util/flow.h"
#include "util/banned.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct slot {
	void *job;
	char *text; /* the error's, owned */
	int err;
	bool ready; /* for finish() */
};

struct mvc_flow {
	const struct mvc_flow_ops *ops;
	void *ctx;
	unsigned depth;

	pthread_mutex_t lock;
	pthread_cond_t room; /* the pusher, or who waits, may look again */
	pthread_cond_t work; /* a job to take */
	pthread_cond_t head; /* the head is ready */
	struct slot *ring;
	uint64_t pushed, taken, finished;
	unsigned room_waiters, work_waiters, head_waiters;
	bool failed; /* no more work() and finish() */
	bool closing; /* threads end once the ring is empty */
	int err;
	char text[MVC_ERROR_MAX];

	pthread_t *threads; /* the finisher is the first */
	unsigned n_threads;
};

struct worker {
	struct mvc_flow *flow;
	unsigned number;
};

/* Wait on c, counted, so that nobody signals in vain. */
static void
wait_on(struct mvc_flow *f, pthread_cond_t *c, unsigned *waiters)
{
	++*waiters;
	pthread_cond_wait(c, &f->lock);
	--*waiters;
}

static struct slot *
slot_of(struct mvc_flow *f, uint64_t i)
{
	return &f->ring[i % f->depth];
}

static void
mark_ready(struct mvc_flow *f, uint64_t i)
{
	slot_of(f, i)->ready = true;
	if (i == f->finished && f->head_waiters)
		pthread_cond_signal(&f->head);
}

/* Called and left with the lock held. */
static void
work_on(struct mvc_flow *f, uint64_t i, unsigned thread)
{
	struct slot *s = slot_of(f, i);

	if (!f->failed) {
		pthread_mutex_unlock(&f->lock);
		s->err = f->ops->work(f->ctx, s->job, thread);
		if (s->err)
			s->text = strdup(mvc_error_text());
		pthread_mutex_lock(&f->lock);
	}
	mark_ready(f, i);
}

static void *
worker_main(void *arg)
{
	struct worker w = *(struct worker *)arg;
	struct mvc_flow *f = w.flow;

	free(arg);
	pthread_mutex_lock(&f->lock);
	for (;;) {
		while (f->taken == f->pushed && !f->closing)
			wait_on(f, &f->work, &f->work_waiters);
		if (f->taken == f->pushed)
			break;
		work_on(f, f->taken++, w.number);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static void
fail_flow(struct mvc_flow *f, int err, const char *text)
{
	pthread_mutex_lock(&f->lock);
	if (!f->failed) {
		f->failed = true;
		f->err = err;
		snprintf(f->text, sizeof(f->text), "%s",
		    text ? text : "no memory to say why");
	}
	pthread_mutex_unlock(&f->lock);
}

/* Finish and drop one job, without the lock. */
static void
end_job(struct mvc_flow *f, struct slot *s, bool *failed)
{
	int err;

	if (!*failed && s->err) {
		fail_flow(f, s->err, s->text);
		*failed = true;
	}
	if (!*failed && f->ops->finish) {
		err = f->ops->finish(f->ctx, s->job);
		if (err) {
			fail_flow(f, err, mvc_error_text());
			*failed = true;
		}
	}
	if (f->ops->drop)
		f->ops->drop(f->ctx, s->job);
	free(s->text);
	*s = (struct slot){0};
}

static void *
finisher_main(void *arg)
{
	struct mvc_flow *f = arg;
	uint64_t end;
	bool failed;

	pthread_mutex_lock(&f->lock);
	for (;;) {
		end = f->finished;
		while (end < f->pushed && slot_of(f, end)->ready)
			end++;
		if (end == f->finished) {
			if (f->closing && f->finished == f->pushed)
				break;
			wait_on(f, &f->head, &f->head_waiters);
			continue;
		}
		for (uint64_t i = f->finished; i < end; i++) {
			failed = f->failed;
			pthread_mutex_unlock(&f->lock);
			end_job(f, slot_of(f, i), &failed);
			pthread_mutex_lock(&f->lock);
		}
		f->finished = end;
		if (f->room_waiters)
			pthread_cond_broadcast(&f->room);
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static int
start_thread(struct mvc_flow *f, void *(*run)(void *), void *arg)
{
	int e = pthread_create(&f->threads[f->n_threads], NULL, run, arg);

	if (e)
		return mvc_fail(MVC_EAGAIN, "start a thread: %s", strerror(e));
	f->n_threads++;
	return MVC_OK;
}

static int
start_worker(struct mvc_flow *f, unsigned number)
{
	struct worker *w = malloc(sizeof(*w));
	int err;

	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory to start a thread");
	w->flow = f;
	w->number = number;
	err = start_thread(f, worker_main, w);
	if (err)
		free(w);
	return err;
}

int
mvc_flow_new(struct mvc_flow **out, unsigned threads, unsigned depth,
    const struct mvc_flow_ops *ops, void *ctx)
{
	MVC_OWN(mvc_flow) *f = NULL;
	int err;

	*out = NULL;
	if (!ops->work)
		threads = 0;
	else if (threads == 0)
		threads = 1;
	f = calloc(1, sizeof(*f));
	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory to start threads");
	f->ops = ops;
	f->ctx = ctx;
	f->depth = depth ? depth : 1;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->room, NULL);
	pthread_cond_init(&f->work, NULL);
	pthread_cond_init(&f->head, NULL);
	f->ring = calloc(f->depth, sizeof(*f->ring));
	f->threads = calloc(threads + 1, sizeof(*f->threads));
	if (!f->ring || !f->threads)
		return mvc_fail(MVC_ENOMEM, "no memory to start threads");
	err = start_thread(f, finisher_main, f);
	for (unsigned i = 0; i < threads && !err; i++)
		err = start_worker(f, i);
	/* One worker is enough: the system may not give as many. */
	if (err && f->n_threads < 2)
		return err;
	*out = MVC_TAKE(f);
	return MVC_OK;
}

int
mvc_flow_push(struct mvc_flow *f, void *job)
{
	uint64_t i;

	pthread_mutex_lock(&f->lock);
	while (f->pushed - f->finished >= f->depth && !f->failed)
		wait_on(f, &f->room, &f->room_waiters);
	if (f->failed) {
		pthread_mutex_unlock(&f->lock);
		if (f->ops->drop)
			f->ops->drop(f->ctx, job);
		return mvc_error_adopt(f->err, f->text);
	}
	i = f->pushed++;
	slot_of(f, i)->job = job;
	if (!f->ops->work) {
		f->taken = f->pushed;
		mark_ready(f, i);
	} else if (f->work_waiters) {
		pthread_cond_signal(&f->work);
	}
	pthread_mutex_unlock(&f->lock);
	return MVC_OK;
}

int
mvc_flow_wait(struct mvc_flow *f)
{
	int err;

	pthread_mutex_lock(&f->lock);
	while (f->finished != f->pushed)
		wait_on(f, &f->room, &f->room_waiters);
	err = f->failed ? mvc_error_adopt(f->err, f->text) : MVC_OK;
	pthread_mutex_unlock(&f->lock);
	return err;
}

void
mvc_flow_free(struct mvc_flow *f)
{
	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->failed = true;
	f->closing = true;
	pthread_cond_broadcast(&f->work);
	pthread_cond_broadcast(&f->head);
	pthread_mutex_unlock(&f->lock);
	for (unsigned i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	pthread_cond_destroy(&f->head);
	pthread_cond_destroy(&f->work);
	pthread_cond_destroy(&f->room);
	pthread_mutex_destroy(&f->lock);
	free(f->threads);
	free(f->ring);
	free(f);
}
