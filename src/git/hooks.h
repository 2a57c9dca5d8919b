/*
 * Git's hooks that call mvc, beside whatever hooks are there.
 *
 *   no core.hooksPath    hooks/NAME is ours; what stood there is
 *                        NAME.before-mvc, which ours runs first
 *   core.hooksPath set   that folder is somebody else's (a tool's, or all of a
 *   (or hooks is a       user's repositories'): this clone's core.hooksPath
 *   link)                becomes mvc-hooks in the Git directory, where each
 *                        hook of Git's runs the one of that folder first
 *
 * Each is some lines of sh that end in `mvc hook NAME "$@"`.
 */
#ifndef MVC_GIT_HOOKS_H
#define MVC_GIT_HOOKS_H

#include "util/error.h"

#include <stdbool.h>

struct mvc_repo;

/* Put them, for all work trees; again is harmless. MVC_EEXISTS where a hook
 * was kept before, and another one took our place since. */
int mvc_hooks_install(struct mvc_repo *r) MVC_MUST;
/* Take them out, and put back what was there, byte for byte. *were: some. */
int mvc_hooks_uninstall(bool *were, struct mvc_repo *r) MVC_MUST;
/* Whether Git runs ours here. */
int mvc_hooks_check(bool *installed, struct mvc_repo *r) MVC_MUST;
/* Whether they are wanted: mvc.hooks, true unless set. */
int mvc_hooks_wanted(bool *wanted, struct mvc_repo *r) MVC_MUST;

#endif
