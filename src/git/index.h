/*
 * struct mvc_index: Git's index of this work tree, read once, changed in one
 * go: changes are kept in memory until mvc_index_commit, which takes Git's
 * lock, applies them to what is there by then, and writes once.
 *
 * Split and sparse indexes, which libgit2 cannot read, are read and written by
 * `git ls-files` and `git update-index`. Paths are relative to the work tree,
 * '/'-separated, and may be any bytes but NUL. For one thread at a time.
 */
#ifndef MVC_GIT_INDEX_H
#define MVC_GIT_INDEX_H

#include "git/gitid.h"
#include "util/buf.h"
#include "util/own.h"

#include <stdint.h>

struct mvc_index;
struct mvc_repo;

/* An index that is not there yet is empty. The repository must outlive it. */
int mvc_index_open(struct mvc_index **out, struct mvc_repo *r) MVC_MUST;
void mvc_index_free(struct mvc_index *idx); /* drops what is not committed */
MVC_OWN_DEFINE(mvc_index)

struct mvc_index_entry {
	const char *path;
	struct mvc_gitid id; /* of the blob */
	uint32_t mode; /* 0100644, 0100755, 0120000 */
	int stage; /* 0; in a conflict 1 base, 2 ours, 3 theirs */
	bool intent; /* `git add -N`: announced, no content yet */
	bool skip; /* sparse checkout: not to be in the work tree */
};

/* The entry at a stage, its path the caller's; MVC_ENOTFOUND. Sees what was
 * read at open, not the uncommitted changes (nor do the next three). */
int mvc_index_find(struct mvc_index_entry *out, struct mvc_index *idx,
    const char *path, int stage) MVC_MUST;

/* Append the entry's blob to out; MVC_ETOOBIG past out's maximum;
 * MVC_ENOTFOUND also for one that is only announced. */
int mvc_index_read(struct mvc_buf *out, struct mvc_index *idx, const char *path,
    int stage) MVC_MUST;

/* Every entry whose path ends in ".mvc", all stages, in index order; entries
 * are for the call only. A non-zero answer of each stops and is returned. */
int mvc_index_each_pointer(struct mvc_index *idx,
    int (*each)(void *arg, const struct mvc_index_entry *e),
    void *arg) MVC_MUST;

/* Whether Git tracks the path or anything below it; below says which path it
 * met first (lives as long as idx), may be NULL. */
bool
mvc_index_tracks(struct mvc_index *idx, const char *path, const char **below);

/* Write the bytes as a blob and stage it (mode 0100644 or 0100755), all other
 * stages of the path gone. The work tree is not touched. */
int mvc_index_add(struct mvc_index *idx, const char *path, uint32_t mode,
    const void *p, size_t n) MVC_MUST;

/* Unstage the path, all its stages; one that is not there is fine. */
int mvc_index_remove(struct mvc_index *idx, const char *path) MVC_MUST;

/* MVC_EDENIED where committing a change would fail for want of permission,
 * MVC_EAGAIN where somebody holds Git's lock: to be asked before anything else
 * is written. */
int mvc_index_can_write(const struct mvc_index *idx) MVC_MUST;

/* Write all changes durably; none: nothing happens. MVC_EAGAIN: somebody holds
 * the lock (the text names its file). What was read at open stays as it was. */
int mvc_index_commit(struct mvc_index *idx) MVC_MUST;

/* The bytes of a blob appended to out; MVC_ETOOBIG, MVC_ENOTFOUND. */
int mvc_git_blob_read(struct mvc_buf *out, struct mvc_repo *r,
    const struct mvc_gitid *id) MVC_MUST;
/* How many those are; only its header is read. */
int mvc_git_blob_size(
    uint64_t *out, struct mvc_repo *r, const struct mvc_gitid *id) MVC_MUST;

#endif
