/*
 * struct mvc_segment: an immutable index over packs, memory-mapped.
 *
 *   head: packs │ covered segments │ block checks      named by its hash
 *   entries: by kind, then id; 1,024 of them a block   checked when touched
 *
 * Ids are evenly spread, so a search interpolates. Thread-safe once open.
 */
#ifndef MVC_STORE_SEGMENT_H
#define MVC_STORE_SEGMENT_H

#include "store/folder.h"
#include "store/pack.h"

struct mvc_segment;

struct mvc_segment_entry {
	struct mvc_oid id;
	uint64_t offset;
	uint32_t pack; /* place in the segment's table of packs */
	uint32_t packed, raw;
	enum mvc_kind kind;
	enum mvc_codec codec;
};

struct mvc_segment_pack {
	struct mvc_oid name;
	uint64_t size; /* of its file */
};

/* Open segments/NAME. MVC_ENOTFOUND, MVC_ECORRUPT, MVC_EVERSION. */
int mvc_segment_open(struct mvc_segment **out, const struct mvc_folder *f,
    const struct mvc_oid *name) MVC_MUST;
/* The same over bytes in memory, which must outlive it. */
int
mvc_segment_parse(struct mvc_segment **out, const void *p, size_t n) MVC_MUST;
/*
 * The same of a copy that may have holes (or anything else) in place of its
 * blocks of entries: one that is not what the head says is asked for with
 * fill(), which has those bytes in the file on return, when it is touched.
 */
typedef int (*mvc_segment_fill_fn)(
    void *arg, const struct mvc_oid *name, uint64_t off, uint64_t n);
int
mvc_segment_open_sparse(struct mvc_segment **out, const struct mvc_folder *f,
    const struct mvc_oid *name, mvc_segment_fill_fn fill, void *arg) MVC_MUST;
/* How long its head and its file are, from the first MVC_SEGMENT_HEAD bytes.
 * MVC_ECORRUPT, MVC_EVERSION. */
int
mvc_segment_lengths(uint64_t *head, uint64_t *file, const void *fixed) MVC_MUST;
/* The length of its file. */
uint64_t mvc_segment_size(const struct mvc_segment *s);
void mvc_segment_free(struct mvc_segment *s);
MVC_OWN_DEFINE(mvc_segment)

const struct mvc_oid *mvc_segment_name(const struct mvc_segment *s);
uint64_t mvc_segment_count(const struct mvc_segment *s);
/* Entries of one kind are [*first, *first + result). */
uint64_t mvc_segment_kind(
    const struct mvc_segment *s, enum mvc_kind kind, uint64_t *first);
uint32_t mvc_segment_packs(const struct mvc_segment *s);
void mvc_segment_pack_at(
    const struct mvc_segment *s, uint32_t i, struct mvc_segment_pack *out);
uint32_t mvc_segment_covers(const struct mvc_segment *s);
void mvc_segment_cover_at(
    const struct mvc_segment *s, uint32_t i, struct mvc_oid *out);

/* Entry i. MVC_ECORRUPT when its block is not what the head says, or it names
 * a pack or lengths out of bounds. */
int mvc_segment_at(
    struct mvc_segment *s, uint64_t i, struct mvc_segment_entry *out) MVC_MUST;

/* The first entry of the kind that is not below id, in *at (may be one past
 * the kind's last). */
int mvc_segment_lower(struct mvc_segment *s, enum mvc_kind kind,
    const struct mvc_oid *id, uint64_t *at) MVC_MUST;

/* All blocks checked, and the order of the entries. */
int mvc_segment_verify(struct mvc_segment *s) MVC_MUST;

/*
 * Write and publish a segment, durably. next() gives entries ascending by
 * (kind, id, pack): it returns 1 for one, 0 at the end, or an error; `rewind`
 * asks for the first one again (it is gone through twice).
 */
struct mvc_segment_draft {
	const struct mvc_segment_pack *packs;
	uint32_t n_packs;
	const struct mvc_oid *covers;
	uint32_t n_covers;
	uint64_t salt;
	int (*next)(void *arg, bool rewind, struct mvc_segment_entry *out);
	void *arg;
};
int mvc_segment_write(struct mvc_oid *name, const struct mvc_folder *f,
    const struct mvc_segment_draft *draft) MVC_MUST;

/*
 * Write one segment that has the entries of n others and covers them (and what
 * they cover). Packs listed twice are listed once. keep() says which packs'
 * entries stay; NULL keeps all.
 */
int mvc_segment_merge(struct mvc_oid *name, const struct mvc_folder *f,
    struct mvc_segment *const *from, size_t n, uint64_t salt,
    bool (*keep)(void *arg, const struct mvc_oid *pack), void *arg) MVC_MUST;

/*
 * Call each() with the packs that a segment lists; only its head is read, and
 * none of it kept. MVC_ENOTFOUND; MVC_ECORRUPT, perhaps after each() was
 * called, where the head is not what the name says; MVC_EVERSION. A nonzero
 * result stops it and is returned.
 */
struct mvc_backend;
int mvc_segment_each_pack(struct mvc_backend *b, const struct mvc_oid *name,
    int (*each)(void *arg, const struct mvc_segment_pack *p),
    void *arg) MVC_MUST;

/* "segments/NAME" */
struct mvc_segment_path {
	char s[MVC_OID_HEX + 10];
};
struct mvc_segment_path mvc_segment_path(const struct mvc_oid *name);

#endif
