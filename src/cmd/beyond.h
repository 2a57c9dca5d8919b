/*
 * Trees that only a remote has, for commands that work on data which is not
 * here. As long as one of these is open, whoever reads trees of the store
 * (mvc_store_source) is given those too, one by one as they are needed; chunks
 * never. They are not kept.
 */
#ifndef MVC_CMD_BEYOND_H
#define MVC_CMD_BEYOND_H

#include "cmd/env.h"

struct mvc_beyond;

/* No remote is asked before something is missing, nor with mvc.autofetch
 * false. env's store must be open until this is freed. */
int mvc_beyond_open(struct mvc_beyond **out, struct mvc_env *env) MVC_MUST;
void mvc_beyond_free(struct mvc_beyond *b);
MVC_OWN_DEFINE(mvc_beyond)

#endif
