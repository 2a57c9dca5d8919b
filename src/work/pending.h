/*
 * Several files of the work tree that belong together, written and staged as
 * one: a kill at any moment leaves none of them, or lets the next mvc finish.
 *
 *     files ──► GITDIR/mvc/publish-TAG, durable and locked
 *           ──► each written, staged ──► index committed ──► TAG removed
 *
 *     TAG of a dead process ──► the same again, but for files that somebody
 *                               has changed since
 *
 *     "mvc publish 1\n", then of each file
 *     "pointer|file OLD SIZE PATH" and a NUL, and its bytes; OLD is the BLAKE3
 *     of what was there, or "-"
 */
#ifndef MVC_WORK_PENDING_H
#define MVC_WORK_PENDING_H

#include "work/work.h"

#define MVC_PENDING_MAX (64 << 20)

struct mvc_pending_file {
	char *path; /* owned, as text is */
	char *text;
	size_t n;
	bool pointer; /* the data it names is to be ignored by Git */
	bool had; /* something is there, of this id */
	struct mvc_oid old;
};
struct mvc_pending {
	struct mvc_pending_file *v;
	size_t n;
	int lock; /* plus 1; 0: not begun */
	int folder; /* as lock */
	char name[48];
};
#define MVC_PENDING_INIT \
	{                \
		.n = 0   \
	}
/* What was begun and has not ended is for the next mvc. */
void mvc_pending_release(struct mvc_pending *p);

/* Bytes are copied. */
int mvc_pending_add(struct mvc_pending *p, const char *path, const void *text,
    size_t n, bool pointer) MVC_MUST;

/* From here on it will be finished, by us or the next mvc. */
int mvc_pending_begin(struct mvc_pending *p, struct mvc_work *w) MVC_MUST;
/* Write the files and give them to the index, which is then to be committed. */
int mvc_pending_apply(
    struct mvc_pending *p, struct mvc_work *w, struct mvc_index *idx) MVC_MUST;
void mvc_pending_end(struct mvc_pending *p);

/* Finish what was begun by processes that are dead. */
int mvc_pending_adopt(struct mvc_work *w) MVC_MUST;

#endif
