/*
 * Try out a place: what may be done there, and how fast. It writes, lists,
 * reads, compares and deletes an object of its own, tmp/probe-….
 */
#ifndef MVC_REMOTE_PROBE_H
#define MVC_REMOTE_PROBE_H

#include "store/backend.h"

struct mvc_probe_step {
	const char *what; /* static: "write" */
	int err; /* 0: it can be done */
	char text[512]; /* the error's */
	uint64_t ns;
	uint64_t bytes;
};

#define MVC_PROBE_STEPS 6

struct mvc_probe {
	struct mvc_probe_step steps[MVC_PROBE_STEPS];
	size_t n;
	size_t failed;
};

/* Steps that need one that failed are left out; a place that is only read is
 * not written to. Fails itself only where that has nothing to do with the
 * place. */
int mvc_probe(struct mvc_probe *out, struct mvc_backend *b) MVC_MUST;

#endif
