/* What Git's hooks do, one file each. env's words are what Git gave. */
#ifndef MVC_CMD_HOOK_H
#define MVC_CMD_HOOK_H

#include "cmd/env.h"

/* MVC_EFINDING: said what is wrong, and Git goes no further. */
int mvc_hook_pre_commit(struct mvc_env *env) MVC_MUST;
/* Sends the data; standard input is what Git says of refs. */
int mvc_hook_pre_push(struct mvc_env *env) MVC_MUST;
/* The data follows the pointers. MVC_EFINDING: some could not, and was named. */
int mvc_hook_post_checkout(struct mvc_env *env) MVC_MUST;
int mvc_hook_post_merge(struct mvc_env *env) MVC_MUST;
int mvc_hook_post_rewrite(struct mvc_env *env) MVC_MUST;

#endif
