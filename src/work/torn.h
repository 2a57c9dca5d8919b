/*
 * What a power cut leaves of a file that was not waited for (work/settle.h):
 * cut off, or zeros in the place of pages.
 */
#ifndef MVC_WORK_TORN_H
#define MVC_WORK_TORN_H

#include "store/blob.h"
#include "work/scan.h"

#include <stdbool.h>

/* Whether the open file has nothing but parts of a blob, each in its place, and
 * not all of it. One that the store does not have is not told from any other.
 */
int mvc_torn_is(bool *is, struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, int fd, const char *name) MVC_MUST;
/* The same of a file that was scanned; no links. */
int mvc_torn_at(bool *is, struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, const struct mvc_scanned *f) MVC_MUST;

#endif
