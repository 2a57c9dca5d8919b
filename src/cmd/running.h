/* What run and record have in common: what a run is said to be, and what is said
 * of it. */
#ifndef MVC_CMD_RUNNING_H
#define MVC_CMD_RUNNING_H

#include "cmd/env.h"
#include "lineage/running.h"
#include "store/writer.h"

struct mvc_running_args {
	const char *name;
	struct mvc_strings deps, outs, params, metrics;
	bool no_who;
};
/* The options for it; `f` is its field in T. */
#define MVC_RUNNING_OPTS(T, f)                                                 \
	MVC_OPT_STR('n', "name", T, f.name, "NAME", "what the run is called"), \
	    MVC_OPT_LIST('d', "deps", T, f.deps, "PATH",                       \
		"it reads this: data, or a file or folder of Git's"),          \
	    MVC_OPT_LIST('o', "outs", T, f.outs, "PATH",                       \
		"it writes this, which becomes data"),                         \
	    MVC_OPT_LIST('p', "params", T, f.params, "[FILE:]KEY,...|FILE",    \
		"parameters, of params.yaml unless a FILE is named"),          \
	    MVC_OPT_LIST('m', "metrics", T, f.metrics, "FILE",                 \
		"it writes these numbers, which stay in Git"),                 \
	    MVC_OPT_FLAG(0, "no-who", T, f.no_who,                             \
		"record neither your name nor the machine's")

struct mvc_running_cmd {
	struct mvc_env *env;
	struct mvc_running_opts o;
	struct mvc_names deps, outs, params, metrics; /* as o has them */
	char *cwd;
	/* For the report. */
	struct mvc_writer_sums sums;
	const struct mvc_record *record;
	struct mvc_oid id;
};
void mvc_running_cmd_release(struct mvc_running_cmd *x);

/* Fill o from the options and the words, which are the command. */
int mvc_running_take(
    struct mvc_running_cmd *x, const struct mvc_running_args *a) MVC_MUST;

/* Words as paths of the work tree, kept in `to`, NULL after the last. */
int mvc_running_paths(const char *const **out, struct mvc_names *to,
    struct mvc_env *env, const struct mvc_strings *words) MVC_MUST;

/* Say what came of it, as text or JSON. */
int mvc_running_report(struct mvc_running_cmd *x) MVC_MUST;

#endif
