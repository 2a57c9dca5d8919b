/*
 * struct mvc_store: a content-addressed store of objects in packs.
 *
 *     format          id of the store, features
 *     packs/aa/NAME.pack   immutable containers of encoded objects
 *     segments/NAME   immutable indexes over packs
 *     roots/HOLDER/OID     claims that a pointer's whole content is here
 *     holders/ID      who a holder is
 *     trash/ID        lists of condemned names
 *     tmp/  lost/     unfinished; set aside by repairs
 *     lock            shared by writers, exclusive for gc --now
 *
 * Reading is thread-safe. Everything read is checked against its id.
 */
#ifndef MVC_STORE_STORE_H
#define MVC_STORE_STORE_H

#include "object/object.h"
#include "util/ctx.h"

#include <stdbool.h>
#include <stdint.h>

struct mvc_store;

/*
 * Make a store in the folder (made too, when its parent is there). One that is
 * there already is left as it is. `shared` is 0, or the bits of
 * core.sharedRepository that files and folders get (0660, 0664, …).
 */
int mvc_store_create(const char *path, unsigned shared) MVC_MUST;

/*
 * Open it for reading; writers are opened from it. MVC_ENOTFOUND where there
 * is none, MVC_EVERSION names an unknown incompatible feature. ctx must
 * outlive the store.
 */
int mvc_store_open(
    struct mvc_store **out, struct mvc_ctx *ctx, const char *path) MVC_MUST;
void mvc_store_free(struct mvc_store *s);
MVC_OWN_DEFINE(mvc_store)

const char *mvc_store_path(const struct mvc_store *s);
/* 32 hex digits, random, made with the store. */
const char *mvc_store_id(const struct mvc_store *s);

/* Its folder, for files that are published in it. */
struct mvc_folder;
const struct mvc_folder *mvc_store_folder(const struct mvc_store *s);

/* Its folder as a byte store; lives as long as the store. */
struct mvc_backend;
struct mvc_backend *mvc_store_backend(struct mvc_store *s);

/* Notice what other processes added since the store was opened. */
int mvc_store_refresh(struct mvc_store *s) MVC_MUST;

/* One object's raw bytes, checked, replacing out's. MVC_ENOTFOUND,
 * MVC_ECORRUPT. */
int mvc_store_get(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, struct mvc_buf *out) MVC_MUST;

/* The same as callbacks; good as long as the store. */
const struct mvc_source *mvc_store_source(struct mvc_store *s);
/* Who is asked, by those callbacks alone, for trees that are not there; NULL:
 * nobody. Not while others read. It must be thread-safe, and outlive that. */
void
mvc_store_trees_beyond(struct mvc_store *s, const struct mvc_source *beyond);

/* Whether raw bytes are what (kind, id) says; recipes: true, always. */
bool mvc_object_is(
    enum mvc_kind kind, const struct mvc_oid *id, const void *p, size_t n);

/* Whether an object is there (as the indexes say; its bytes are not read). */
int mvc_store_has(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, bool *has) MVC_MUST;

/* All ids of `kind` (0: any) that begin with the hex digits; stops after max.
 * For abbreviated ids and plumbing. */
int mvc_store_find_prefix(struct mvc_store *s, enum mvc_kind kind,
    const char *hex, size_t max,
    int (*each)(void *arg, enum mvc_kind kind, const struct mvc_oid *id),
    void *arg) MVC_MUST;

#endif
