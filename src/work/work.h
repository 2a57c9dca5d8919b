/* What the commands of the daily loop share: one work tree, opened. */
#ifndef MVC_WORK_WORK_H
#define MVC_WORK_WORK_H

#include "git/index.h"
#include "git/repo.h"
#include "store/store.h"
#include "work/pointer.h"
#include "work/sparse.h"
#include "work/statcache.h"

struct mvc_work {
	struct mvc_ctx *ctx; /* borrowed, like the next two */
	struct mvc_repo *repo;
	struct mvc_store *store;
	struct mvc_statcache *cache;
	struct mvc_sparse *sparse; /* NULL: everything is wanted */
	int top; /* the work tree's folder, open */
};

/* The work tree of an open repository; all three must outlive it. */
int mvc_work_open(struct mvc_work **out, struct mvc_ctx *ctx,
    struct mvc_repo *repo, struct mvc_store *store) MVC_MUST;
void mvc_work_free(struct mvc_work *w);
MVC_OWN_DEFINE(mvc_work)

/*
 * Where a path belongs: the tracked root that is it or holds it ("" root:
 * none does), by the pointers in the work tree, else in the index.
 */
struct mvc_place {
	char *path; /* as given, relative to the work tree */
	char *root; /* "" or the root's path */
	char *pointer_path; /* root's, or path's if nothing is tracked there */
	bool tracked;
	struct mvc_pointer pointer; /* if tracked */
};
void mvc_place_release(struct mvc_place *p);
int mvc_place_find(struct mvc_place *out, struct mvc_work *w,
    struct mvc_index *idx, const char *path) MVC_MUST;

/* MVC_EDENIED where nothing can be made or removed in the folder of the path. */
int mvc_work_can_write(struct mvc_work *w, const char *path) MVC_MUST;

/* The pointer of a path ending in .mvc: the file, else the index's entry (for
 * Git's own sparse checkout). MVC_ENOTFOUND where there is none. */
int mvc_work_pointer(struct mvc_pointer *out, struct mvc_work *w,
    struct mvc_index *idx, const char *pointer_path) MVC_MUST;

/*
 * The roots tracked at and below a path ("" for all), in path order, by the
 * pointers in the index; each text without the suffix, for mvc_names_release.
 */
struct mvc_names {
	char **v;
	size_t n, cap;
};
void mvc_names_release(struct mvc_names *l);
int mvc_names_add(struct mvc_names *l, const char *s) MVC_MUST;
/* Into path order, each once. */
void mvc_names_sort(struct mvc_names *l);
/* The same, without those inside others. */
void mvc_names_outermost(struct mvc_names *l);
int mvc_work_roots(
    struct mvc_names *out, struct mvc_index *idx, const char *under) MVC_MUST;
/* The same by what the stat cache knows to be here, whether or not a pointer
 * names it any more; one may lie in another (work/base.h). */
int mvc_work_cached_roots(
    struct mvc_names *out, struct mvc_work *w, const char *under) MVC_MUST;

/* Both, of the second those whose pointer is in the work tree: recorded, and
 * not staged. */
int mvc_work_roots_here(struct mvc_names *out, struct mvc_work *w,
    struct mvc_index *idx, const char *under) MVC_MUST;

/* MVC_ECONFLICT: both roots have pointers, and one lies in the other. */
int mvc_work_fail_overlap(const char *root, const char *inner) MVC_MUST;

/* Whether all trees of a version are here, as the store promised this clone;
 * of others some may be gone, after a collection. */
int mvc_work_holds(
    bool *holds, struct mvc_work *w, const struct mvc_oid *oid) MVC_MUST;

/* Whether what the stat cache says of a root is what its pointer names: the
 * executable bit too, where Git trusts it. */
bool mvc_work_is_version(const struct mvc_work *w,
    const struct mvc_stat_entry *e, const struct mvc_pointer *p);

#endif
