/*
 * The progress bar: a thread that looks at the counters ten times a second and
 * draws one line on stderr. Nothing is drawn in the first half second, so that
 * short work stays silent.
 */
#include "cmd/env.h"
#include "util/clock.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#define TICK_NS 100000000
#define SILENT_TICKS 5

struct mvc_bar {
	const struct mvc_progress *progress;
	pthread_t thread;
	pthread_mutex_t lock; /* held while drawing, and while hidden */
	pthread_cond_t wake;
	bool stop, drawn;
	unsigned ticks;
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

static void
draw(struct mvc_bar *b)
{
	const struct mvc_progress *p = b->progress;
	const char *what = p->what;
	uint64_t items = p->items, items_total = p->items_total;
	uint64_t bytes = p->bytes, total = p->bytes_total;
	uint64_t now = mvc_now_ns(), done, took;
	char count[100], size[100] = "", left[60] = "", line[400];
	unsigned columns = mvc_sys_columns(STDERR_FILENO);

	if (!what)
		return;
	if (what != b->what) {
		b->what = what;
		b->start = now;
		b->done_at_start = bytes;
	}
	part_of(count, sizeof(count), mvc_human_count(items).s,
	    mvc_human_count(items_total).s, items_total > 0);
	if (bytes || total)
		part_of(size, sizeof(size), mvc_human_size(bytes).s,
		    mvc_human_size(total).s, total > 0);
	done = bytes > b->done_at_start ? bytes - b->done_at_start : 0;
	took = now - b->start;
	if (done && total > bytes && took > 1000000000)
		snprintf(left, sizeof(left), "   %s left",
		    mvc_human_time((uint64_t)((double)took *
				       (double)(total - bytes) / (double)done))
			.s);
	snprintf(line, sizeof(line), "%s   %s   %s%s%s%s", what, count, size,
	    done ? "   " : "", done ? mvc_human_rate(done, took).s : "", left);
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
		if (pthread_cond_timedwait(&b->wake, &b->lock, &t) ==
			ETIMEDOUT &&
		    ++b->ticks >= SILENT_TICKS)
			draw(b);
	}
	clear(b);
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

void
mvc_bar_start(struct mvc_env *env)
{
	struct mvc_bar *b;

	if (env->out.bar || env->out.quiet || !isatty(STDERR_FILENO) ||
	    mvc_out_dumb())
		return;
	b = calloc(1, sizeof(*b));
	if (!b)
		return;
	b->progress = &env->ctx.progress;
	env->ctx.progress.watched = true;
	pthread_mutex_init(&b->lock, NULL);
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
