/* Which names may be in a tree and be checked out. */
#ifndef MVC_UTIL_NAME_H
#define MVC_UTIL_NAME_H

#include "util/error.h"

#include <stddef.h>

/*
 * Whether one name may be in a tree and be checked out: not empty, ".", "..",
 * no '/' or NUL, at most 255 bytes, and no look-alike of .git that any file
 * system would take for it (case, git~1, trailing dots and spaces, ignorable
 * Unicode, NTFS streams). MVC_EINVALID says which rule.
 */
int mvc_name_check(const char *name, size_t len) MVC_MUST;

#endif
