/*
 * Every object that a file or a tree is made of: what marking, proving and
 * checking go through. Parents come before children.
 */
#ifndef MVC_STORE_REACH_H
#define MVC_STORE_REACH_H

#include "object/tree.h"

/* Returned by object(): do not go below it (seen already). */
#define MVC_REACH_SKIP 1

struct mvc_reach_ops {
	/*
	 * Each object, before it is read. For a file of up to 256 KiB that may
	 * be one chunk or a recipe, kind is what `which` said.
	 */
	int (*object)(void *arg, enum mvc_kind kind, const struct mvc_oid *id);
	/* How the blob is stored: MVC_CHUNK or MVC_RECIPE. */
	int (*which)(void *arg, const struct mvc_oid *id, uint64_t size,
	    enum mvc_kind *kind);
	/* Where the walk is: before a file, with its path ("" for a pointer to
	 * one file). May be NULL. */
	int (*file)(void *arg, const char *path, const struct mvc_entry *e);
	/* An object could not be read: 0 goes on without what is below it. May
	 * be NULL: the error ends the walk. */
	int (*fault)(
	    void *arg, enum mvc_kind kind, const struct mvc_oid *id, int err);
};

int
mvc_reach(const struct mvc_source *source, bool tree, const struct mvc_oid *oid,
    uint64_t size, const struct mvc_reach_ops *ops, void *arg) MVC_MUST;

#endif
