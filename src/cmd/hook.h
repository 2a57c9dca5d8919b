/* What Git's hooks do, one file each. env's words are what Git gave. */
#ifndef MVC_CMD_HOOK_H
#define MVC_CMD_HOOK_H

#include "cmd/env.h"

/* MVC_EFINDING: said what is wrong, and Git goes no further. */
int mvc_hook_pre_commit(struct mvc_env *env) MVC_MUST;

#endif
