/*
 * Objects in memory, a source and a sink for tests of what is written over a
 * store. It checks nothing; it counts what was asked of it.
 */
#ifndef MVC_TESTS_MEMORY_STORE_H
#define MVC_TESTS_MEMORY_STORE_H

#include "object/object.h"

#include <stddef.h>

struct memory_object {
	enum mvc_kind kind; /* 0: an empty slot */
	struct mvc_oid id;
	char *bytes;
	size_t len;
};

struct memory_store {
	struct memory_object *slots;
	size_t n, cap;
	size_t gets, puts; /* calls; set them to 0 to count anew */
	size_t put_fails_at; /* this put, from 1, fails with MVC_ENOSPACE */
	struct mvc_source source;
	struct mvc_sink sink;
};

/* m must stay where it is. */
void memory_store_init(struct memory_store *m);
void memory_store_release(struct memory_store *m);
/* NULL where there is none; good until the next put. */
struct memory_object *memory_store_find(
    struct memory_store *m, enum mvc_kind kind, const struct mvc_oid *id);

#endif
