/*
 * struct mvc_view: the pointers of a revision, or of the work tree as they are
 * there now. For one thread at a time.
 */
#ifndef MVC_WORK_VIEW_H
#define MVC_WORK_VIEW_H

#include "git/gitid.h"
#include "work/pointer.h"

struct mvc_index;
struct mvc_repo;

struct mvc_view {
	struct mvc_repo *repo; /* borrowed */
	bool history; /* a commit's; else the work tree's */
	struct mvc_gitid commit;
	struct mvc_index *idx; /* the work tree's; NULL until needed */
	int top; /* the work tree's folder, open; else -1 */
};

/* NULL rev: the work tree (MVC_EINVALID where there is none). */
int mvc_view_open(
    struct mvc_view **out, struct mvc_repo *repo, const char *rev) MVC_MUST;
int mvc_view_open_commit(struct mvc_view **out, struct mvc_repo *repo,
    const struct mvc_gitid *commit) MVC_MUST;
void mvc_view_free(struct mvc_view *v);
MVC_OWN_DEFINE(mvc_view)

/* "in the work tree", "in the commit 1234567890": for messages. */
struct mvc_view_name {
	char s[40];
};
struct mvc_view_name mvc_view_name(const struct mvc_view *v);

/* The pointer of a tracked path (without the suffix); MVC_ENOTFOUND. In the
 * work tree it is the file, or the index's where Git left the file out. */
int mvc_view_pointer(
    struct mvc_pointer *out, struct mvc_view *v, const char *root) MVC_MUST;

/* A tracked path. */
struct mvc_tracked {
	char *path; /* without the suffix */
	struct mvc_pointer pointer; /* unless err */
	int err; /* why it cannot be read, as MVC_ECONFLICT */
	char *why; /* the text of that */
};
struct mvc_tracked_list {
	struct mvc_tracked *v;
	size_t n;
};
void mvc_tracked_list_release(struct mvc_tracked_list *l);

/* What is tracked at and below a path ("" for all), in path order. */
int mvc_view_list(struct mvc_tracked_list *out, struct mvc_view *v,
    const char *under) MVC_MUST;

/* Whether Git has the path itself: a file or a folder of its own. */
bool mvc_view_git_has(struct mvc_view *v, const char *path);

#endif
