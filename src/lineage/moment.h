/* Moments as RFC 3339 has them, of UTC, to the millisecond. Thread-safe. */
#ifndef MVC_LINEAGE_MOMENT_H
#define MVC_LINEAGE_MOMENT_H

#include "util/error.h"

#include <stdint.h>

/* "2026-11-03T09:12:45.123Z", of the years 0 to 9999. */
struct mvc_moment {
	char s[96]; /* whatever an int may take */
};

/* From milliseconds since 1970; MVC_EINVALID in other years. */
int mvc_moment_format(struct mvc_moment *out, int64_t ms) MVC_MUST;
/* Just this form; MVC_EINVALID. */
int mvc_moment_parse(int64_t *ms, const char *text) MVC_MUST;

#endif
