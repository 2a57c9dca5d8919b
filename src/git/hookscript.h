/* Inside room git: the text of a hook. Pure. */
#ifndef MVC_GIT_HOOKSCRIPT_H
#define MVC_GIT_HOOKSCRIPT_H

#include "util/buf.h"

#include <stdbool.h>

#define MVC_HOOK_BEFORE ".before-mvc"

/* The hooks that call mvc, NULL at the end. */
extern const char *const mvc_hook_names[];
/* All others that Git runs in a clone, and whose being there alone changes
 * nothing; NULL at the end. */
extern const char *const mvc_hook_others[];

/*
 * Append one. `former`: the folder whose hook of that name runs first; NULL:
 * the one kept beside it.
 */
int mvc_hook_script(
    struct mvc_buf *out, const char *name, const char *former) MVC_MUST;

/* Whether a text is one of ours, of any version. */
bool mvc_hook_is_ours(const struct mvc_buf *text);

#endif
