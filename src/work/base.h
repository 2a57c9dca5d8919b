/*
 * What of a data set was put in the work tree or recorded from there, as the
 * stat cache has it. After a git switch that may lie there as another:
 *
 *     d tracked, d/x was      d/x is a part of d's: of d's version
 *     d/x tracked, d was      d is several: of no one version
 *
 * A data set that was only partly brought from one to the other is MIXED, and
 * only below such a record may there be others.
 */
#ifndef MVC_WORK_BASE_H
#define MVC_WORK_BASE_H

#include "work/work.h"

/*
 * The record at a path, and what its pointer says (NULL: there is none), which
 * several may be together: what the cache's entries there are changes to. Kind
 * 0 where there is none; the oid is zero where it is no one version. The path
 * is the caller's; times and inode say nothing.
 */
int mvc_base_find(struct mvc_stat_entry *out, struct mvc_work *w,
    const char *root, const struct mvc_pointer *p) MVC_MUST;

/*
 * Before entries of these roots (in path order, as they were found) change:
 * they get records of their own, in place of those below them, and those above
 * are MIXED from now on. The cache as it was opened stays as it was.
 */
int mvc_base_settle(
    struct mvc_work *w, const struct mvc_stat_entry *bases, size_t n) MVC_MUST;

#endif
