/*
 * The pipeline: mvc.yaml, else dvc.yaml, as a list of stages with nothing left
 * to resolve. mvc-pipelines(7) has the format.
 *
 *     text ──► YAML ──► vars: what ${…} may name ──► foreach, matrix: copies
 *          ──► each field resolved, each path brought to the work tree's top
 *
 * It is read as what somebody else wrote: reading runs nothing, and opens
 * nothing but the files of values that it names, below the work tree. What is
 * not supported is refused by name, with line and column.
 */
#ifndef MVC_PIPELINE_PIPELINE_H
#define MVC_PIPELINE_PIPELINE_H

#include "text/jsontree.h"
#include "work/work.h"

#define MVC_PIPELINE_MAX (1 << 20) /* bytes of the file */
#define MVC_PIPELINE_STAGES 10000 /* foreach and matrix unfolded */
#define MVC_PIPELINE_TEXT 65536 /* bytes of a text, resolved */
#define MVC_PIPELINE_BYTES (64 << 20) /* of all texts, resolved */

enum mvc_out_kind {
	MVC_OUT_DATA,
	MVC_OUT_METRICS,
	MVC_OUT_PLOTS,
};

/* Paths are relative to the work tree's top, without "." and "..". */
struct mvc_stage_out {
	char *path; /* owned */
	enum mvc_out_kind kind;
	bool in_git; /* it stays in Git; else it becomes data */
	bool persist; /* it is there when the command begins */
};

struct mvc_stage_params {
	char *file; /* owned */
	struct mvc_names keys; /* none: all */
};

struct mvc_stage {
	char *name; /* with foreach and matrix: "train@cats"; owned */
	char *desc; /* NULL: none; owned */
	char *wdir; /* "" is the top of the work tree; owned */
	struct mvc_names cmd; /* for the shell, one after the other */
	struct mvc_names deps;
	struct mvc_stage_params *params;
	size_t params_n;
	struct mvc_stage_out *outs;
	size_t outs_n;
	bool frozen, always; /* never run; run whatever the records say */
	unsigned line, column; /* of its name in the file */
};

struct mvc_pipeline {
	char *path; /* of the file, relative to the top; owned */
	struct mvc_stage *v; /* in the file's order */
	size_t n;
};
#define MVC_PIPELINE_INIT \
	{                 \
		.n = 0    \
	}
/* Free what it owns and start anew. */
void mvc_pipeline_release(struct mvc_pipeline *p);

/* How the parser gets a file of values by its path below the top.
 * MVC_ENOTFOUND where there is none. */
typedef int (*mvc_pipeline_load)(
    void *arg, struct mvc_jval **out, const char *path);

/* A file of values, of its text; its path says what it is written in. */
int mvc_pipeline_values(struct mvc_jval **out, const char *path,
    const struct mvc_buf *text) MVC_MUST;

/*
 * Read a text that lies at `path` below the work tree's top. Pure but for what
 * `load` does. MVC_EINVALID and MVC_ETOOBIG say where and why. *out is empty on
 * failure.
 */
int mvc_pipeline_parse(struct mvc_pipeline *out, const char *path,
    const char *text, size_t n, mvc_pipeline_load load, void *arg) MVC_MUST;

/* mvc.yaml, else dvc.yaml, in the folder (a path below the top) or the nearest
 * one above it; for free(). MVC_ENOTFOUND. */
int mvc_pipeline_find(char **path, int top, const char *folder) MVC_MUST;
/* Read the one at `path`, and the files of values that it names. */
int
mvc_pipeline_read(struct mvc_pipeline *out, int top, const char *path) MVC_MUST;

/* NULL where there is none. */
const struct mvc_stage *
mvc_pipeline_stage(const struct mvc_pipeline *p, const char *name);

#endif
