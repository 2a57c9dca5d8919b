/*
 * When to try again, and how much at once: for any place over a network.
 *
 * Waits are drawn from 0 to twice the last bound (full jitter), so that clients
 * that failed together do not come back together. How many requests are under
 * way adapts as TCP does: one more for each round that went well, half as many
 * when the place says that it is too much.
 */
#ifndef MVC_REMOTE_RETRY_H
#define MVC_REMOTE_RETRY_H

#include "util/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mvc_retry {
	unsigned tries; /* failures in a row */
	uint64_t moved; /* bytes at the last failure */
};

/*
 * After a failure: wait, then true; or false, at once, where it has failed too
 * often. `after` seconds are what the place asked for (0: nothing), `busy` says
 * that it is overloaded. Bytes that moved since the last failure, of `moved` in
 * all, begin the count anew: a long transfer over a bad line comes through.
 */
bool
mvc_retry_wait(struct mvc_retry *r, unsigned after, bool busy, uint64_t moved);

/* The seconds of a Retry-After header, a number or a date; 0 for no header, at
 * most 60. */
unsigned mvc_retry_after(const char *value, int64_t now);

struct mvc_gate {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	double limit; /* how many may be inside */
	unsigned most, inside;
	uint64_t cut_at; /* ms, when the limit was last cut */
};

void mvc_gate_init(struct mvc_gate *g, unsigned most);
void mvc_gate_release(struct mvc_gate *g);
/* Blocks until there is room. */
void mvc_gate_enter(struct mvc_gate *g);
/* `busy`: the place answered that this was too much. */
void mvc_gate_leave(struct mvc_gate *g, bool busy);

#endif
