#include "util/rate.h"
#include "util/clock.h"

#include <errno.h>
#include <stddef.h>

#include "util/banned.h"

#define SECOND UINT64_C(1000000000)

static void
sleep_until(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / SECOND), (long)(ns % SECOND)};

	while (
	    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

void
mvc_rate_moved(struct mvc_rate *r, uint64_t n)
{
	uint64_t now, until;

	if (!r || !r->limit || !n)
		return;
	pthread_mutex_lock(&r->lock);
	now = mvc_now_ns();
	if (r->next < now)
		r->next = now;
	r->next += (uint64_t)((double)n / (double)r->limit * (double)SECOND);
	until = r->next;
	pthread_mutex_unlock(&r->lock);
	sleep_until(until);
}
