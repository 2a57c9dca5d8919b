/*
 * struct mvc_ctx: what a caller of the library decides once and hands to
 * everything that takes long: threads, memory, progress, trace, warnings.
 */
#ifndef MVC_UTIL_CTX_H
#define MVC_UTIL_CTX_H

#include "util/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mvc_trace;

/*
 * The library only counts; whoever shows progress reads the counters from a
 * thread of its own. Totals are 0 while unknown.
 */
struct mvc_progress {
	_Atomic(const char *) what; /* static text: "reading", "writing" */
	_Atomic uint64_t items, items_total;
	_Atomic uint64_t bytes, bytes_total;
	bool watched; /* set before: totals are worth some work */
};

struct mvc_ctx {
	unsigned threads; /* workers, 1 or more */
	uint64_t memory; /* bytes that buffers and caches may take in all */
	struct mvc_progress progress;
	struct mvc_trace *trace; /* borrowed, NULL when off */
	/* Something worth a line on stderr that is no failure; may be NULL.
	 * Called from any thread. */
	void (*warn)(void *arg, const char *text);
	void *warn_arg;
};

/*
 * Defaults: as many threads as the CPU affinity and the cgroup's quota give,
 * memory from the cgroup's limit and the machine's, at most 256 MiB plus
 * 32 MiB a thread.
 */
void mvc_ctx_init(struct mvc_ctx *ctx);

/* Another number of threads, with the memory that goes with it;
 * 0: as many as mvc_ctx_init takes. */
void mvc_ctx_set_threads(struct mvc_ctx *ctx, unsigned threads);

/* What the machine and the cgroups above this process allow. `root` is ""
 * (tests have a /proc and a /sys of their own); memory is 0 if unknown. */
struct mvc_limits {
	unsigned cpus;
	uint64_t memory;
};
void mvc_limits_read(struct mvc_limits *out, const char *root);

void mvc_warn(struct mvc_ctx *ctx, const char *fmt, ...) MVC_PRINTF(2, 3);

#endif
