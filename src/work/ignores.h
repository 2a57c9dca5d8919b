/*
 * The lines of tracked data in .gitignore files: in the work tree's files and
 * in the index's versions of them, which keep each what else is in them. A
 * file that becomes empty goes. Edits are in memory until written, staged. From
 * the first edit to the release no other mvc edits them in this work tree: what
 * is staged must be committed by then.
 */
#ifndef MVC_WORK_IGNORES_H
#define MVC_WORK_IGNORES_H

#include "work/work.h"

struct mvc_ignore_text;
struct mvc_ignores {
	struct mvc_work *w; /* borrowed, like the next */
	struct mvc_index *idx; /* NULL: nothing is to be staged */
	struct mvc_ignore_text *files;
	size_t n;
	struct mvc_index *now; /* as it is since the first edit; owned */
	int lock; /* plus 1; 0: none is held */
};
void mvc_ignores_release(struct mvc_ignores *g);

/* The line of the data at `root` comes or goes. MVC_EAGAIN where another mvc
 * edits them for long. */
int
mvc_ignores_edit(struct mvc_ignores *g, const char *root, bool add) MVC_MUST;
/* Write the work tree's files that have changed since the last time. */
int mvc_ignores_write(struct mvc_ignores *g) MVC_MUST;
/* Give the changed versions to the index, which is not committed. */
int mvc_ignores_stage(struct mvc_ignores *g) MVC_MUST;

/* Give a pointer to the index, unless it has it. */
int mvc_pointer_stage(struct mvc_index *idx, const char *pointer_path,
    const struct mvc_pointer *p) MVC_MUST;

#endif
