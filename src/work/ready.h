/*
 * struct mvc_ready: files that a fetch has decoded anyhow, laid ready for the
 * checkout that follows, which only renames them.
 *
 *     fetch ──► chunk, checked ──► GITDIR/mvc/ready/RUN/OID.part ──► whole, and
 *                                      comes out as its id? ──► OID
 *     checkout ◄── rename ──────────── GITDIR/mvc/ready/RUN/OID
 *
 * All of it is a short cut: what is not ready, for whatever reason, comes out
 * of the store. What a killed run left is removed by the next one.
 */
#ifndef MVC_WORK_READY_H
#define MVC_WORK_READY_H

#include "hash/oid.h"
#include "remote/fetch.h"
#include "util/own.h"

struct mvc_ready;

/* *out is NULL where there is nothing to be gained: the work tree (an open
 * folder) is on another disk, or nothing can be written. */
int
mvc_ready_open(struct mvc_ready **out, const char *git_dir, int top) MVC_MUST;
/* What nobody took goes. */
void mvc_ready_free(struct mvc_ready *r);
MVC_OWN_DEFINE(mvc_ready)

/* For a fetch; NULL for NULL. */
const struct mvc_fetch_taker *mvc_ready_taker(const struct mvc_ready *r);

/* The bytes that it holds, or may come to hold. */
uint64_t mvc_ready_bytes(const struct mvc_ready *r);

/* A file's name in its folder. */
struct mvc_ready_name {
	char s[MVC_OID_HEX + 8];
};

/*
 * Open a file of this content for reading and writing, and say where it is: to
 * be renamed from *dirfd. -1: it is not ready. For any thread.
 */
int mvc_ready_take(struct mvc_ready *r, const struct mvc_oid *oid,
    uint64_t size, int *dirfd, struct mvc_ready_name *name);

#endif
