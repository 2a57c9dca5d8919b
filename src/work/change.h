/*
 * What rm and mv do to pointers: roots that appear, go, or get another tree.
 *
 *     trees stored, claimed ──► pointers that gain ──► index, once
 *                               ──► pointers that lose
 *
 * Planned in memory first. The caller does the data's part between, so that
 * content is always named by a pointer in the work tree or in the index.
 */
#ifndef MVC_WORK_CHANGE_H
#define MVC_WORK_CHANGE_H

#include "store/writer.h"
#include "tree/find.h"
#include "work/ignores.h"

/* An entry of a root's tree, set or (without one) removed. */
struct mvc_change_edit {
	char *inside;
	bool set;
	struct mvc_found found;
};

struct mvc_change_root {
	char *path, *pointer_path;
	bool was; /* tracked before */
	bool is; /* tracked afterwards */
	bool gains, loses;
	/* Of one that goes: its pointer's new name, which differs in case
	 * only; borrowed. */
	const char *renamed;
	struct mvc_pointer old, now;
	struct mvc_change_edit *edits;
	size_t n;
	const struct mvc_oid **bases; /* whose roots find the content; */
	size_t n_bases; /* borrowed */
	/* As the stat cache has it. */
	struct mvc_stat_entry base; /* work/base.h; path is the root's */
	bool recorded;
	unsigned partial; /* of MVC_STAT_PART */
	struct mvc_oid cached; /* the version that its entries are changes to */
	bool any_version; /* which need not be the pointer's */
};

struct mvc_change {
	struct mvc_work *w;
	struct mvc_index *idx;
	struct mvc_ignores ignores;
	struct mvc_writer *writer;
	struct mvc_change_root **roots;
	size_t n;
};
int mvc_change_init(struct mvc_change *c, struct mvc_work *w) MVC_MUST;
void mvc_change_release(struct mvc_change *c);

/*
 * The root that the place lies in, else (not tracked) a new one at its path;
 * the change's. `any_version`: what is here need not be what the pointer names.
 */
int mvc_change_root(struct mvc_change_root **out, struct mvc_change *c,
    const struct mvc_place *p, bool any_version) MVC_MUST;
/* Set or (NULL) remove an entry; copied. */
int mvc_change_edit(struct mvc_change_root *r, const char *inside,
    const struct mvc_found *found) MVC_MUST;
/* The content comes from this version too, which outlives the change. */
int
mvc_change_base(struct mvc_change_root *r, const struct mvc_oid *oid) MVC_MUST;

/* Store and claim what is new; r->now is known afterwards. MVC_ECONFLICT where
 * the pointer names another version than the one that is here, unless the same
 * change to that one comes to the same: a run was stopped. */
int mvc_change_store(struct mvc_change *c) MVC_MUST;
/* MVC_EDENIED where pointers or the index may not be written, before anything
 * is. */
int mvc_change_check(const struct mvc_change *c) MVC_MUST;
/* Write the pointers that only gain, or the other ones: losing roots last. */
int mvc_change_write(struct mvc_change *c, bool losing) MVC_MUST;
/* Stage everything, the .gitignore files too, in one go. */
int mvc_change_stage(struct mvc_change *c) MVC_MUST;
/* Say to the stat cache which trees its entries are changes to now. */
int mvc_change_record(struct mvc_change *c, struct mvc_statupdate *u) MVC_MUST;

/* The entry of a place as its pointer says: MVC_ENOTFOUND. The name is not
 * set. */
int mvc_change_find(struct mvc_found *out, struct mvc_work *w,
    const struct mvc_pointer *p, const char *inside) MVC_MUST;
/* A tracked path within its root, "" for the root itself. */
const char *mvc_place_inside(const struct mvc_place *p);

#endif
