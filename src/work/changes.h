/*
 * What changed between two sets of tracked paths: those of two revisions, or
 * of a revision and the work tree's pointers. Reads trees, and recipes where
 * bytes are counted; never chunks.
 */
#ifndef MVC_WORK_CHANGES_H
#define MVC_WORK_CHANGES_H

#include "object/tree.h"
#include "store/store.h"
#include "work/view.h"

enum mvc_change_kind {
	MVC_CHANGE_ADDED,
	MVC_CHANGE_DELETED,
	MVC_CHANGE_MODIFIED,
	MVC_CHANGE_RENAMED, /* at another path: the same content, or half of it */
};

/* One path; all is for the call only. */
struct mvc_change {
	enum mvc_change_kind kind;
	const char *path; /* from the top of the work tree */
	const char *from; /* renamed: the path before */
	const struct mvc_entry *a, *b; /* before, after; NULL where none */
	bool fresh_known; /* bytes were asked for and could be counted */
	uint64_t fresh; /* bytes of b that are really new */
};

struct mvc_change_counts {
	bool known; /* false: not all trees are in the store */
	uint64_t added, deleted, modified, renamed; /* files and links */
	uint64_t folders; /* empty ones, added and deleted */
	uint64_t fresh; /* as the changes say, summed */
};

struct mvc_changes_ops {
	/* Each file, link and empty directory, in path order within each
	 * tracked path; whole tracked paths where they were renamed. May be
	 * NULL. */
	int (*change)(void *arg, const struct mvc_change *c);
	/* After the changes of a tracked path that has some: its pointers (NULL
	 * where none), and the sums. May be NULL. */
	int (*tracked)(void *arg, const char *path, const struct mvc_pointer *a,
	    const struct mvc_pointer *b, const struct mvc_change_counts *n);
	/* A pointer that cannot be read. */
	int (*broken)(void *arg, const struct mvc_tracked *t);
	/* Of data in the work tree: another version lies there than its pointer
	 * names. May be NULL. */
	int (*other)(void *arg, const char *path);
};

struct mvc_changes_opts {
	bool bytes; /* count those that are really new */
	const char *const *only; /* paths: these, and what is below them */
	size_t n_only; /* 0: everything */
};

/*
 * Both lists are in path order. Renames are found by content, within and
 * across tracked paths, unless there are very many changes; with `bytes` also
 * of files that were edited, by the chunks that they share. With `bytes`,
 * fresh counts the chunks that no old version of a changed path has, each
 * once.
 */
int mvc_changes(struct mvc_store *s, const struct mvc_tracked_list *a,
    const struct mvc_tracked_list *b, const struct mvc_changes_opts *opts,
    const struct mvc_changes_ops *ops, void *arg) MVC_MUST;

/* Whether a path is one of `only` or below one; `holds`: or above one. */
bool mvc_changes_wants(
    const struct mvc_changes_opts *opts, const char *path, bool holds);

/* Add a change to counts, and whether they have any. */
void mvc_changes_sum(struct mvc_change_counts *n, const struct mvc_change *m);
bool mvc_changes_any(const struct mvc_change_counts *n);

/* Only count, between two entries (NULL: nothing there). */
int mvc_changes_count(struct mvc_change_counts *out,
    const struct mvc_source *source, const struct mvc_entry *a,
    const struct mvc_entry *b) MVC_MUST;

#endif
