/*
 * What a user names: PATH, as the pointers in the work tree say, or REV:PATH,
 * as they did in a revision; a tracked path, something inside a tracked
 * directory, or a folder with tracked paths in it.
 */
#ifndef MVC_WORK_TARGET_H
#define MVC_WORK_TARGET_H

#include "tree/find.h"
#include "work/view.h"

struct mvc_target {
	struct mvc_view *view; /* owned */
	char *path; /* from the top of the work tree; "" is all of it */
	char *root; /* the tracked path that is it or holds it; NULL: none */
	const char *inner; /* the rest of `path`; "" is the root itself */
	struct mvc_pointer pointer; /* the root's */
	struct mvc_found found; /* the entry there, if there is a root */
};
#define MVC_TARGET_INIT      \
	{                    \
		.view = NULL \
	}
void mvc_target_release(struct mvc_target *t);

/*
 * Take the text apart, nothing looked up but the revision. PATH is relative to
 * the current folder; in REV:PATH to the top, unless it begins with "./" or
 * "../". A text that begins so, or with '/', is a PATH whatever is in it. NULL
 * is everything in the work tree. The suffix of a pointer is left out.
 */
int mvc_target_parse(
    struct mvc_target *out, struct mvc_repo *repo, const char *text) MVC_MUST;

/*
 * Find it. Reads only the nodes on the way, and nothing where it is a root.
 * MVC_ENOTFOUND with `root` NULL: it is not tracked (a folder with tracked
 * paths in it is found, and has no root). MVC_ENOTFOUND with a root: it is not
 * in there, or the nodes on the way are not in the store (the text says).
 */
int
mvc_target_find(struct mvc_target *t, const struct mvc_source *source) MVC_MUST;

/* The first part of that: root, inner and pointer, if there is a root. */
int mvc_target_root(struct mvc_target *t) MVC_MUST;
/* The other: MVC_ENOTFOUND unless it is a folder with tracked paths in it. */
int mvc_target_folder(struct mvc_target *t) MVC_MUST;

/* What a tree has at a path. MVC_ENOTFOUND: nothing, or, with *missing, nodes
 * on the way are not in the store. */
int mvc_target_inside(struct mvc_found *out, bool *missing,
    const struct mvc_source *source, const struct mvc_oid *tree,
    const char *inner) MVC_MUST;

/* A pointer as an entry without a name. */
struct mvc_entry mvc_pointer_entry(const struct mvc_pointer *p);

#endif
