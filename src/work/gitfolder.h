/*
 * GITDIR/mvc: what mvc keeps for one work tree. In a repository of several
 * users it is shared as Git shares GITDIR, whatever the umask.
 */
#ifndef MVC_WORK_GITFOLDER_H
#define MVC_WORK_GITFOLDER_H

#include "util/error.h"

/* Make it where it is missing. `path` is GITDIR/mvc. */
int mvc_gitfolder_make(const char *path) MVC_MUST;
/* A file was made in it: dirfd and path as it was opened. */
void mvc_gitfolder_share(int dirfd, const char *path);

#endif
