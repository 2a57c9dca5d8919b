/*
 * What changed between trees, or a tree and the index, told by git itself as it
 * finds it: whole folders that are the same are passed over, in the index too.
 */
#ifndef MVC_GIT_RAWDIFF_H
#define MVC_GIT_RAWDIFF_H

#include "git/gitid.h"

struct mvc_repo;

struct mvc_rawdiff {
	const char *path; /* for the call only */
	struct mvc_gitid was, now; /* blobs; only zeroes where there is none */
	unsigned was_mode, now_mode; /* 0: it is not there */
};
typedef int (*mvc_rawdiff_fn)(void *arg, const struct mvc_rawdiff *d);

/* Each path where the index differs from HEAD (before the first commit: all
 * of it). A non-zero answer of each stops and is returned, here and below. */
int
mvc_rawdiff_staged(struct mvc_repo *r, mvc_rawdiff_fn each, void *arg) MVC_MUST;

/* Each pointer ("*.mvc") where commit b differs from a; ids or revisions. A
 * of only zeroes: all that b has. */
int mvc_rawdiff_pointers(struct mvc_repo *r, const char *a, const char *b,
    mvc_rawdiff_fn each, void *arg) MVC_MUST;

/*
 * Each change of a pointer that a commit brings, merges against each parent:
 * of commits that are reachable from those in `revs` (ids, a line each; "^":
 * not from this one), and not from what was last seen of a remote of Git's.
 */
int mvc_rawdiff_brought(struct mvc_repo *r, const char *remote,
    const char *revs, mvc_rawdiff_fn each, void *arg) MVC_MUST;

#endif
