/*
 * A few things done at once, each on a thread of its own: what waits for
 * something far away costs the longest of them, not the sum.
 */
#ifndef MVC_UTIL_TOGETHER_H
#define MVC_UTIL_TOGETHER_H

#include "util/error.h"

struct mvc_task {
	int (*run)(void *arg);
	void *arg;
};

/* All have ended on return. Of several errors the one of the first of the
 * tasks, with its text; those after it may not have been begun then. */
int mvc_together(const struct mvc_task *tasks, unsigned n) MVC_MUST;

#endif
