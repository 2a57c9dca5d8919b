/* Between the files of checkout's plan (checkout_plan.c). */
#ifndef MVC_WORK_CHECKOUT_PLAN_H
#define MVC_WORK_CHECKOUT_PLAN_H

#include "work/checkout_priv.h"

struct plan {
	struct checkout *c;
	struct co_root *r; /* the scan is in it */
	struct co_rec *t; /* the next target */
	struct mvc_buf gone, barred, unlinked; /* paths, "" if none */
	/* A folder that nobody names, in which data sets were. */
	struct mvc_buf unknown;
	bool gone_kept;
	bool holds; /* others are in `gone` */
	size_t other; /* the next of c->others, in path order */
	/* What comes in place of `gone`; owned strings. */
	struct co_rec instead;
	uint64_t n;
};

/* What shall be at a path. */
struct want {
	bool listed; /* by the targets */
	unsigned left_out; /* the kind of what sparse leaves out, else 0 */
	struct co_rec rec; /* kind 0: nothing; strings borrowed */
};

/* Where a path stands to the other data sets; paths ascend. */
enum stand { STAND_BESIDE, STAND_ABOVE, STAND_INSIDE };

enum stand plan_stand(struct plan *p, const char *path);

bool plan_within(const char *path, const struct mvc_buf *above);
int plan_set(struct mvc_buf *b, const char *path) MVC_MUST;

/* Steps of the plan. */
int plan_emit(struct plan *p, enum co_op op, const char *path,
    struct co_rec *rec) MVC_MUST;
int plan_plain(struct plan *p, enum co_op op, const char *path) MVC_MUST;
int plan_forget(struct plan *p, const char *path) MVC_MUST;

/* Deal with all targets of the root before path (NULL: all). */
int plan_advance(struct plan *p, const char *path) MVC_MUST;
/* What shall be at a path; takes the target from the list. w's strings are
 * good until the targets move on. */
int plan_want(struct plan *p, struct want *w, const char *path,
    const struct mvc_stat_entry *cached) MVC_MUST;
/* After plan_want(). */
int plan_passed(struct plan *p, const struct want *w) MVC_MUST;
int plan_put(struct plan *p, const char *path, struct want *w) MVC_MUST;
/* Something of the user's stays. The stat cache gets what should be there, so
 * that it goes on showing as a change, or forgets it. */
int plan_keep(
    struct plan *p, const char *path, struct want *w, const char *why) MVC_MUST;
/* By the patterns of mvc sparse. */
bool plan_wants(const struct plan *p, const char *path, bool is_dir);

/* All of a file or link in the work tree: a callback of the scan. */
int plan_file(void *arg, const struct mvc_scanned *f) MVC_MUST;

#endif
