/* What the commands on lineage share. */
#ifndef MVC_CMD_LINEAGE_H
#define MVC_CMD_LINEAGE_H

#include "cmd/env.h"
#include "lineage/ask.h"

/* The tree for people, and below it the gaps. */
int
mvc_lineage_print(struct mvc_env *env, const struct mvc_lineage *l) MVC_MUST;
void mvc_lineage_print_gaps(struct mvc_env *env, const struct mvc_lineage *l);

#endif
