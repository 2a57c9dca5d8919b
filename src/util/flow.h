/*
 * struct mvc_flow: work done on many threads, finished in order on one.
 *
 *     push(job) ──► [ bounded queue ] ──► work() on N threads ──► finish()
 *     one thread,                         any order               one thread,
 *     blocks when full                                            push order
 *
 * It is how mvc uses all cores while its output does not depend on their
 * number. finish() may push into another flow (never into its own). The first
 * error of work() or finish() stops the flow: later jobs are only dropped, and
 * push and wait return that error with its text; of several the first in push
 * order. drop() is called once for each pushed job, last of all, also after
 * errors, on the finishing thread or the pushing one.
 */
#ifndef MVC_UTIL_FLOW_H
#define MVC_UTIL_FLOW_H

#include "util/error.h"
#include "util/own.h"

struct mvc_flow;

struct mvc_flow_ops {
	/* On a worker; `thread` is 0 .. threads-1, for scratch of its own.
	 * May be NULL: nothing to do. */
	int (*work)(void *ctx, void *job, unsigned thread);
	/* On the finishing thread, in push order. May be NULL. */
	int (*finish)(void *ctx, void *job);
	/* Frees the job. May be NULL. */
	void (*drop)(void *ctx, void *job);
};

/* `depth` jobs at most are pushed and not yet finished. ops and ctx must
 * outlive the flow. */
int mvc_flow_new(struct mvc_flow **out, unsigned threads, unsigned depth,
    const struct mvc_flow_ops *ops, void *ctx) MVC_MUST;
/* The flow owns the job from now on, also when this fails. */
int mvc_flow_push(struct mvc_flow *f, void *job) MVC_MUST;
/* Until all that was pushed is finished; more may be pushed afterwards. */
int mvc_flow_wait(struct mvc_flow *f) MVC_MUST;
/* Drops what is not finished, joins the threads. */
void mvc_flow_free(struct mvc_flow *f);
MVC_OWN_DEFINE(mvc_flow)

#endif
