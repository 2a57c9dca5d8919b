/* What is said of content that a remote does not have. */
#ifndef MVC_CMD_MISSING_H
#define MVC_CMD_MISSING_H

#include "cmd/sharing.h"

/*
 * A line on stderr of who committed a version and when, and which is the newest
 * one, at it or before it, that the remote has. What cannot be found out is
 * left out: this fails nothing.
 */
void mvc_missing_tell(struct mvc_env *env, const struct mvc_sharing *s,
    const struct mvc_wanted_item *item);

#endif
