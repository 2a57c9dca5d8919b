/* Inside room git: a set of Git ids in memory, 20 bytes a slot. */
#ifndef MVC_GIT_IDSET_H
#define MVC_GIT_IDSET_H

#include "git/lib.h"

#include <stdbool.h>

struct mvc_idset {
	git_oid *slots; /* open addressing; a zero id is an empty slot */
	size_t n, size; /* size: a power of two, or 0 */
};

/* *added is false when it was there (the zero id always is). */
int mvc_idset_add(bool *added, struct mvc_idset *s, const git_oid *id) MVC_MUST;
bool mvc_idset_has(const struct mvc_idset *s, const git_oid *id);
void mvc_idset_release(struct mvc_idset *s);

/* The boundary of a shallow clone; empty otherwise. */
int mvc_idset_shallow(struct mvc_idset *s, const struct mvc_repo *r) MVC_MUST;

#endif
