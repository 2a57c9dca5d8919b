/* Bytes of a place on their way into a file here. */
#ifndef MVC_REMOTE_LANDING_H
#define MVC_REMOTE_LANDING_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mvc_landing {
	int fd; /* borrowed */
	const char *name; /* of the file, for messages */
	uint64_t at; /* where the next go */
	bool stays; /* the disk may begin to write them */
};

/* A mvc_take_fn, for a landing. */
int mvc_landing_take(void *landing, const void *p, size_t n) MVC_MUST;

#endif
