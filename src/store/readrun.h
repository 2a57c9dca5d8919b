/* Reading many chunks of a file at once. */
#ifndef MVC_STORE_READRUN_H
#define MVC_STORE_READRUN_H

#include "store/store_priv.h"

/* So many are looked up before the first is read. */
#define MVC_RUN_MAX 64

/* Append n chunks' raw bytes, in order, unverified: the caller checks the whole
 * that they make. The errors of mvc_store_append. For any thread. */
int mvc_store_append_chunks(struct mvc_store *s, const struct mvc_oid *ids,
    size_t n, struct mvc_buf *out) MVC_MUST;

#endif
