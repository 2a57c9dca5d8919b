/* The files of .mvc/runs/ and .mvc/env/: written once, never changed. */
#ifndef MVC_LINEAGE_RUNS_H
#define MVC_LINEAGE_RUNS_H

#include "lineage/record.h"

/* A file's path in the work tree. */
struct mvc_runs_path {
	char s[96];
};
struct mvc_runs_path mvc_runs_path_of(const struct mvc_oid *id);
struct mvc_runs_path mvc_runs_environment_of(const struct mvc_oid *id);

/* The other way: the id that a record's path names. MVC_EINVALID. */
int mvc_runs_id_of(struct mvc_oid *out, const char *path) MVC_MUST;

/* A record from the bytes of its file, checked as below. CR LF is dropped from
 * the text. */
int mvc_runs_parse(struct mvc_record *out, const struct mvc_oid *id,
    struct mvc_buf *text) MVC_MUST;

/* Read a record and check that it is what its name says: MVC_ECORRUPT if not;
 * MVC_ENOTFOUND. CR LF is read as LF. */
int mvc_runs_get(
    struct mvc_record *out, int top, const struct mvc_oid *id) MVC_MUST;

#endif
