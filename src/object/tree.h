/*
 * A directory in the store: canonical, sorted, split by content.
 *
 * A node holds entries sorted by name (memcmp, a prefix first). Level 0 (a
 * leaf) holds the directory's entries; level n holds one entry for each node
 * of level n-1, under that node's last name. A node of level n ends after a
 * name whose BLAKE3 has byte n zero, at MVC_TREE_MIN to MVC_TREE_MAX entries,
 * and after the entry with which it reaches MVC_TREE_BYTES. The directory's id
 * is that of its top node, the first level with one node; an empty directory
 * is one empty leaf. So equal content has one form, and one new file in a
 * million rewrites a few nodes.
 */
#ifndef MVC_OBJECT_TREE_H
#define MVC_OBJECT_TREE_H

#include "object/object.h"

#include <stdbool.h>
#include <stdint.h>

#define MVC_TREE_MIN 64
#define MVC_TREE_MAX 4096
#define MVC_TREE_LEVELS 8
#define MVC_NAME_MAX 255
#define MVC_TARGET_MAX 4095
/* So that nodes in memory are bounded: more than MVC_TREE_MIN longest links. */
#define MVC_TREE_BYTES (1 << 20)
/* No node is longer: the bytes before, and the longest link. */
#define MVC_TREE_NODE_MAX (MVC_TREE_BYTES + 8 + MVC_NAME_MAX + MVC_TARGET_MAX)
/* Directories within directories. */
#define MVC_DEPTH_MAX 512

enum mvc_entry_kind {
	MVC_ENTRY_FILE = 1,
	MVC_ENTRY_EXEC = 2,
	MVC_ENTRY_LINK = 3, /* a symlink, with its target inline */
	MVC_ENTRY_DIR = 4,
	MVC_ENTRY_NODE = 5, /* in inner nodes: a node one level below */
};

struct mvc_entry {
	enum mvc_entry_kind kind;
	const char *name; /* raw bytes, not NUL-terminated; borrowed */
	size_t name_len;
	uint64_t size; /* bytes; dirs, nodes: the sum below; links: 0 */
	uint64_t files; /* files and links at or below: 1 unless dir, node */
	struct mvc_oid id; /* zero for links */
	const char *target; /* links only; borrowed */
	size_t target_len;
};

/* memcmp order of names, a prefix first. */
int mvc_name_cmp(const char *a, size_t a_len, const char *b, size_t b_len);

/* Whether a node of this level ends after this name (bounds apart). */
bool mvc_tree_ends_after(unsigned level, const char *name, size_t len);

/* A decoded node; names and targets point into the bytes decoded. */
struct mvc_tree_node {
	unsigned level; /* 0 is a leaf */
	struct mvc_entry *entries;
	size_t n;
	uint64_t size, files; /* sums of the entries */
};
void mvc_tree_node_release(struct mvc_tree_node *node);

/* What stood in the place of e in an older node, or NULL. Entries are asked for
 * in order; *at begins as 0. A node stands for the names up to its own. */
const struct mvc_entry *mvc_tree_old_of(
    const struct mvc_tree_node *old, size_t *at, const struct mvc_entry *e);

/*
 * Decode and check: kinds, counts, lengths, sorted unique names that
 * mvc_name_check (util/name.h) accepts, sums without overflow, no byte left
 * over. p must outlive *out. MVC_ECORRUPT, MVC_EINVALID (a hostile name),
 * MVC_EVERSION (a level of MVC_TREE_LEVELS or more).
 */
int
mvc_tree_decode(struct mvc_tree_node *out, const void *p, size_t n) MVC_MUST;

/* Append the canonical form of a node to out, or of one entry. MVC_EINVALID
 * for what mvc_tree_decode would refuse (the order apart). */
int mvc_tree_encode(struct mvc_buf *out, unsigned level,
    const struct mvc_entry *entries, size_t n) MVC_MUST;
int mvc_entry_encode(
    struct mvc_buf *out, unsigned level, const struct mvc_entry *e) MVC_MUST;

/* The id of a node's canonical form. */
void mvc_tree_id(struct mvc_oid *out, const void *p, size_t n);

/*
 * Builds one directory from entries in name order (else MVC_EINVALID); nodes
 * go to the sink as they are complete. Memory: one unfinished node a level.
 */
struct mvc_tree_builder;
int mvc_tree_builder_new(
    struct mvc_tree_builder **out, const struct mvc_sink *sink) MVC_MUST;
void mvc_tree_builder_free(struct mvc_tree_builder *b);
MVC_OWN_DEFINE(mvc_tree_builder)
int mvc_tree_builder_add(
    struct mvc_tree_builder *b, const struct mvc_entry *e) MVC_MUST;
/*
 * Add a whole existing node of this level in place of its entries, if the
 * builder stands at a node boundary of that level and all below, and the node
 * ended by its last name: *taken says whether it did; else the caller adds the
 * node's entries (or nodes one level down) instead. e is the node as its
 * parent's entry says: kind NODE, its last name, sums, id. Never for the last
 * node of its level, which the end of the list ended and no rule.
 */
int mvc_tree_builder_add_node(struct mvc_tree_builder *b, unsigned level,
    const struct mvc_entry *e, bool *taken) MVC_MUST;
/* Forget what was added since the last directory. */
void mvc_tree_builder_reset(struct mvc_tree_builder *b);
/* The directory's id and sums; the builder is ready for another one. */
int mvc_tree_builder_finish(struct mvc_tree_builder *b, struct mvc_oid *id,
    uint64_t *size, uint64_t *files) MVC_MUST;

#endif
