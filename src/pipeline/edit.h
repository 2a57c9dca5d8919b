/*
 * A pipeline's text with a stage more or less; all other lines stay as they
 * are, comments too. What comes out is read again, and refused unless it says
 * just that: a file in a style that is not edited here stays as it was. Pure.
 */
#ifndef MVC_PIPELINE_EDIT_H
#define MVC_PIPELINE_EDIT_H

#include "util/buf.h"
#include "work/work.h"

/* As it is to be written: paths and keys as they were typed. */
struct mvc_stage_words {
	const char *name, *desc, *wdir, *cmd; /* desc, wdir: NULL if none */
	struct mvc_names deps, params, outs, metrics, plots;
	struct mvc_names outs_git, outs_persist; /* cache: false; persist */
	bool frozen, always;
};

/* Append the text with it as its last stage. MVC_EEXISTS. */
int mvc_pipeline_add(struct mvc_buf *out, const char *path, const char *text,
    size_t n, const struct mvc_stage_words *s) MVC_MUST;
/* Append the text without it, and without the comment right above it.
 * MVC_ENOTFOUND. */
int mvc_pipeline_remove(struct mvc_buf *out, const char *path, const char *text,
    size_t n, const char *name) MVC_MUST;

#endif
