/*
 * Parameters and metrics out of the project's own files: JSON and YAML, objects
 * within each other taken apart into "a.b.0.c".
 */
#ifndef MVC_LINEAGE_VALUES_H
#define MVC_LINEAGE_VALUES_H

#include "lineage/record.h"

#define MVC_VALUES_FILE_MAX (1 << 20)

/* Whether a record takes values from a file of this name. */
bool mvc_values_readable(const char *path);

/*
 * Add the values of the file at `path` below the open folder; with keys, those
 * that are one of them or lie below one, and MVC_ENOTFOUND for a key that
 * gives none. Secrets are masked.
 */
int mvc_values_read(struct mvc_run_values *out, int top, const char *path,
    const char *const *keys, size_t n) MVC_MUST;

/*
 * The same of a text, whose path says what it is written in: also of CSV and
 * TSV, a table of one row by its columns' names, of several with the row's
 * number before them, "2.loss".
 */
int mvc_values_parse(struct mvc_run_values *out, const char *path,
    const struct mvc_buf *text, const char *const *keys, size_t n) MVC_MUST;

#endif
