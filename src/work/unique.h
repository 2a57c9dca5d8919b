/*
 * The stored bytes that some paths of a version have, and no other path of it:
 * what they add to it.
 *
 *     every path of the version: its objects, once each ──► once, then twice
 *     a path's own: its objects that are not in twice
 *
 * Memory: three bits for each object of the store.
 */
#ifndef MVC_WORK_UNIQUE_H
#define MVC_WORK_UNIQUE_H

#include "object/tree.h"
#include "store/store.h"

struct mvc_unique;
int mvc_unique_new(struct mvc_unique **out, struct mvc_store *s) MVC_MUST;
void mvc_unique_free(struct mvc_unique *u);
MVC_OWN_DEFINE(mvc_unique)

/* A path that is asked for; the paths must not overlap. */
int mvc_unique_add(struct mvc_unique *u, const struct mvc_entry *e) MVC_MUST;
/* One that is not; `but`, a path in it or NULL, is left out. Objects that the
 * store does not have are passed over. */
int mvc_unique_other(
    struct mvc_unique *u, const struct mvc_entry *e, const char *but) MVC_MUST;
/* After everything was added: the packed bytes of a path's own objects. */
int mvc_unique_bytes(
    uint64_t *out, struct mvc_unique *u, const struct mvc_entry *e) MVC_MUST;

#endif
