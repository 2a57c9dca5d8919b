/* What `mvc checkout PATH...` does, for commands that end with it. */
#ifndef MVC_CMD_CHECKOUT_H
#define MVC_CMD_CHECKOUT_H

#include "cmd/env.h"

/* env's words are paths (none: all); reports as checkout does. Nothing is
 * fetched: that was done. */
int mvc_cmd_put(struct mvc_env *env, bool force) MVC_MUST;

#endif
