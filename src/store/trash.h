/*
 * Trash lists: trash/ID, each an immutable list of condemned names (packs,
 * segments, roots) with the grace and retention that everybody uses for it. A
 * condemned name is dead: never reused, never put again, never counted as
 * present (DESIGN, Collection).
 */
#ifndef MVC_STORE_TRASH_H
#define MVC_STORE_TRASH_H

#include "hash/oid.h"
#include "store/backend.h"

enum mvc_trash_kind {
	MVC_TRASH_PACK,
	MVC_TRASH_SEGMENT,
	MVC_TRASH_ROOT,
};

struct mvc_trash_name {
	enum mvc_trash_kind kind;
	struct mvc_oid oid; /* packs and segments; roots: BLAKE3 of the key */
	char *key; /* roots: "HOLDER/OID" or "HOLDER/OID~SALT" */
};

struct mvc_trash_list {
	char id[33];
	int64_t made; /* its file's time, seconds */
	uint64_t grace, keep; /* G and W, seconds */
	struct mvc_trash_name *names;
	size_t n;
};
void mvc_trash_list_release(struct mvc_trash_list *l);

int mvc_trash_list_parse(
    struct mvc_trash_list *out, const char *text, size_t n) MVC_MUST;
int mvc_trash_list_format(
    struct mvc_buf *out, const struct mvc_trash_list *l) MVC_MUST;

/* Whether a name in trash/ is a list's; others are ignored, and kept. */
bool mvc_trash_is_id(const char *name);
/* Read trash/ID. MVC_ENOTFOUND, MVC_ECORRUPT, MVC_EVERSION. */
int mvc_trash_list_read(
    struct mvc_trash_list *out, struct mvc_backend *b, const char *id) MVC_MUST;

/* All lists of a store, and what they condemn, sorted. */
struct mvc_trash {
	struct mvc_trash_list *lists;
	size_t n_lists;
	const struct mvc_trash_name **names; /* into the lists */
	size_t n;
};
void mvc_trash_release(struct mvc_trash *t);
/* MVC_ECORRUPT or MVC_EVERSION when a list cannot be read: nothing may then
 * be written or collected. */
int mvc_trash_load(struct mvc_trash *out, struct mvc_backend *b) MVC_MUST;
/* What some lists of another condemn: those that choose() wants. It borrows
 * from `from`; for mvc_trash_release. */
int mvc_trash_choose(struct mvc_trash *out, const struct mvc_trash *from,
    bool (*choose)(void *arg, const struct mvc_trash_list *l),
    void *arg) MVC_MUST;
bool mvc_trash_has(const struct mvc_trash *t, enum mvc_trash_kind kind,
    const struct mvc_oid *oid);
bool mvc_trash_has_root(const struct mvc_trash *t, const char *key);

#endif
