/* What a store has, into an archive. */
#ifndef MVC_BUNDLE_EXPORT_H
#define MVC_BUNDLE_EXPORT_H

#include "bundle/writer.h"
#include "store/store.h"

/*
 * A file, or a directory with all that is in it, by its entry (the name is not
 * read), under a path; "": what is in the directory. Every file is checked as
 * a whole. MVC_ENOTFOUND where the store does not have all of it.
 */
int mvc_archive_export(struct mvc_archive_writer *w, struct mvc_ctx *ctx,
    struct mvc_store *s, const char *path, const struct mvc_entry *e) MVC_MUST;

#endif
