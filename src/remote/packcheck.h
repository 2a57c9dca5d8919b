/* Whether a pack's file is what its name says, object by object. */
#ifndef MVC_REMOTE_PACKCHECK_H
#define MVC_REMOTE_PACKCHECK_H

#include "store/pack.h"
#include "store/segment.h"

/* Decode an object and compare it with its id (a recipe: only its form); raw
 * has room for what it declares. MVC_ECORRUPT, MVC_EVERSION. */
int mvc_object_decode(struct mvc_decoder *dec, char *raw,
    const struct mvc_segment_entry *e, const uint8_t *packed) MVC_MUST;

/*
 * Read the index of an open pack, which must have this name, and check every
 * object, as they lie in the file; each() gets them, decoded (NULL: nobody).
 * *ix is the caller's, also on failure.
 */
int mvc_packcheck(struct mvc_pack_index *ix, int fd, const struct mvc_oid *name,
    struct mvc_decoder *dec,
    void (*each)(void *arg, const struct mvc_pack_entry *e, const char *raw),
    void *arg) MVC_MUST;

#endif
