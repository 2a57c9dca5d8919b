/*
 * Which of the files that were added came from one that was deleted: those of
 * the same content, in order; then, of what is left, those that share enough
 * chunks. Empty files and links are alike without being the same: never.
 */
#ifndef MVC_WORK_RENAMES_H
#define MVC_WORK_RENAMES_H

#include "object/tree.h"
#include "store/store.h"

/* An addition or a deletion. */
struct mvc_half {
	struct mvc_oid id;
	uint64_t size;
	enum mvc_entry_kind kind;
	size_t order; /* its place in the list */
	size_t taken; /* deletions, of the first of one id: looked through */
	size_t pair; /* place of the other half + 1, 0: none */
	char *path; /* deletions: NULL if none was given */
	bool rename; /* may be half of a rename */
};

struct mvc_halves {
	struct mvc_half *v;
	size_t n, cap;
};

struct mvc_renames {
	struct mvc_halves added, deleted;
	bool many; /* too many to look: nothing came from anywhere */
};

void mvc_renames_release(struct mvc_renames *r);
/* The next one of its list. */
int
mvc_renames_added(struct mvc_renames *r, const struct mvc_entry *e) MVC_MUST;
int mvc_renames_deleted(struct mvc_renames *r, const struct mvc_entry *e,
    const char *path) MVC_MUST;

/* After all were given. */
void mvc_renames_same(struct mvc_renames *r);
/* By their recipes; what has none in the store shares nothing. */
int mvc_renames_similar(struct mvc_renames *r, struct mvc_store *s) MVC_MUST;

/* The deletion that the i-th addition came from, or NULL. */
const struct mvc_half *mvc_renames_from(const struct mvc_renames *r, size_t i);
/* Whether an addition came from the i-th deletion. */
bool mvc_renames_went(const struct mvc_renames *r, size_t i);

#endif
