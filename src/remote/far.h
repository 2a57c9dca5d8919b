/*
 * struct mvc_far: what a remote has, as its roots say.
 *
 *     remote: roots/HOLDER/OID ──► segments/NAME ──► packs/aa/NAME.pack
 *                                      │ by range, when touched
 *     here:   CACHE/segments/NAME ◄────┘ sparse copies, disposable
 *
 * A segment's copy starts with its head; blocks of entries follow as they are
 * touched, more at a time the more are. They check themselves (segment.h), so
 * that a copy may be torn, or shared by two processes. Reading is thread-safe
 * once the roots are in.
 */
#ifndef MVC_REMOTE_FAR_H
#define MVC_REMOTE_FAR_H

#include "hash/oidset.h"
#include "object/object.h"
#include "store/backend.h"
#include "store/folder.h"
#include "store/root.h"
#include "store/segment.h"
#include "util/ctx.h"

struct mvc_far;

/* With its cache's folder (made where missing), and nothing read yet. ctx and b
 * must outlive it. */
int mvc_far_new(struct mvc_far **out, struct mvc_ctx *ctx,
    struct mvc_backend *b, const char *cache) MVC_MUST;
/* The same, and read the trash lists. */
int mvc_far_open(struct mvc_far **out, struct mvc_ctx *ctx,
    struct mvc_backend *b, const char *cache) MVC_MUST;
void mvc_far_free(struct mvc_far *f);
MVC_OWN_DEFINE(mvc_far)

struct mvc_backend *mvc_far_backend(const struct mvc_far *f);
/* The cache: segments/, and packs/ and tmp/ for what is under way. */
const struct mvc_folder *mvc_far_cache(const struct mvc_far *f);
/* The trash lists as read last; to be read anew by mvc_far_reread. */
const struct mvc_trash *mvc_far_trash(const struct mvc_far *f);
int mvc_far_reread(struct mvc_far *f) MVC_MUST;
/* When that began, by mvc_boottime. */
uint64_t mvc_far_read_at(const struct mvc_far *f);

/* A segment, opened, and kept open. MVC_ENOTFOUND, MVC_ECORRUPT. */
int mvc_far_segment(struct mvc_segment **out, struct mvc_far *f,
    const struct mvc_oid *name) MVC_MUST;

/*
 * Look into a root's segments from now on. *clean: nothing that they name is
 * condemned, so that a new root may lean on them; else they are not looked
 * into, but for `reading`. MVC_ENOTFOUND: one is gone.
 */
int mvc_far_lean(bool *clean, struct mvc_far *f, const struct mvc_root *r,
    bool reading) MVC_MUST;

/* A version's root; one that is condemned, where there is no other: it can be
 * read until it is swept. MVC_ENOTFOUND: it was never pushed there. */
int mvc_far_root(struct mvc_root *out, struct mvc_far *f, const char *holder,
    const struct mvc_oid *version) MVC_MUST;
/* Look into its segments, for reading. */
int mvc_far_lean_on(struct mvc_far *f, const char *holder,
    const struct mvc_oid *version) MVC_MUST;

/* Look into no segment any more, and read the trash lists anew: what was leaned
 * on may have gone. */
int mvc_far_look_away(struct mvc_far *f) MVC_MUST;

/* Whether one of a root's segments has found something. */
bool mvc_far_used(const struct mvc_far *f, const struct mvc_root *r);

/* Where a remote has an object. */
struct mvc_far_place {
	struct mvc_oid pack;
	uint64_t pack_size;
	struct mvc_segment_entry e;
};

/* MVC_ENOTFOUND (without a text): not in what is looked into. */
int mvc_far_locate(struct mvc_far_place *out, struct mvc_far *f,
    enum mvc_kind kind, const struct mvc_oid *id) MVC_MUST;

/* Read one object, checked against its id, replacing out's bytes.
 * MVC_ENOTFOUND, MVC_ECORRUPT, MVC_EAGAIN. */
int mvc_far_get(struct mvc_far *f, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out) MVC_MUST;

#endif
