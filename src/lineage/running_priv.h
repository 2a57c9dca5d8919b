/* Between running.c, running_input.c and recording.c. */
#ifndef MVC_LINEAGE_RUNNING_PRIV_H
#define MVC_LINEAGE_RUNNING_PRIV_H

#include "lineage/running.h"

struct mvc_running {
	struct mvc_work *w;
	const struct mvc_running_opts *o;
	struct mvc_record record;
	struct mvc_oid id;
	struct { /* of one that was resumed */
		struct mvc_running_opts o;
		struct mvc_names outs, metrics;
	} own;
};

/* Whether what it is to write may be outputs and metrics. */
int running_check_outs(struct mvc_running *r) MVC_MUST;
/* Those parameters that are seeds. */
int running_seeds(struct mvc_running *r) MVC_MUST;
/* NULL after the last. */
int running_end_list(struct mvc_names *l) MVC_MUST;

/* The inputs as they are, refused unless recorded; and whether they are so
 * still, where Git has `tree` now. */
int running_inputs(struct mvc_running *r) MVC_MUST;
int running_inputs_again(
    struct mvc_running *r, const struct mvc_gitid *tree) MVC_MUST;

/* What a file of the work tree is now. */
int running_digest(
    struct mvc_run_file *f, struct mvc_running *r, const char *path) MVC_MUST;

#endif
