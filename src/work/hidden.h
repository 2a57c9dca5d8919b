/* What .mvcignore says of one path. */
#ifndef MVC_WORK_HIDDEN_H
#define MVC_WORK_HIDDEN_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The rule that hides the path, relative to the work tree's folder, as
 * FILE:LINE: RULE, the caller's; NULL where none does. What lies in a hidden
 * folder is hidden; the folders of the first `from` bytes are not asked for.
 */
int mvc_hidden(char **why, int worktree, const char *path, size_t from,
    bool is_dir) MVC_MUST;

#endif
