/* What `mvc checkout PATH...` does, for commands that end with it. */
#ifndef MVC_CMD_CHECKOUT_H
#define MVC_CMD_CHECKOUT_H

#include "cmd/env.h"

/* env's words are paths (none: all); reports as checkout does. Nothing is
 * fetched: that was done, and what it laid ready (or NULL) is used. */
struct mvc_ready;
int
mvc_cmd_put(struct mvc_env *env, bool force, struct mvc_ready *ready) MVC_MUST;

/* What a checkout of env's words would put and the store has not: MISSING. */
struct mvc_checkout_path;
int mvc_cmd_lacking(struct mvc_env *env, bool force,
    int (*path)(void *arg, const struct mvc_checkout_path *p),
    void *arg) MVC_MUST;

#endif
