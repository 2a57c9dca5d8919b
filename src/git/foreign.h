/*
 * Inside room git: indexes that libgit2 cannot read (split, sparse, without a
 * checksum), by way of git itself.
 */
#ifndef MVC_GIT_FOREIGN_H
#define MVC_GIT_FOREIGN_H

#include "git/lib.h"
#include "util/run.h"

#include <stdbool.h>
#include <stdint.h>

/* banned.h bans the word, for the function of that name. */
#define MVC_GIT_CTIME ctime

/* A change to make: mode 0 removes the path. */
struct mvc_index_change {
	char *path;
	git_oid id;
	uint32_t mode;
	git_index_time mtime, changed; /* of the file, where it has the same */
	uint32_t dev, ino, uid, gid, size;
};

/*
 * Run git with these arguments for this repository, work tree and index,
 * whatever the environment says, in the work tree; nothing that the
 * repository configures is run. Fills run but for `in` and `out`.
 */
int mvc_foreign_git(const struct mvc_repo *r, const char *const *what,
    struct mvc_run *run) MVC_MUST;

/* All entries as an index in memory. */
int mvc_foreign_read(git_index **out, const struct mvc_repo *r) MVC_MUST;

int mvc_foreign_write(const struct mvc_repo *r,
    const struct mvc_index_change *changes, size_t n) MVC_MUST;

#endif
