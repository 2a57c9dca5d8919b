/* Which stage needs which, by their paths: an output that is a dependency, or
 * lies in one, or has one in it. Pure. */
#ifndef MVC_PIPELINE_GRAPH_H
#define MVC_PIPELINE_GRAPH_H

#include "pipeline/pipeline.h"

struct mvc_graph {
	const struct mvc_pipeline *of; /* which must outlive it */
	size_t n;
	struct mvc_graph_node {
		size_t *needs; /* stages, in the file's order; owned */
		size_t needs_n;
	} * v; /* as the pipeline's stages */
	size_t *order; /* all stages, each after those that it needs */
};

/* MVC_EINVALID for a cycle, and for outputs that lie in each other. */
int
mvc_graph_open(struct mvc_graph **out, const struct mvc_pipeline *p) MVC_MUST;
void mvc_graph_free(struct mvc_graph *g);
MVC_OWN_DEFINE(mvc_graph)

/*
 * Mark those named in wanted[] (as the pipeline's stages, zeroed by the caller),
 * and unless `single` those that they need; none: all. "train" is also every
 * "train@…". MVC_ENOTFOUND.
 */
int mvc_graph_select(bool *wanted, const struct mvc_graph *g,
    const char *const *names, size_t n, bool single) MVC_MUST;

#endif
