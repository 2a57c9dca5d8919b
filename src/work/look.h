/* What one name of a folder is. */
#ifndef MVC_WORK_LOOK_H
#define MVC_WORK_LOOK_H

#include "work/statcache.h"

struct mvc_look {
	struct mvc_stat_entry now; /* no path; the id of links alone */
	int code; /* for the caller; MVC_ENOTFOUND: it is not there (any more) */
	char *text; /* of another code; owned */
	char *target; /* links; owned */
};

/* Whether it can be tracked, and its stat; no link is followed.
 * MVC_ENOTFOUND. */
int mvc_look_at(struct mvc_look *r, int dirfd, const char *name) MVC_MUST;

#endif
