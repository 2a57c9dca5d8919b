/* Between add.c, add_plan.c, add_flow.c, add_root.c and add_publish.c. */
#ifndef MVC_WORK_ADD_PRIV_H
#define MVC_WORK_ADD_PRIV_H

#include "tree/edit.h"
#include "work/add.h"
#include "work/scan.h"

/* One root, from plan to pointer. */
struct add_root {
	char *path, *pointer_path;
	struct mvc_names parts; /* to scan, in path order; mostly the root */
	bool had_pointer;
	bool left_out; /* of the work tree, by Git's sparse checkout */
	bool untrue; /* what the pointer says of its content */
	struct mvc_pointer old, now;
	struct mvc_stat_entry record; /* work/base.h; path is the root's */
	/* The content that the stat cache's entries are changes to. */
	bool has_base, base_is_tree;
	struct mvc_oid base;
	bool other; /* base is not what the pointer names */
	bool stale; /* which forbids a change */
	bool
	    distrust; /* the cache's entries may not be the base's, or stored */
	bool had_record;
	unsigned was_partial; /* of MVC_STAT_PART */
	bool part_claim;

	/* While it flows. By the scan's thread: */
	size_t part; /* the one being scanned */
	bool part_here, part_known;
	uint64_t seen; /* files that are here */
	uint64_t present, missing; /* of those in the cache */
	bool is_dir;
	/* By the ingest's thread: */
	struct mvc_tree_edit *edit;
	char *removed; /* a folder that was removed whole, "" if none */
	bool is_file; /* and was read: */
	struct mvc_entry file;

	bool changed;
	unsigned partial;
	uint64_t added, modified, deleted;
};

struct add {
	struct mvc_work *w;
	const struct mvc_add_opts *o;
	struct mvc_index *idx;
	struct add_root *roots; /* in path order */
	size_t n;
	struct mvc_writer *writer;
	struct mvc_statupdate *update;
	char *vanished; /* the root that is refused for it; owned */
};

/* Resolve the paths into roots, and refuse what cannot be tracked. */
int add_plan(struct add *a, const char *const *paths, size_t n) MVC_MUST;
/* Scan, read, store; each root's `now` and `changed` are set. */
int add_flow(struct add *a) MVC_MUST;
/* Begin to edit the root's tree, unless that has been done. */
int add_need_edit(struct add *a, struct add_root *r) MVC_MUST;
/* After the flow: what each root is now, and what of it changed. */
int add_roots_finish(struct add *a) MVC_MUST;
/* Whether a file's content is read, though its stat has not changed. */
bool add_must_read(const struct add_root *r, const char *path);
/* Whether a file that is doubted (work/settle.h) is what is left of what a
 * checkout put there. */
int add_is_torn(bool *torn, struct add *a, const struct add_root *r,
    const struct mvc_scanned *f) MVC_MUST;
/* A root as callers see it. */
void add_tell(struct mvc_added *out, const struct add_root *r);
/* All but the writer, which may be a caller's. */
void add_release(struct add *a);
/* Claim, write, stage. */
int add_publish(struct add *a) MVC_MUST;

/*
 * Where somebody watches, count ahead what there will be to read, on a thread
 * beside; out is NULL where nobody does. A count that fails gives no total.
 */
struct add_count;
void add_count_start(struct add_count **out, struct add *a);
void add_count_stop(struct add_count *k);

/* A path of a root relative to it. */
const char *add_inside(const struct add_root *r, const char *path);

#endif
