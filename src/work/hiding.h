/*
 * What .mvcignore hides, on a walk through folders of the work tree. What is
 * recorded is never hidden: a path that the stat cache has, or has something
 * below.
 */
#ifndef MVC_WORK_HIDING_H
#define MVC_WORK_HIDING_H

#include "util/buf.h"
#include "work/listing.h"
#include "work/statcache.h"

struct mvc_hiding {
	struct mvc_ignore rules; /* in force where the walk is */
	size_t from; /* bytes of paths that are a tracked root's */
	bool all; /* the walk is in a folder that rules hide */
	struct mvc_statcursor *recorded;
	struct mvc_buf sought; /* what that was moved to last */
};
int
mvc_hiding_init(struct mvc_hiding *h, struct mvc_statcache *recorded) MVC_MUST;
void mvc_hiding_release(struct mvc_hiding *h);

/* Begin anew above a path, with the rules of the folders on the way; a root,
 * its first `from` bytes, is not hidden. MVC_EDENIED past a link. */
int mvc_hiding_begin(
    struct mvc_hiding *h, int worktree, const char *path, size_t from) MVC_MUST;
/* Of a path in the folder where the walk is. */
int mvc_hiding_hides(
    bool *hides, struct mvc_hiding *h, const char *path, bool is_dir) MVC_MUST;

/* Into a folder: what is hidden of it leaves the listing. */
struct mvc_hiding_above {
	bool pushed, all;
};
int mvc_hiding_enter(struct mvc_hiding *h, struct mvc_hiding_above *above,
    struct mvc_listing *l) MVC_MUST;
void
mvc_hiding_leave(struct mvc_hiding *h, const struct mvc_hiding_above *above);

#endif
