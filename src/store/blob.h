/*
 * Reading files' blobs back. A whole read is checked against the file's id
 * before it is called good, a ranged one chunk by chunk.
 */
#ifndef MVC_STORE_BLOB_H
#define MVC_STORE_BLOB_H

#include "store/store.h"

/* Files up to this size may be read by mvc_blob_get. */
#define MVC_BLOB_SMALL (UINT32_C(1) << 20)

/* Whether a file's blob can be read: its chunk, or its recipe, is there. (A
 * recipe's parts and chunks are not looked up.) */
int mvc_blob_has(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    bool *has) MVC_MUST;

/* How long a file is by what is stored of it, its bytes unread; MVC_ENOTFOUND
 * where that is not here. */
int mvc_blob_size(
    uint64_t *size, struct mvc_store *s, const struct mvc_oid *oid) MVC_MUST;

/* A small file's bytes, checked, replacing out's. For any thread. */
int mvc_blob_get(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    struct mvc_buf *out) MVC_MUST;

/*
 * A file of any size: emit() gets all of its bytes in runs, on any thread,
 * several at once, in no order. Returns MVC_ECORRUPT or MVC_ENOTFOUND *after*
 * bytes were handed out when the whole does not come out as oid: the caller
 * must hold them back (a temporary) until this returns 0.
 */
int mvc_blob_copy(struct mvc_store *s, const struct mvc_oid *oid, uint64_t size,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off),
    void *arg) MVC_MUST;

/*
 * The same in order, on one thread, each chunk checked before and read where it
 * is whole: slower, and what is left to do when that was MVC_ECORRUPT. It names
 * a chunk that is damaged wherever it lies.
 */
int mvc_blob_copy_checked(struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off),
    void *arg) MVC_MUST;

/* A range: emit() gets its bytes in order, on one thread, each chunk checked
 * before. */
int mvc_blob_range(struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, uint64_t off, uint64_t len,
    int (*emit)(void *arg, const void *p, size_t n, uint64_t off),
    void *arg) MVC_MUST;

#endif
