/* Between the files of status. */
#ifndef MVC_WORK_STATUS_PRIV_H
#define MVC_WORK_STATUS_PRIV_H

#include "util/dirref.h"
#include "work/settle.h"
#include "work/status.h"

#include <string.h>

/* One root, or part of one. */
struct item {
	char *path; /* what is scanned */
	char *root;
	struct mvc_pointer pointer;
	bool has_pointer;
	bool unread; /* not all of it could be looked at */
	bool blocked; /* nothing of it: a link is in its path; code, text */
	bool entered; /* the root is a folder */
	bool away; /* Git's sparse checkout left it out, and it is not here */
	bool forgotten; /* by Git: nothing to tell of what is not here */
	bool others; /* and it holds the next items */
	bool overlaps; /* a pointer lies in it */
	int code;
	char *text;
	bool has_record, partial;
	/* What the cache has below the root may be of other versions than the
	 * one that it says is here, or that the pointer names where it says
	 * nothing. */
	bool mixed;
	struct mvc_oid here; /* that one */
	struct mvc_status_root sums;
	uint64_t present; /* files as mvc left them: the scan's thread */
	uint64_t known; /* of the pointer's others: changed or deleted */
	/* Of those in the cache, as add counts them: the scan's thread. */
	uint64_t left, vanished;
};

struct status {
	struct mvc_work *w;
	const struct mvc_status_ops *ops;
	struct mvc_index *idx;
	struct item *items;
	size_t n, cap;
	struct item *now; /* the scan's thread is in it */
	struct mvc_statupdate *update;
	struct mvc_settle settle;
	struct mvc_flow *flow;
	/* A recorded folder that is gone, until what was below it is met: an
	 * empty one if nothing is. The scan's thread. */
	struct mvc_buf gone;
};

/* A file to be judged, or something to be told in its turn. */
struct job {
	struct item *item;
	char *path; /* NULL: the item ends */
	char *text;
	enum mvc_status_what what;
	bool judge; /* what is found out by its content */
	struct mvc_dirref *dir;
	struct mvc_stat_entry now;
	bool read; /* now.oid is known */
	bool unsure;
	bool has_cached;
	struct mvc_stat_entry cached;
	bool clean, none; /* results; none: nothing to tell */
};

static inline bool
status_below(const char *path, const char *above)
{
	return mvc_statpath_below(path, strlen(path), above, strlen(above));
}

/* Which roots, in path order, and what is known of them beforehand; n 0: all. */
int status_plan(struct status *s, const char *const *paths, size_t n) MVC_MUST;
void status_item_release(struct item *it);

/* Whether it is as it was recorded, by its content; on any thread. */
int status_judge(struct status *s, struct job *j) MVC_MUST;

#endif
