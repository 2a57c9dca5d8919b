/*
 * Parameters and metrics out of the project's own files: JSON and YAML, objects
 * within each other taken apart into "a.b.0.c".
 */
#ifndef MVC_LINEAGE_VALUES_H
#define MVC_LINEAGE_VALUES_H

#include "lineage/record.h"

#define MVC_VALUES_FILE_MAX (1 << 20)

/* Whether values can be had from a file of this name. */
bool mvc_values_readable(const char *path);

/*
 * Add the values of the file at `path` below the open folder; with keys, those
 * that are one of them or lie below one, and MVC_ENOTFOUND for a key that
 * gives none. Secrets are masked.
 */
int mvc_values_read(struct mvc_run_values *out, int top, const char *path,
    const char *const *keys, size_t n) MVC_MUST;

#endif
