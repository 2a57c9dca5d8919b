/* Between mv.c and mv_plan.c. */
#ifndef MVC_WORK_MV_PRIV_H
#define MVC_WORK_MV_PRIV_H

#include "work/change.h"
#include "work/mv.h"

struct move {
	char *from, *to;
	struct mvc_place src, dst;
	struct mvc_found entry; /* what moves */
	struct mvc_found over; /* what is recorded where it goes, if is_over */
	struct mvc_change_root *a, *b; /* its root before and after */
	bool src_root, dst_root; /* it is a root, will be one */
	bool src_here, dst_here; /* its data, in the work tree */
	bool is_over, case_only;
	bool drop_over; /* its file is there, and none comes to replace it */
	struct stat before; /* of a file that is here */
};

struct mv {
	struct mvc_work *w;
	const struct mvc_mv_opts *o;
	struct mvc_change c;
	struct move *v;
	size_t n;
};

/* Resolve the paths into moves, in the order of their targets, and refuse what
 * cannot be moved. */
int mv_plan(
    struct mv *mv, const char *const *paths, size_t n, const char *to) MVC_MUST;

void mv_release_move(struct move *m);

#endif
