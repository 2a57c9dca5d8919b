/*
 * Git's lock on one of its files (index.lock, config.lock), held by mvc.
 *
 * Git's lock is a file that exists, which a killed process leaves for good. Ours
 * says whose it is, and is flocked while its owner lives: one that says so and
 * is not flocked is dead, and the next mvc takes it over. Nobody else's is
 * touched.
 */
#ifndef MVC_GIT_INDEXLOCK_H
#define MVC_GIT_INDEXLOCK_H

#include "util/error.h"

struct mvc_indexlock {
	int fd; /* -1: not held */
	char *path; /* owned */
};
#define MVC_INDEXLOCK_INIT \
	{                  \
		-1, NULL   \
	}

/* Wait a second at most. MVC_EAGAIN: somebody holds it; the text names the
 * file. */
int mvc_indexlock_take(struct mvc_indexlock *l, const char *path) MVC_MUST;
/* The same, and let go at once: before what only makes sense with it. */
int mvc_indexlock_wait(const char *path) MVC_MUST;
/* Remove it: its work is done. Where that fails it is still held. */
int mvc_indexlock_drop(struct mvc_indexlock *l) MVC_MUST;
/* Remove it, if it is held and can be; an error may be on its way. */
void mvc_indexlock_release(struct mvc_indexlock *l);
/* Remove the lock of an mvc that was killed, if there is one. */
void mvc_indexlock_sweep(const char *path);

#endif
