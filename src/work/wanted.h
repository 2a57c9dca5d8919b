/* The content that commits name: what is pushed, fetched, checked. */
#ifndef MVC_WORK_WANTED_H
#define MVC_WORK_WANTED_H

#include "git/history.h"
#include "hash/oidset.h"
#include "util/own.h"

#include <stdbool.h>

struct mvc_remoteconf;
struct mvc_repo;

struct mvc_wanted_item {
	struct mvc_oid oid;
	bool tree;
	uint64_t size, files;
	char *path; /* a data path that has it, without ".mvc" */
	char *inner; /* only what lies at this path in it; NULL: all */
	struct mvc_gitid commit; /* that has it; n is 0: only an index */
};

/* In the order found; each oid once, or as often as paths in it are. */
struct mvc_wanted {
	struct mvc_wanted_item *at;
	size_t n;
	struct mvc_oidset oids; /* wanted as a whole */
	bool inside; /* set before: tell paths inside apart */
	/* Set before: the remote that it is for. What has a path that may not
	 * go there is left out, whatever other paths have it. */
	const struct mvc_remoteconf *remote;
	struct mvc_oidset kept; /* kind 1: what was left out */
};
void mvc_wanted_release(struct mvc_wanted *w);

/*
 * Add what a revision's pointers name, of the paths given ("a/b": the data
 * path itself, those below it, or the one that it lies in; n_paths 0: all). A
 * pointer that cannot be read is MVC_EINVALID or MVC_EVERSION.
 */
int mvc_wanted_add(struct mvc_wanted *w, struct mvc_repo *r, const char *rev,
    char *const *paths, size_t n_paths) MVC_MUST;

struct mvc_pointer;
/* Add a pointer, or what lies at a path in it (NULL or "": all). */
int mvc_wanted_add_one(struct mvc_wanted *w, const struct mvc_pointer *p,
    const char *path, const char *inner) MVC_MUST;

/* After all that was added, with `remote`: what is kept from it goes. */
void mvc_wanted_leave_out(struct mvc_wanted *w);

/* The same of the pointers in the work tree. Those that cannot be read are
 * passed over. */
int mvc_wanted_add_here(struct mvc_wanted *w, struct mvc_repo *r,
    char *const *paths, size_t n_paths) MVC_MUST;

/* Add what any commit names that anything in Git reaches. Texts that are no
 * pointers are passed over. */
int mvc_wanted_add_all(struct mvc_wanted *w, struct mvc_repo *r) MVC_MUST;

/*
 * An earlier version of an item's path that has() wants, newest first, of the
 * last `limit` ones: *found.
 */
int mvc_wanted_earlier(struct mvc_oid *out, bool *found, struct mvc_repo *r,
    const struct mvc_wanted_item *item, unsigned limit,
    bool (*has)(void *arg, const struct mvc_oid *oid), void *arg) MVC_MUST;

#endif
