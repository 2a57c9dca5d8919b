/* Pointers in the work tree. */
#ifndef MVC_WORK_POINTERFILE_H
#define MVC_WORK_POINTERFILE_H

#include "work/pointer.h"

/* The file below dirfd, reached without following links; one whose data may
 * not lie there is MVC_EINVALID. */
int
mvc_pointer_read(struct mvc_pointer *out, int dirfd, const char *path) MVC_MUST;
/* Write it durably. */
int mvc_pointer_write(
    const struct mvc_pointer *p, int dirfd, const char *path) MVC_MUST;

#endif
