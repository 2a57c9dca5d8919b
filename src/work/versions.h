/* The versions of a path: of a tracked path, or of something inside one. */
#ifndef MVC_WORK_VERSIONS_H
#define MVC_WORK_VERSIONS_H

#include "git/history.h"
#include "work/changes.h"

/* For the call only. */
struct mvc_path_version {
	const struct mvc_version *git; /* p is NULL */
	const char *root; /* the tracked path, as it was called then */
	const char *from; /* before this commit, NULL: the same */
	bool there; /* false: deleted by this commit */
	bool known; /* false: a broken pointer, or a tree not in the store */
	struct mvc_entry e; /* if there and known; no name */
	struct mvc_change_counts changes; /* since the version before */
};
typedef int (*mvc_path_version_fn)(void *arg, const struct mvc_path_version *v);

/*
 * From a commit back, newest first, at most limit (0: all). `inner` is "" for
 * the tracked path itself; for what is inside, only versions in which that
 * changed. Where the pointer came by a rename of one with the same content, the
 * versions under that name follow.
 */
int mvc_versions(struct mvc_repo *r, const struct mvc_source *source,
    const struct mvc_gitid *commit, const char *root, const char *inner,
    uint64_t limit, mvc_path_version_fn each, void *arg) MVC_MUST;

#endif
