/*
 * What `mvc add .` and -A take by themselves: files and folders that the rules
 * in the settings name, and that neither Git nor mvc tracks yet.
 *
 *     [track]
 *             pattern = *.safetensors      Git's ignore syntax; a folder
 *             pattern = /data/             ("data/") becomes one data set;
 *             pattern = !small.bin         "!" takes out again
 *             size = 5M                    any file of this size and more
 */
#ifndef MVC_WORK_TRACK_H
#define MVC_WORK_TRACK_H

#include "work/work.h"

/* Add what is found at and below `under` ("" for all) to out, unsorted. Where
 * no size is set `size` is taken (< 0: none). */
int mvc_track_find(struct mvc_names *out, struct mvc_work *w,
    struct mvc_index *idx, const char *under, int64_t size) MVC_MUST;

/* Whether any rule is set. */
int mvc_track_any(bool *any, struct mvc_repo *r) MVC_MUST;

#endif
