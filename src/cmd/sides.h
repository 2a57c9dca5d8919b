/*
 * "[REV...] [PATH...]" of commands that read small files of Git's as they are
 * in revisions and in the work tree: revisions come first, and what is a file
 * here is a path.
 */
#ifndef MVC_CMD_SIDES_H
#define MVC_CMD_SIDES_H

#include "cmd/env.h"
#include "lineage/numbers.h"
#include "work/view.h"

#define MVC_SIDES_MAX 64

struct mvc_sides {
	struct mvc_view *v[MVC_SIDES_MAX];
	char *name[MVC_SIDES_MAX]; /* as it was typed; owned */
	size_t n;
	struct mvc_names paths; /* relative to the work tree */
	bool found; /* nobody has named them */
};
void mvc_sides_release(struct mvc_sides *s);

/* The command's words; at most so many revisions. "A..B" is two. */
int
mvc_sides_words(struct mvc_sides *s, struct mvc_env *env, size_t most) MVC_MUST;
/* One more; NULL: the work tree. */
int mvc_sides_add(
    struct mvc_sides *s, struct mvc_env *env, const char *rev) MVC_MUST;
/* Where no path was given, those that the sides' records and pipelines name.
 * MVC_ENOTFOUND says to name them. */
int mvc_sides_find(
    struct mvc_sides *s, struct mvc_env *env, enum mvc_numbers which) MVC_MUST;

#endif
