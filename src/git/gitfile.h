/*
 * A file of Git's that libgit2 changes, replaced durably under Git's lock:
 *
 *   FILE.lock made ─► FILE.mvc-tmp: FILE under another name ─► libgit2 changes
 *     it ─► fsynced ─► renamed to FILE ─► folder fsynced ─► FILE.lock removed
 *
 * Left to itself, libgit2 renames the index and configurations into place
 * before their bytes are on the disk. The other name is a hard link, which it
 * replaces when it writes.
 */
#ifndef MVC_GIT_GITFILE_H
#define MVC_GIT_GITFILE_H

#include "git/indexlock.h"

#include <sys/stat.h>

struct mvc_gitfile {
	char *path; /* links resolved */
	char *tmp; /* to be changed; absent where there is no file */
	char *tmp_lock; /* libgit2's, while it writes that */
	struct mvc_indexlock lock;
	struct stat old; /* st_mode 0: there was none */
};
#define MVC_GITFILE_INIT                   \
	{                                  \
		.lock = MVC_INDEXLOCK_INIT \
	}

/* Waits for the lock as mvc_indexlock_take does. */
int mvc_gitfile_begin(struct mvc_gitfile *f, const char *path) MVC_MUST;
/* Put what was made of it in its place. */
int mvc_gitfile_publish(struct mvc_gitfile *f) MVC_MUST;
/* Drop what was not published, and the lock. */
void mvc_gitfile_release(struct mvc_gitfile *f);

#endif
