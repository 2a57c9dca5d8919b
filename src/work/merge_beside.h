/* Inside a merge: theirs, put beside ours in the merged directory. */
#ifndef MVC_WORK_MERGE_BESIDE_H
#define MVC_WORK_MERGE_BESIDE_H

#include "hash/oidset.h"
#include "object/tree.h"

/* All paths of conflicts together. */
#define MVC_BESIDE_TEXT_MAX (UINT32_C(128) << 20)

struct mvc_beside_item;

struct mvc_beside {
	struct mvc_beside_item *v;
	size_t n, cap;
	struct mvc_buf text; /* what the items point into */
	struct mvc_oidset taken; /* hashes of the paths given out */
};
#define MVC_BESIDE_INIT                                   \
	{                                                 \
		.text = MVC_BUF_INIT(MVC_BESIDE_TEXT_MAX) \
	}
void mvc_beside_release(struct mvc_beside *b);

/* A conflict at path; `what` is static text, theirs NULL where they deleted
 * it. */
int mvc_beside_add(struct mvc_beside *b, const char *path, const char *what,
    const struct mvc_entry *theirs) MVC_MUST;

/* Choose free names in the tree, and put theirs there: the tree and its sums
 * are replaced. */
int mvc_beside_place(struct mvc_beside *b, struct mvc_oid *root, uint64_t *size,
    uint64_t *files, const struct mvc_source *source,
    const struct mvc_sink *sink) MVC_MUST;

/* Item i, once placed; good as long as b. `beside` is NULL where they deleted
 * it. */
void mvc_beside_at(const struct mvc_beside *b, size_t i, const char **path,
    const char **what, const char **beside);

#endif
