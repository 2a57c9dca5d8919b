/*
 * What is in the work tree at and below tracked roots, beside what the stat
 * cache knows of it, in path order.
 *
 *     one thread: list folders ──► slices of names ──► workers: stat them
 *                                                          │
 *     one thread, in path order: callbacks ◄── merge with the stat cache
 *
 * Folders are walked by handle, links never followed; .mvcignore applies to
 * what the stat cache does not have.
 */
#ifndef MVC_WORK_SCAN_H
#define MVC_WORK_SCAN_H

#include "util/ctx.h"
#include "util/dirref.h"
#include "work/statcache.h"

struct mvc_settle;

enum mvc_verdict {
	MVC_SCAN_NEW, /* the stat cache knows nothing of it */
	MVC_SCAN_SAME, /* as mvc left it */
	MVC_SCAN_CHANGED, /* its stat differs */
	MVC_SCAN_RACY, /* the stat is the same, but must not be trusted */
};

/* All is for the call only; `dir` can be held. */
struct mvc_scanned {
	const char *path; /* relative to the work tree */
	const char *name; /* its last part, in `dir` */
	struct mvc_dirref *dir;
	enum mvc_verdict verdict;
	/* As it is now: path, kind, size, times, inode; links: oid of the
	 * target. The executable bit is the cache's unless it is trusted. */
	struct mvc_stat_entry now;
	const char *target; /* links only */
	const struct mvc_stat_entry *cached; /* NULL if new */
};

/* A nonzero result stops the scan and is returned by wait. All but `file` may
 * be NULL. */
struct mvc_scan_ops {
	/* A root's part begins, ends. */
	int (*begin)(void *arg, void *user);
	int (*end)(void *arg, void *user);
	/* A folder; `cached` may be NULL or of another kind. `empty`: there is
	 * nothing in it that is not ignored. */
	int (*enter)(void *arg, const char *path, bool empty,
	    const struct mvc_stat_entry *cached);
	int (*leave)(void *arg, const char *path);
	int (*file)(void *arg, const struct mvc_scanned *f);
	/* In the stat cache, but not in the work tree; also folders, before
	 * what was below them. */
	int (*missing)(void *arg, const struct mvc_stat_entry *cached);
	/* The same, where a file has taken the place of the folder it was in,
	 * or a folder its own; after that file or folder. */
	int (*covered)(void *arg, const struct mvc_stat_entry *cached);
	/* What cannot be tracked: a device, a bad name, a repository, a folder
	 * that cannot be read. The text says which and why. What the cache has
	 * there and below is passed over. NULL: the scan fails. */
	int (*bad)(void *arg, const char *path, int code, const char *text);
};

struct mvc_scan_opts {
	struct mvc_ctx *ctx;
	int worktree; /* an open folder */
	struct mvc_statcache *cache;
	const struct mvc_settle *settle; /* what is doubted; may be NULL */
	bool trust_mode; /* core.fileMode */
};

struct mvc_scan;
/* Callbacks come on a thread of its own. Everything outlives the scan. */
int mvc_scan_new(struct mvc_scan **out, const struct mvc_scan_opts *opts,
    const struct mvc_scan_ops *ops, void *arg) MVC_MUST;
void mvc_scan_free(struct mvc_scan *s);
MVC_OWN_DEFINE(mvc_scan)

/* Scan a root, the first `from` bytes of the path, or a part of it: a folder,
 * a file, or what is missing; callbacks may come later. `path` is checked:
 * MVC_EDENIED where a link is on the way. */
int mvc_scan_root(
    struct mvc_scan *s, const char *path, size_t from, void *user) MVC_MUST;
/* A root that begins and ends, and is not looked at. */
int mvc_scan_nothing(struct mvc_scan *s, const char *path, void *user) MVC_MUST;
/* Until all callbacks have been made. */
int mvc_scan_wait(struct mvc_scan *s) MVC_MUST;

#endif
