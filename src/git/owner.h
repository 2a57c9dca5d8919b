/*
 * Whose repository it is. What another user's says could run programs of
 * theirs as us, so git, and mvc, refuse it unless safe.directory names it.
 * libgit2's own check is turned off: that of 1.5 knows no "*", and would be
 * asked again for the main work tree of a linked one, where git asks nothing.
 */
#ifndef MVC_GIT_OWNER_H
#define MVC_GIT_OWNER_H

#include "util/error.h"

struct mvc_repo;

/* MVC_EDENIED with what to type: somebody else's. */
int mvc_owner_check(const struct mvc_repo *r) MVC_MUST;

#endif
