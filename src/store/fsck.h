/*
 * Are the bytes whole? And if not: which pointers and paths does it touch, and
 * what can be put right?
 *
 *   look    packs, segments, roots (their form; in full, every object's bytes)
 *   repair  damaged things are set aside in lost/, what is whole of them is
 *           copied to new packs, indexes and roots are written anew
 *   reach   every object of every pointer: what is missing names its path
 *   heal    the caller offers the file's bytes from elsewhere
 */
#ifndef MVC_STORE_FSCK_H
#define MVC_STORE_FSCK_H

#include "object/tree.h"
#include "store/writer.h"

/* A pointer whose content shall be whole. */
struct mvc_fsck_pointer {
	const char *name; /* for messages: "images.mvc", borrowed */
	struct mvc_oid oid;
	bool tree;
	uint64_t size, files;
};

struct mvc_fsck {
	struct mvc_store *store;
	const char *holder;
	bool full; /* read every byte */
	bool repair; /* else only look */
	const struct mvc_fsck_pointer *pointers;
	size_t n_pointers;

	/* Each thing found, as a line of text; repaired ones too. */
	void (*finding)(void *arg, const char *text);
	/*
	 * An object of a file is missing: try to store the file again from
	 * another copy (the work tree), through the writer; where it is one of
	 * a tree (a DIR, path ""), all of the data set. *healed says
	 * whether its bytes were there and right. May be NULL.
	 */
	int (*heal)(void *arg, struct mvc_writer *w,
	    const struct mvc_fsck_pointer *pointer, const char *path,
	    const struct mvc_entry *e, bool *healed);
	void *arg;

	/* Results. */
	uint64_t packs, objects, bytes; /* looked at */
	uint64_t damaged; /* packs, segments, roots, objects found bad */
	uint64_t repaired; /* things written anew */
	uint64_t missing; /* paths whose content is not whole, at the end */
	uint64_t absent; /* pointers never stored or fetched here */
};

/* MVC_OK when all is whole or was made so; MVC_EFINDING when something is
 * damaged or missing (also when `repair` is off); other errors: it could not
 * look. MVC_EAGAIN: somebody is writing (with `repair`). */
int mvc_fsck(struct mvc_fsck *f) MVC_MUST;

/*
 * Nothing but claims: a pointer whose content is all here gets the root that
 * it lost, and what was condemned meanwhile is copied. Beside other writers.
 * Of the struct the store, the holder, the pointers and finding() are needed.
 */
int mvc_fsck_claim(struct mvc_fsck *f) MVC_MUST;

#endif
