/* The pipeline that a command is about: the nearest one from here up. */
#ifndef MVC_CMD_STAGES_H
#define MVC_CMD_STAGES_H

#include "cmd/env.h"
#include "pipeline/graph.h"

struct mvc_stages {
	int top; /* the work tree, open */
	char *path; /* of the file, below it */
	struct mvc_pipeline p;
	struct mvc_graph *g;
	bool *wanted; /* as mvc_graph_select has it */
};
#define MVC_STAGES_INIT   \
	{                 \
		.top = -1 \
	}
void mvc_stages_release(struct mvc_stages *s);

/* Where it is; MVC_ENOTFOUND with `top` open. */
int mvc_stages_find(struct mvc_stages *s, struct mvc_env *env) MVC_MUST;
/* Read it. */
int mvc_stages_open(struct mvc_stages *s, struct mvc_env *env) MVC_MUST;
/* The same, with what the command's words name and, unless `single`, what that
 * needs. */
int mvc_stages_select(
    struct mvc_stages *s, struct mvc_env *env, bool single) MVC_MUST;

#endif
