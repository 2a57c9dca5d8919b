#include "remote/retry.h"
#include "util/clock.h"
#include "util/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include "util/banned.h"

/* Together some 10 s of waiting, 25 s for a place that is overloaded. */
#define MOST_TRIES 9
#define FIRST_MS 50
#define FIRST_BUSY_MS 200
#define LONGEST_MS 10000
#define LONGEST_AFTER 60
/* So many bytes are worth another count. */
#define WORTH (1u << 20)

static void
wait_ms(uint64_t ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

bool
mvc_retry_wait(struct mvc_retry *r, unsigned after, bool busy, uint64_t moved)
{
	uint64_t bound = busy ? FIRST_BUSY_MS : FIRST_MS, random = 0;

	if (moved >= r->moved + WORTH)
		r->tries = 0;
	r->moved = moved;
	if (++r->tries > MOST_TRIES)
		return false;
	bound <<= r->tries;
	if (bound > LONGEST_MS)
		bound = LONGEST_MS;
	if (mvc_random(&random, sizeof(random)))
		random = bound;
	wait_ms((uint64_t)after * 1000 + random % (bound + 1));
	return true;
}

unsigned
mvc_retry_after(const char *value, int64_t now)
{
	struct tm tm = {0};
	int64_t wait = 0;

	if (!value)
		return 0;
	if (isdigit((unsigned char)*value))
		wait = strtol(value, NULL, 10);
	else if (strptime(value, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		wait = (int64_t)timegm(&tm) - now;
	if (wait < 0)
		wait = 0;
	return wait > LONGEST_AFTER ? LONGEST_AFTER : (unsigned)wait;
}

static uint64_t
now_ms(void)
{
	return (uint64_t)mvc_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

void
mvc_gate_init(struct mvc_gate *g, unsigned most)
{
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->cond, NULL);
	g->most = most;
	g->limit = most;
	g->inside = 0;
	g->cut_at = 0;
}

void
mvc_gate_release(struct mvc_gate *g)
{
	pthread_cond_destroy(&g->cond);
	pthread_mutex_destroy(&g->lock);
}

void
mvc_gate_enter(struct mvc_gate *g)
{
	pthread_mutex_lock(&g->lock);
	while (g->inside >= (unsigned)g->limit)
		pthread_cond_wait(&g->cond, &g->lock);
	g->inside++;
	pthread_mutex_unlock(&g->lock);
}

void
mvc_gate_leave(struct mvc_gate *g, bool busy)
{
	uint64_t now = now_ms();

	pthread_mutex_lock(&g->lock);
	g->inside--;
	if (!busy) {
		g->limit += 1 / g->limit;
	} else if (now - g->cut_at > 200) {
		/* Those under way together are told together: cut once. */
		g->limit /= 2;
		g->cut_at = now;
	}
	if (g->limit > g->most)
		g->limit = g->most;
	if (g->limit < 1)
		g->limit = 1;
	pthread_cond_broadcast(&g->cond);
	pthread_mutex_unlock(&g->lock);
}
