/* What `mvc push` does, for who says itself what is to go. */
#ifndef MVC_CMD_PUSHING_H
#define MVC_CMD_PUSHING_H

#include "cmd/env.h"

struct mvc_wanted;

/* Add what is to go to out, whose remote is set; once for each remote. */
typedef int mvc_push_fill_fn(void *arg, struct mvc_wanted *out);

/*
 * Send it where `mvc push` would, and prove that it is there. MVC_EFINDING:
 * some of it is neither here nor there, and was named.
 */
int mvc_cmd_push_these(
    struct mvc_env *env, mvc_push_fill_fn *fill, void *arg) MVC_MUST;

#endif
