/*
 * What a pack holds: kinds of objects, and the two callbacks by which pure
 * code (recipes, trees) reads and writes them without knowing of a store.
 */
#ifndef MVC_OBJECT_OBJECT_H
#define MVC_OBJECT_OBJECT_H

#include "hash/oid.h"
#include "util/buf.h"

enum mvc_kind {
	MVC_CHUNK = 1, /* id: BLAKE3 of the bytes */
	MVC_RECIPE = 2, /* id: the file's, which the recipe makes */
	MVC_PART = 3, /* id: derive-key "mvc recipe 1" of the bytes */
	MVC_TREE = 4, /* id: derive-key "mvc tree 1" of the bytes */
};
#define MVC_KIND_LAST MVC_TREE

/* Takes objects; the bytes are borrowed for the call. Order is kept. */
struct mvc_sink {
	int (*put)(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
	    const void *p, size_t n);
	void *arg;
};

/*
 * Gives objects: replaces out's bytes by the object's, checked against its id
 * (recipes: against their form only). MVC_ENOTFOUND, MVC_ECORRUPT.
 */
struct mvc_source {
	int (*get)(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
	    struct mvc_buf *out);
	void *arg;
};

#endif
