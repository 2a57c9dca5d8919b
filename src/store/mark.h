/*
 * struct mvc_mark: which objects roots need, and so how much of each pack.
 *
 * One bit for each entry of the segments looked into. Of an object that lies
 * in several packs one copy is kept, after its bytes were checked; the others
 * count as dead.
 */
#ifndef MVC_STORE_MARK_H
#define MVC_STORE_MARK_H

#include "store/store_priv.h"

struct mvc_marked_pack {
	struct mvc_oid name;
	uint64_t size; /* of its file, as the segments say */
	uint64_t live; /* packed bytes that are needed */
	int64_t made; /* its file's time; 0: the file is missing */
	bool listed; /* in a segment (else only in the folder) */
	bool doomed; /* to be retired, set by the collector */
};

struct mvc_mark {
	struct mvc_store *store;
	struct mvc_marked_pack *packs; /* by name */
	size_t n_packs;
	/* The segments looked into when it was made, then the hidden ones, and
	 * their bits. */
	struct mvc_segment **segs;
	size_t n_segs;
	uint8_t **bits;
	uint64_t live, objects; /* packed bytes and objects needed */
};

/* List the packs, of segments and of the folder. Nothing is marked. */
int mvc_mark_new(struct mvc_mark **out, struct mvc_store *s) MVC_MUST;
void mvc_mark_free(struct mvc_mark *m);
MVC_OWN_DEFINE(mvc_mark)

/*
 * Mark one object. *seen: it was marked before. *there: a pack that is there
 * has it (else nothing was marked).
 */
int mvc_mark_object(struct mvc_mark *m, enum mvc_kind kind,
    const struct mvc_oid *id, bool *seen, bool *there) MVC_MUST;

/* How a file's blob is stored: as one chunk, or by a recipe. */
int mvc_mark_which(struct mvc_mark *m, const struct mvc_oid *id, uint64_t size,
    enum mvc_kind *kind) MVC_MUST;

/* Mark all that a root needs. Missing objects are an error, but for a part
 * root. */
int mvc_mark_root(struct mvc_mark *m, const struct mvc_root *r) MVC_MUST;

/* Mark what is here of a pointer that has no root. */
int mvc_mark_pointer(struct mvc_mark *m, const struct mvc_oid *oid) MVC_MUST;

struct mvc_marked_pack *
mvc_mark_pack(struct mvc_mark *m, const struct mvc_oid *name);

/* Whether the entry (place `at` of segment number `seg`) is the kept copy. */
bool mvc_mark_is_live(const struct mvc_mark *m, size_t seg, uint64_t at);

#endif
