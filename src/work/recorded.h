/*
 * Data in the work tree beside what was recorded of it: may it go? And going.
 */
#ifndef MVC_WORK_RECORDED_H
#define MVC_WORK_RECORDED_H

#include "work/work.h"

/* A tracked path, a root's or within one. */
struct mvc_recorded {
	const char *path;
	const char *inside; /* of its root, "" for itself */
	const struct mvc_pointer *pointer; /* of its root */
};

/*
 * MVC_EFINDING, and the text names one, where a file at or below the path is
 * in neither the version that was put here nor the pointer as it is now. What lies there and
 * is ignored (.mvcignore) does not count; nothing there is fine. With `force` all
 * may go. MVC_EDENIED where it cannot: then nothing of it should.
 */
int mvc_recorded_check(
    struct mvc_work *w, const struct mvc_recorded *r, bool force) MVC_MUST;
/*
 * Remove what is there and is not ignored, and the folders that are empty
 * then; each file is looked at again before, unless `force`. *left: something
 * stays.
 */
int mvc_recorded_remove(bool *left, struct mvc_work *w,
    const struct mvc_recorded *r, bool force) MVC_MUST;

/* Whether a file at or below the path has the bytes that the pointer says; the
 * stat cache is not asked. */
int mvc_recorded_is(
    bool *is, struct mvc_work *w, const struct mvc_recorded *r) MVC_MUST;

/* Whether anything is at the path; a link is itself, and nothing is beyond one
 * or in a closed folder. `st` may be NULL. */
int mvc_work_has(
    bool *has, struct mvc_work *w, const char *path, struct stat *st) MVC_MUST;

#endif
