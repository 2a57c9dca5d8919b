/*
 * Temporaries left by an mvc that was stopped or could not remove them: beside
 * the files of work trees, in their Git directories, and of what was under way
 * to or from remotes. A folder goes only where there are locks and nobody holds
 * its own.
 */
#ifndef MVC_WORK_TIDY_H
#define MVC_WORK_TIDY_H

#include "git/repo.h"
#include "util/ctx.h"

struct mvc_tidy {
	struct mvc_ctx *ctx;
	const char *prefix; /* of their names; NULL: any of mvc's */
	bool act; /* else they are only told */
	/* Those that nobody has written to for so many seconds: one that is
	 * being written is younger. */
	int64_t idle;
	/* May be NULL. */
	void (*found)(void *arg, const char *name, uint64_t bytes);
	void *arg;
};

/* In a folder `name` of an open one, and with `deep` in those below it. */
void
mvc_tidy_folder(const struct mvc_tidy *t, int at, const char *name, bool deep);
/* All of a repository's. What cannot be read is passed over; what cannot be removed gets a
 * warning. */
void mvc_tidy(const struct mvc_tidy *t, struct mvc_repo *r);

#endif
