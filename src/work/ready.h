/*
 * struct mvc_ready: files that a fetch has decoded anyhow, laid ready for the
 * checkout that follows, which only renames them.
 *
 *     fetch ──► chunk, checked ──► GITDIR/mvc/ready/RUN/OID.part ──► whole, and
 *                                      comes out as its id? ──► OID
 *     checkout ◄── rename ──────────── GITDIR/mvc/ready/RUN/OID
 *
 * All of it is a short cut: what is not ready, for whatever reason, comes out
 * of the store. What a killed run left is removed by the next one. Or it is the
 * only way, where nothing is to be kept in the store (`alone`): then a file
 * that cannot be written ends the fetch, and the next such run takes over what
 * one that was stopped had, read through and compared with its id.
 */
#ifndef MVC_WORK_READY_H
#define MVC_WORK_READY_H

#include "hash/oid.h"
#include "remote/fetch.h"
#include "util/own.h"

struct mvc_ready;

/* *out is NULL where there is nothing to be gained: the work tree (an open
 * folder) is on another disk, or nothing can be written. */
int mvc_ready_open(
    struct mvc_ready **out, const char *git_dir, int top, bool alone) MVC_MUST;
/* What nobody took goes; but for mvc_ready_leave. */
void mvc_ready_free(struct mvc_ready *r);
MVC_OWN_DEFINE(mvc_ready)

/* It stays for the next run that is alone. */
void mvc_ready_leave(struct mvc_ready *r);

/* Whether a file is ready already. */
bool mvc_ready_has(
    const struct mvc_ready *r, const struct mvc_oid *oid, uint64_t size);
/* It is wanted in more than one place: *copy from now on. */
int mvc_ready_repeat(struct mvc_ready *r, const struct mvc_oid *oid) MVC_MUST;

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
 * be renamed from *dirfd, or, with *copy, to be copied. -1: it is not ready.
 * For any thread.
 */
int mvc_ready_take(struct mvc_ready *r, const struct mvc_oid *oid,
    uint64_t size, int *dirfd, struct mvc_ready_name *name, bool *copy);

#endif
