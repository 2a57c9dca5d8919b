/* The code of runs beside the data: push, fetch --code. */
#ifndef MVC_CMD_RUNCODE_H
#define MVC_CMD_RUNCODE_H

#include "cmd/env.h"

/*
 * Send to Git's remote (NULL: where git push goes) what records of the words'
 * revisions name as their code: *sent. That it does not go is a warning; where
 * there is no remote nothing happens.
 */
int mvc_runcode_push(
    size_t *sent, struct mvc_env *env, const char *remote, bool all) MVC_MUST;

/* Fetch it: what is on no remote is told, and MVC_EFINDING. */
int mvc_runcode_fetch(struct mvc_env *env, bool all) MVC_MUST;

#endif
