/*
 * The stat cache of a work tree: what mvc put there or recorded from there, so
 * that an unchanged file is known by one stat.
 *
 *     GITDIR/mvc/statcache         base: every entry
 *     GITDIR/mvc/statcache.delta   changes since, over the base
 *     GITDIR/mvc/statcache.lock    held (flock) while one of them is replaced
 *
 * An edit writes a small delta; once that exceeds 1/16 of the base, both are
 * merged into a new base. The cache is disposable: a file that is damaged, of
 * another version, or a delta of another base, counts as absent; with a damaged
 * delta the base too, which is out of date.
 *
 * Racily clean: an entry whose mtime or ctime is not older than the file that
 * holds it may have changed without showing; it has MVC_STAT_RACY, and whoever
 * wants to know reads the file. So has one that was read, and not written, by
 * mvc, if it changed after the update was begun.
 */
#ifndef MVC_WORK_STATCACHE_H
#define MVC_WORK_STATCACHE_H

#include "work/statlayer.h"

#include <sys/stat.h>

struct mvc_statcache;

/* git_dir is the work tree's own Git directory. Damage and absence give an
 * empty cache. */
int
mvc_statcache_open(struct mvc_statcache **out, const char *git_dir) MVC_MUST;
void mvc_statcache_free(struct mvc_statcache *c);
MVC_OWN_DEFINE(mvc_statcache)

/* Whether a stat is that of the entry (size, times, inode, and kind where
 * `trust_mode`: core.fileMode); RACY is for the caller to look at. */
bool mvc_stat_same(
    const struct mvc_stat_entry *e, const struct stat *st, bool trust_mode);
/* Whether the entry is the path's, or of something below it. */
bool
mvc_stat_within(const struct mvc_stat_entry *e, const char *path, size_t len);
/* Fill what a stat says; kind by its mode. */
void mvc_stat_fill(struct mvc_stat_entry *e, const struct stat *st);

/* Entries in path order. Several cursors may be open at once, each on a thread
 * of its own. Ends early where the cache is damaged; fails where it cannot be
 * read. */
struct mvc_statcursor;
int mvc_statcursor_new(
    struct mvc_statcursor **out, struct mvc_statcache *c) MVC_MUST;
void mvc_statcursor_free(struct mvc_statcursor *k);
MVC_OWN_DEFINE(mvc_statcursor)
/* To the first entry at or after path. */
int mvc_statcursor_seek(struct mvc_statcursor *k, const char *path) MVC_MUST;
int mvc_statcursor_next(struct mvc_statcursor *k) MVC_MUST;
/* The entry there, NULL at the end; good until the cursor moves. */
const struct mvc_stat_entry *mvc_statcursor_at(const struct mvc_statcursor *k);
/* Seek, and the entry if it is of exactly this path. */
int mvc_statcursor_find(const struct mvc_stat_entry **out,
    struct mvc_statcursor *k, const char *path) MVC_MUST;

/*
 * Changes, each kind of call with paths that ascend in path order. Nothing is
 * locked before commit, and commit applies them to the cache as it is then.
 */
struct mvc_statupdate;
int mvc_statupdate_new(
    struct mvc_statupdate **out, struct mvc_statcache *c) MVC_MUST;
void mvc_statupdate_free(struct mvc_statupdate *u);
MVC_OWN_DEFINE(mvc_statupdate)
/* `written`: mvc made the file as it is, so it need not have been at rest. A
 * non-directory, or MVC_STAT_HIDE, drops everything below the path. */
int mvc_statupdate_set(struct mvc_statupdate *u, const struct mvc_stat_entry *e,
    bool written) MVC_MUST;
/* Drop the path and everything below it. */
int mvc_statupdate_remove(struct mvc_statupdate *u, const char *path) MVC_MUST;
/* The tree last put at a root, apart from the order of the other calls: its
 * oid is known last. `part` is of MVC_STAT_PART. */
int mvc_statupdate_root(struct mvc_statupdate *u, const char *path,
    const struct mvc_oid *oid, unsigned part) MVC_MUST;
/* MVC_EAGAIN where another process held the lock for long: only the cache's
 * update is lost. With nothing changed, nothing is written. */
int mvc_statupdate_commit(struct mvc_statupdate *u) MVC_MUST;

#endif
