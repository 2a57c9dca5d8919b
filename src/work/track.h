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

/*
 * The same rules asked of one path, for what Git was given instead.
 */
struct mvc_track;
/* `size` counts where mvc.track.size is not set. The strings of patterns are
 * read once. */
int mvc_track_open(
    struct mvc_track **out, struct mvc_repo *r, int64_t size) MVC_MUST;
void mvc_track_free(struct mvc_track *t);
MVC_OWN_DEFINE(mvc_track)

enum mvc_track_why {
	MVC_TRACK_NOT = 0,
	MVC_TRACK_PATTERN,
	MVC_TRACK_SIZE,
};
/* Why the file at a path belongs to mvc: a pattern names it, or a folder above
 * it (*len bytes of the path), or its size does. */
enum mvc_track_why mvc_track_why(
    const struct mvc_track *t, const char *path, uint64_t size, size_t *len);
/* From which size on; < 0: there is no such rule. */
int64_t mvc_track_size(const struct mvc_track *t);

#endif
