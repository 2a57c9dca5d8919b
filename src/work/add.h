/*
 * Recording data: the work tree into the store, and a pointer into Git.
 *
 *     scan ──► new, changed ──► ingest ──► in path order: tree edit, stat
 *          └─► missing ───────► (passes)                  cache update
 *
 *     then: root claimed in the store ──► pointers ──► .gitignore ──► staged
 *           ──► stat cache
 *
 * A kill at any moment leaves each pointer as it was or as it shall be, and
 * what a pointer names is in the store before it is written.
 */
#ifndef MVC_WORK_ADD_H
#define MVC_WORK_ADD_H

#include "store/writer.h"
#include "work/work.h"

struct mvc_added;
struct mvc_pending;
struct mvc_add_opts {
	bool no_stage;
	bool vanished; /* over half of a root's files may be gone */
	bool force; /* also where the pointer says another version than the
		     * one that was put here */
	bool update; /* roots that are not here are passed over */
	/* The pointers shall name the record of the run that made the data: all
	 * is stored, and nothing is seen of it yet. Give its id, and add what
	 * is to be written and staged with the pointers, as one. */
	int (*seal)(void *arg, struct mvc_oid *run, struct mvc_pending *with,
	    const struct mvc_added *roots, size_t n);
	void *seal_arg;
};

/* What became of one root; for the call only. */
struct mvc_added {
	const char *path;
	const struct mvc_pointer *pointer; /* as it is now */
	bool is_new; /* was not tracked */
	bool changed; /* else the three are 0 */
	uint64_t added, modified, deleted; /* files */
};

struct mvc_add_ops {
	int (*root)(void *arg, const struct mvc_added *a);
	/* With `update`: over half of a root's files are gone, and it is passed
	 * over; before all roots. */
	int (*vanished)(void *arg, const char *path, const char *text);
	void *arg;
};

/*
 * Record paths (relative to the work tree): roots, or parts of one. Nothing is
 * recorded unless all of it can be, but for what vanished where that is told:
 * MVC_EFINDING then, with the last one's text. sums is what was newly stored;
 * may be NULL.
 */
int mvc_add(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_add_opts *opts, const struct mvc_add_ops *ops,
    struct mvc_writer_sums *sums) MVC_MUST;

/*
 * Record what the writer put, and nothing in the work tree: a pointer at a
 * path where nothing is, and nothing tracked (MVC_EEXISTS). NULL p: only
 * whether that could be done, as far as it can be told.
 */
int
mvc_add_given(struct mvc_work *w, const char *path, const struct mvc_pointer *p,
    struct mvc_writer *writer, const struct mvc_add_opts *opts) MVC_MUST;

#endif
