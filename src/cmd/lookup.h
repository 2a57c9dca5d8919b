/* What the user named, found, or an error that says what to type instead. */
#ifndef MVC_CMD_LOOKUP_H
#define MVC_CMD_LOOKUP_H

#include "cmd/env.h"
#include "work/target.h"

/* env->store must be open. NULL text: everything in the work tree. */
int mvc_lookup(
    struct mvc_target *out, struct mvc_env *env, const char *text) MVC_MUST;

/* The result of reading what was found: MVC_ENOTFOUND gets a text that says
 * whose content the store does not have. */
int mvc_lookup_content(const struct mvc_target *t, int err) MVC_MUST;

/* Fit the column of mvc_line to what is tracked at and below the paths (none:
 * everything), relative to the work tree; for lines that come one by one. */
int mvc_lookup_fit(
    struct mvc_env *env, const char *const *paths, size_t n) MVC_MUST;

#endif
