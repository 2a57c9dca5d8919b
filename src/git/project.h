/* Inside room git: .mvc/config, the committed layer of settings. */
#ifndef MVC_GIT_PROJECT_H
#define MVC_GIT_PROJECT_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct mvc_repo;

struct mvc_project_var {
	char *key; /* full name, "mvc.remote.lab.url" */
	char *value;
	char *why; /* it has no effect; NULL: it counts */
};

struct mvc_settings {
	struct mvc_project_var *vars; /* in file order */
	size_t n;
};

/* What .mvc/config says, read at the first call; lives as long as r. */
int
mvc_project_load(const struct mvc_settings **out, struct mvc_repo *r) MVC_MUST;

/*
 * Rewrite .mvc/config: the variable's value replaced (value, !add), one more
 * (value, add), or all of them gone (no value).
 */
int mvc_project_edit(
    struct mvc_repo *r, const char *key, const char *value, bool add) MVC_MUST;

#endif
