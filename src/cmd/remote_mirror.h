/* mvc remote mirror FROM TO */
#ifndef MVC_CMD_REMOTE_MIRROR_H
#define MVC_CMD_REMOTE_MIRROR_H

#include "util/error.h"

#include <stdbool.h>

struct mvc_env;

/* The words are the two remotes. */
int mvc_remote_mirror(struct mvc_env *env, bool dry_run) MVC_MUST;

#endif
