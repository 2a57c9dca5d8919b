/* What clocks and stamps say, in nanoseconds. */
#ifndef MVC_UTIL_CLOCK_H
#define MVC_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The clock that files are stamped by lags behind the other; since Linux 6.13
 * it is the other. */
#ifdef CLOCK_REALTIME_COARSE
#define MVC_CLOCK_FILES CLOCK_REALTIME_COARSE
#else
#define MVC_CLOCK_FILES CLOCK_REALTIME
#endif

static inline int64_t
mvc_ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static inline int64_t
mvc_clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return mvc_ns_of(&t);
}

/* For durations. */
static inline uint64_t
mvc_now_ns(void)
{
	return (uint64_t)mvc_clock_ns(CLOCK_MONOTONIC);
}

#endif
