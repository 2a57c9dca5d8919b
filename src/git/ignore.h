/* Git's ignore rules. Paths are relative to the work tree. */
#ifndef MVC_GIT_IGNORE_H
#define MVC_GIT_IGNORE_H

#include "util/error.h"

#include <stdbool.h>

struct mvc_repo;

/*
 * Whether the rules hide the path (tracked or not; a path that ends in '/' is
 * a folder's). When they do, *why says which rule, for free(): "FILE:LINE:
 * PATTERN" (where git can be run, else ""); NULL otherwise. why may be NULL.
 */
int mvc_ignore_check(
    bool *ignored, char **why, struct mvc_repo *r, const char *path) MVC_MUST;

#endif
