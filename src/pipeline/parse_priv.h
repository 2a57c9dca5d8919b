/* Between parse.c, parse_stage.c, parse_unfold.c and parse_vars.c. */
#ifndef MVC_PIPELINE_PARSE_PRIV_H
#define MVC_PIPELINE_PARSE_PRIV_H

#include "pipeline/pipeline.h"
#include "text/yaml.h"

/* A file of values that was read, and what of it is in a scope. */
struct parse_file {
	char *path;
	struct mvc_jval *v;
};
struct parse_import {
	const char *path; /* of its file */
	char *keys; /* ",a,b,"; NULL: all */
};

struct parse {
	struct mvc_pipeline *out;
	const struct mvc_yaml_marks *marks;
	const char *path; /* of the pipeline's file */
	char *folder; /* that it lies in; "": the top; owned */
	mvc_pipeline_load load;
	void *arg;
	struct parse_file *files;
	size_t files_n;
	struct parse_import *imports; /* of the scope at hand */
	size_t imports_n;
	size_t bytes; /* of all texts resolved */
	size_t copied; /* members of all scopes made */
};

/* What stages are made of, at one place of the file. */
struct parse_scope {
	const struct mvc_jval *v; /* what ${…} may name */
	const char *stage; /* whose vars they are; NULL: the file's */
	bool item, key; /* are foreach's or matrix', and no vars' */
	bool matrix; /* it is matrix' */
};

/* MVC_EINVALID, with where `of` (a member's name, a value) stands. */
int parse_fault(const struct parse *p, const void *of, const char *fmt, ...)
    MVC_PRINTF(3, 4);
/* The same for an error that has its text. */
int parse_where(const struct parse *p, const void *of, int code);

/* A text, or what is written as one, resolved; for free(). */
int parse_text(char **out, struct parse *p, const struct parse_scope *s,
    const void *of, const struct mvc_jval *v, bool options) MVC_MUST;
int parse_resolve(char **out, struct parse *p, const struct parse_scope *s,
    const void *of, const char *text, bool options) MVC_MUST;
/* A path relative to `base`, brought to the top. */
int parse_path(char **out, struct parse *p, const void *of, const char *base,
    const char *path) MVC_MUST;

/* Those of `list`, added to those of `from`. */
int parse_vars(struct mvc_jval **out, struct parse *p,
    const struct parse_scope *from, const struct mvc_jval *list,
    const char *wdir) MVC_MUST;
/* The file's own: params.yaml beside it, and `list` (may be NULL). */
int parse_vars_top(struct mvc_jval **out, struct parse *p,
    const struct mvc_jval *list) MVC_MUST;
/* A scope with some more members, whatever it has under their names. */
int parse_scope_with(struct mvc_jval **out, struct parse *p,
    const struct mvc_jval *from, const struct mvc_jval *more) MVC_MUST;

/* One stage; `of` is its name in the file. */
int parse_stage(struct parse *p, const struct parse_scope *s, const void *of,
    const char *name, const struct mvc_jval *def) MVC_MUST;
/* The stages that one with foreach, or matrix, stands for. */
int parse_foreach(struct parse *p, const struct parse_scope *s,
    const char *name, const struct mvc_jval *def) MVC_MUST;
int parse_matrix(struct parse *p, const struct parse_scope *s, const char *name,
    const struct mvc_jval *def) MVC_MUST;

#endif
