/*
 * What a remote keeps of a repository's Git history (push --with-git):
 *
 *     git/HOLDER/bundles/ID     a bundle of git's; ID is BLAKE3 of its bytes
 *     git/HOLDER/refs/ID        a state: which bundles, in which order, and
 *                               what each ref is; ID is BLAKE3 of its bytes
 *
 * All of them are immutable. A state replaces those that its writer had read,
 * so that two who push at once leave two states, neither replaced: the history
 * is then both. Of each ref the later change holds, by a serial that every
 * writer raises; two changes of one serial are both kept, one of them under the
 * name with its id's first digits after it. A ref that was removed leaves the
 * serial at which it was: an earlier change does not bring it back. So nothing
 * is locked, and no ref is lost.
 */
#ifndef MVC_REMOTE_GITHISTORY_H
#define MVC_REMOTE_GITHISTORY_H

#include "store/backend.h"
#include "util/own.h"

#define MVC_GITREF_OID_MAX 64

struct mvc_gitref {
	char *name; /* refs/heads/…, refs/tags/… */
	char oid[MVC_GITREF_OID_MAX + 1];
	uint64_t serial;
};

struct mvc_gitpart {
	struct mvc_oid id;
	uint64_t size;
};

struct mvc_githistory {
	struct mvc_gitref *refs; /* by name */
	size_t n_refs;
	struct mvc_gitref *gone; /* removed at serial; without ids */
	size_t n_gone;
	struct mvc_gitpart *parts; /* bundles, each after those it needs */
	size_t n_parts;
	char *head; /* the branch to check out; NULL: not said */
	uint64_t serial; /* the highest */
	struct mvc_oid *states; /* that it was read from */
	size_t n_states;
};
void mvc_githistory_release(struct mvc_githistory *h);

/* Empty where there is none. MVC_ECORRUPT, MVC_EVERSION. */
int mvc_githistory_read(struct mvc_githistory *out, struct mvc_backend *b,
    const char *holder) MVC_MUST;

/* NULL where there is none. */
struct mvc_gitref *
mvc_githistory_ref(const struct mvc_githistory *h, const char *name);
/* The ref is this from now on, with serial h->serial. */
int mvc_githistory_set(
    struct mvc_githistory *h, const char *name, const char *oid) MVC_MUST;
/* It is no more, from serial h->serial on. */
int mvc_githistory_drop(struct mvc_githistory *h, const char *name) MVC_MUST;
int mvc_githistory_add_part(
    struct mvc_githistory *h, const struct mvc_oid *id, uint64_t size) MVC_MUST;

/* Put it as a state in place of those that it was read from, which go then. */
int mvc_githistory_write(struct mvc_githistory *h, struct mvc_backend *b,
    const char *holder) MVC_MUST;

/* Bundles that no state names, older than two weeks by the place's clock, go:
 * what a compaction replaced, or a push that was stopped left. */
int mvc_githistory_sweep(const struct mvc_githistory *h, struct mvc_backend *b,
    const char *holder) MVC_MUST;

/* The key of a bundle. */
struct mvc_gitpart_key {
	char s[4 + 32 + 9 + MVC_OID_HEX + 1];
};
struct mvc_gitpart_key
mvc_gitpart_key(const char *holder, const struct mvc_oid *id);

/* Each holder that has a history there. */
int mvc_githistory_holders(struct mvc_backend *b,
    int (*each)(void *arg, const char *holder), void *arg) MVC_MUST;

#endif
