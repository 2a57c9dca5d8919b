/*
 * The progress bar: a thread that looks at the counters ten times a second and
 * draws one line on stderr. Nothing is drawn in the first half second, so that
 * short work stays silent. For programs it prints a JSON object a line instead,
 * one each second.
 */
#include "cmd/env.h"
#include "cmd/interrupt.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <unistd.h>

#define TICK_NS 100000000
#define SILENT_NS 500000000
#define EVENT_NS 1000000000

struct mvc_bar {
	const struct mvc_progress *progress;
	pthread_t thread;
	pthread_mutex_t lock; /* held while drawing, and while hidden */
	pthread_cond_t wake;
	bool stop, drawn;
	bool events; /* for a program */
	uint64_t begun, told; /* told: when a program was */
	const char *what; /* the phase that is shown, since start */
	uint64_t start, done_at_start;
};

/* "1.2 GB of 9.8 GB", or the part that is known. */
static void
part_of(char *out, size_t n, const char *done, const char *total, bool known)
{
	snprintf(
	    out, n, "%s%s%s", done, known ? " of " : "", known ? total : "");
}

/* What is to be shown: the counters, and how long which bytes took. */
struct seen {
	const char *what;
	uint64_t items, items_total, bytes, total;
	uint64_t done, took; /* of this phase; ns */
};

static bool
look(struct seen *s, struct mvc_bar *b)
{
	const struct mvc_progress *p = b->progress;
	uint64_t now = mvc_now_ns();

	s->what = p->what;
	s->items = p->items;
	s->items_total = p->items_total;
	s->bytes = p->bytes;
	s->total = p->bytes_total;
	if (!s->what)
		return false;
	if (s->what != b->what) {
		b->what = s->what;
		b->start = now;
		b->done_at_start = s->bytes;
	}
	s->done = s->bytes > b->done_at_start ? s->bytes - b->done_at_start : 0;
	s->took = now - b->start;
	return true;
}

/* Nanoseconds that are left; 0: not known. */
static uint64_t
left_of(const struct seen *s)
{
	if (!s->done || s->total <= s->bytes || s->took <= 1000000000)
		return 0;
	return (uint64_t)((double)s->took * (double)(s->total - s->bytes) /
	    (double)s->done);
}

static void
tell(struct mvc_bar *b)
{
	struct seen s;

	if (!look(&s, b))
		return;
	fprintf(stderr,
	    "{\"event\":\"progress\",\"what\":\"%s\",\"items\":%" PRIu64
	    ",\"items_total\":%" PRIu64 ",\"bytes\":%" PRIu64
	    ",\"bytes_total\":%" PRIu64 ",\"rate\":%.0f,\"left\":%.1f}\n",
	    s.what, s.items, s.items_total, s.bytes, s.total,
	    s.took ? (double)s.done * 1e9 / (double)s.took : 0.0,
	    (double)left_of(&s) / 1e9);
	fflush(stderr);
	b->told = mvc_now_ns();
}

static void
draw(struct mvc_bar *b)
{
	char count[100], size[100] = "", left[60] = "", line[400];
	unsigned columns = mvc_sys_columns(STDERR_FILENO);
	struct seen s;

	if (!look(&s, b))
		return;
	part_of(count, sizeof(count), mvc_human_count(s.items).s,
	    mvc_human_count(s.items_total).s, s.items_total > 0);
	if (s.bytes || s.total)
		part_of(size, sizeof(size), mvc_human_size(s.bytes).s,
		    mvc_human_size(s.total).s, s.total > 0);
	if (left_of(&s))
		snprintf(left, sizeof(left), "   %s left",
		    mvc_human_time(left_of(&s)).s);
	snprintf(line, sizeof(line), "%s   %s   %s%s%s%s", s.what, count, size,
	    s.done ? "   " : "", s.done ? mvc_human_rate(s.done, s.took).s : "",
	    left);
	fprintf(stderr, "\r%.*s\033[K", (int)columns - 1, line);
	fflush(stderr);
	b->drawn = true;
}

static void
clear(struct mvc_bar *b)
{
	if (b->drawn)
		fputs("\r\033[K", stderr);
	b->drawn = false;
}

static void *
bar_main(void *arg)
{
	struct mvc_bar *b = arg;
	struct timespec t;

	pthread_mutex_lock(&b->lock);
	while (!b->stop) {
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += TICK_NS;
		t.tv_sec += t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&b->wake, &b->lock, &t) !=
			ETIMEDOUT ||
		    mvc_now_ns() - b->begun < SILENT_NS)
			continue;
		if (!b->events)
			draw(b);
		else if (mvc_now_ns() - b->told >= EVENT_NS)
			tell(b);
	}
	clear(b);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

void
mvc_bar_start(struct mvc_env *env)
{
	pthread_mutexattr_t again;
	struct mvc_bar *b;

	if (env->out.bar || env->out.quiet)
		return;
	mvc_interrupt_tell();
	if ((!env->out.events && (!isatty(STDERR_FILENO) || mvc_out_dumb())))
		return;
	b = calloc(1, sizeof(*b));
	if (!b)
		return;
	b->progress = &env->ctx.progress;
	b->events = env->out.events;
	b->begun = b->told = mvc_now_ns();
	env->ctx.progress.watched = true;
	/* Who has hidden it may call who hides it too. */
	pthread_mutexattr_init(&again);
	pthread_mutexattr_settype(&again, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&b->lock, &again);
	pthread_mutexattr_destroy(&again);
	pthread_cond_init(&b->wake, NULL);
	/* Without a bar the work goes on all the same. */
	if (pthread_create(&b->thread, NULL, bar_main, b))
		free(b);
	else
		env->out.bar = b;
}

void
mvc_bar_stop(struct mvc_env *env)
{
	struct mvc_bar *b = env->out.bar;

	mvc_interrupt_end();
	if (!b)
		return;
	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_signal(&b->wake);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->thread, NULL);
	pthread_cond_destroy(&b->wake);
	pthread_mutex_destroy(&b->lock);
	free(b);
	env->out.bar = NULL;
}

void
mvc_bar_hide(struct mvc_env *env)
{
	if (!env->out.bar)
		return;
	pthread_mutex_lock(&env->out.bar->lock);
	clear(env->out.bar);
}

void
mvc_bar_show(struct mvc_env *env)
{
	if (!env->out.bar)
		return;
	/* Else the bar would come between buffered lines. */
	if (isatty(STDOUT_FILENO))
		fflush(stdout);
	pthread_mutex_unlock(&env->out.bar->lock);
}
