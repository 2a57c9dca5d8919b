/*
 * Where get, import and update have data from: a path of a Git repository with
 * mvc's data, at a revision; or a version that a remote has, without any
 * repository.
 *
 *     URL, REV ─► git fetch, one commit ─► PATH's pointer, .mvc/config
 *                                            │
 *     its own store, its remote ─► root ─► the caller's store, verified
 */
#ifndef MVC_CMD_ORIGIN_H
#define MVC_CMD_ORIGIN_H

#include "cmd/aside.h"
#include "cmd/env.h"
#include "work/pointer.h"

struct mvc_origin {
	struct mvc_env *env; /* the caller's; its repository may be NULL */
	struct mvc_aside aside; /* made before: Git's files and caches */
	const char *remote; /* -r; NULL: the one that the repository says */

	/* Found. */
	struct mvc_repo *repo; /* in aside: the commit, .mvc/config; or NULL */
	struct mvc_repo *there; /* the repository itself, if it is on a disk */
	char *url; /* as it is kept: a local path is absolute */
	char commit[65];
	struct mvc_pointer pointer; /* of what holds it */
	char *inner; /* what is meant lies at this path in it; "": all */
	char holder[33]; /* ""; any */

	/* Results of a fetch. */
	char *from; /* the place, as it is printed */
	uint64_t objects, bytes, requests, received;
};
void mvc_origin_release(struct mvc_origin *o);

/*
 * Find PATH of the repository at a URL. `rev` is a branch, a tag or a commit;
 * NULL: what is checked out there. MVC_ENOTFOUND: no such revision, or no data
 * of mvc at the path.
 */
int mvc_origin_git(struct mvc_origin *o, const char *url, const char *path,
    const char *rev) MVC_MUST;

/* A pointer's file, or [HOLDER/]OID, to be had from o->remote. */
int mvc_origin_version(struct mvc_origin *o, const char *what) MVC_MUST;

struct mvc_store;
/* Bring its content into a store, and claim it for holder `here`. Of a version
 * the pointer is filled in. */
int mvc_origin_fetch(
    struct mvc_origin *o, struct mvc_store *store, const char *here) MVC_MUST;

#endif
