/*
 * What a run found that is not of the project, as .mvc/env/ID has it
 * (mvc-records(5)): machine, interpreter, packages, the variables that change
 * results. Runs that had the same share one file.
 */
#ifndef MVC_LINEAGE_ENVIRONMENT_H
#define MVC_LINEAGE_ENVIRONMENT_H

#include "util/buf.h"

#define MVC_ENVIRONMENT_MAX (1 << 20)

/* Append its text. What cannot be found out is left out; a Python that runs the
 * command is asked for its packages. */
int mvc_environment_format(
    struct mvc_buf *out, const char *const *command) MVC_MUST;

#endif
