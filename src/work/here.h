/*
 * What changed in the work tree's data since it was recorded: as
 * work/changes.h between two revisions.
 */
#ifndef MVC_WORK_HERE_H
#define MVC_WORK_HERE_H

#include "work/changes.h"
#include "work/work.h"

/*
 * Costs what mvc_status costs; with `bytes` each file that was added or
 * modified is read and cut, on all threads, and the recipes of deleted ones
 * are read; without, only added files that have the size of a deleted one are
 * read. A big file that was only touched is read twice, and then known.
 * Really new are chunks that the store does not have, so what add would store.
 * Memory is bounded: after very many changes no more renames are found, and
 * past 64 GB of new chunks one may count twice. A path whose pointer cannot be
 * read has nothing to be compared with: the others are told, then that fails.
 */
int mvc_changes_here(struct mvc_work *w, const struct mvc_changes_opts *opts,
    const struct mvc_changes_ops *ops, void *arg) MVC_MUST;

#endif
