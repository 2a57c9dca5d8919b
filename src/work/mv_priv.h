/* Between mv.c, mv_plan.c and mv_target.c. */
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

/* Look at the target of a move whose source and `to` are set, and refuse where
 * it may not go. */
int mv_plan_target(struct mv *mv, struct move *m) MVC_MUST;

/* What is recorded at a place: *is false where nothing is. */
int mv_entry_at(struct mvc_found *out, bool *is, struct mv *mv,
    const struct mvc_place *p) MVC_MUST;
bool mv_same_entry(const struct mvc_found *x, const struct mvc_found *y);
/* What lies at `to` is the missing source's data: the stat cache says so or,
 * where a power cut has taken that, the bytes do. */
int mv_is_source(
    bool *is, struct mv *mv, const struct move *m, const char *to) MVC_MUST;
/* A folder lies there, or is recorded there. */
int mv_is_folder(bool *is, struct mv *mv, const char *path) MVC_MUST;
/* Both are one name to this file system. */
bool mv_only_case(const struct mv *mv, const char *from, const char *to);
bool mv_below(const char *path, const char *dir);

#endif
