/* Inside room bundle: which paths and links of an archive are taken. Pure. */
#ifndef MVC_BUNDLE_PATH_H
#define MVC_BUNDLE_PATH_H

#include "util/buf.h"

/* A path in an archive: longer ones are refused. */
#define MVC_ARCHIVE_PATH_MAX (16 << 10)

/*
 * An entry's path as it will be in the tree, replacing out's: without "." and
 * doubled slashes; "" for the folder of all. MVC_EINVALID names it: absolute,
 * "..", control characters, a name that mvc_name_check refuses, a pointer's.
 */
int mvc_archive_path(struct mvc_buf *out, const char *path) MVC_MUST;

/*
 * NULL if the symbolic link at a path (cleaned) may have the target, else why
 * not: it must stay inside, also by way of other such links.
 */
const char *mvc_archive_link_fault(const char *path, const char *target);

#endif
