/* An open folder shared by several threads, closed by the last one. */
#ifndef MVC_UTIL_DIRREF_H
#define MVC_UTIL_DIRREF_H

#include "util/error.h"

#include <stdatomic.h>

struct mvc_dirref {
	int fd;
	atomic_uint refs;
	char *path; /* for messages */
};

/* Takes over the open handle (closed on failure too); starts with one
 * reference. */
int mvc_dirref_new(struct mvc_dirref **out, int fd, const char *path) MVC_MUST;
struct mvc_dirref *mvc_dirref_hold(struct mvc_dirref *d);
void mvc_dirref_drop(struct mvc_dirref *d); /* NULL is fine */

#endif
