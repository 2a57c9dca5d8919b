/*
 * One unfinished node a level, encoded as it grows:
 *
 *     level 1   [ node a, node c …            an entry for each node put
 *     level 0   [ d, e, f …                   the entries after node c
 *
 * A node that the rule ends is put at once and becomes an entry one level up,
 * which may end that level's node. A builder stands at a boundary of level n
 * when the levels 0 to n have no entries.
 */
#include "object/format.h"
#include "object/tree.h"
#include "util/bytes.h"

#include "util/banned.h"

struct level {
	struct mvc_buf bytes; /* of the node, once n > 0 */
	size_t n;
	uint64_t size, files;
	bool more; /* a node of this level was put already */
};

struct mvc_tree_builder {
	struct mvc_sink sink;
	struct level levels[MVC_TREE_LEVELS];
	char last[MVC_NAME_MAX]; /* the name added last */
	size_t last_len;
};

int
mvc_tree_builder_new(struct mvc_tree_builder **out, const struct mvc_sink *sink)
{
	struct mvc_tree_builder *b = calloc(1, sizeof(*b));

	*out = b;
	if (!b)
		return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	b->sink = *sink;
	for (size_t i = 0; i < MVC_TREE_LEVELS; i++)
		b->levels[i].bytes.max = MVC_TREE_NODE_MAX;
	return MVC_OK;
}

void
mvc_tree_builder_free(struct mvc_tree_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < MVC_TREE_LEVELS; i++)
		mvc_buf_release(&b->levels[i].bytes);
	free(b);
}

static int level_add(
    struct mvc_tree_builder *b, unsigned level, const struct mvc_entry *e);

static int
level_put(struct mvc_tree_builder *b, unsigned level, struct mvc_oid *id)
{
	struct level *l = &b->levels[level];

	mvc_put32((uint8_t *)l->bytes.data + MVC_TREE_COUNT_AT, (uint32_t)l->n);
	mvc_tree_id(id, l->bytes.data, l->bytes.len);
	return b->sink.put(
	    b->sink.arg, MVC_TREE, id, l->bytes.data, l->bytes.len);
}

static void
level_reset(struct level *l)
{
	mvc_buf_clear(&l->bytes);
	l->n = 0;
	l->size = l->files = 0;
}

/* Put the level's node, which becomes an entry of the level above. */
static int
level_end(struct mvc_tree_builder *b, unsigned level)
{
	struct level *l = &b->levels[level];
	struct mvc_entry up = {
	    .kind = MVC_ENTRY_NODE,
	    .name = b->last,
	    .name_len = b->last_len,
	    .size = l->size,
	    .files = l->files,
	};
	int err;

	err = level_put(b, level, &up.id);
	if (err)
		return err;
	level_reset(l);
	l->more = true;
	return level_add(b, level + 1, &up);
}

/* Whether the rule ends the level's node after the name added last. */
static bool
level_is_complete(const struct mvc_tree_builder *b, unsigned level)
{
	const struct level *l = &b->levels[level];

	if (l->n < MVC_TREE_MIN)
		return false;
	if (l->n == MVC_TREE_MAX || l->bytes.len >= MVC_TREE_BYTES)
		return true;
	return mvc_tree_ends_after(level, b->last, b->last_len);
}

/* e->name must be b->last: a node ends after it. */
static int
level_add(struct mvc_tree_builder *b, unsigned level, const struct mvc_entry *e)
{
	struct level *l;
	int err = MVC_OK;

	if (level >= MVC_TREE_LEVELS)
		return mvc_fail(MVC_ETOOBIG, "a directory has too many names");
	l = &b->levels[level];
	if (!l->n) {
		mvc_buf_clear(&l->bytes);
		err = mvc_tree_encode(&l->bytes, level, NULL, 0);
	}
	if (!err)
		err = mvc_entry_encode(&l->bytes, level, e);
	if (err)
		return err;
	if (__builtin_add_overflow(l->size, e->size, &l->size) ||
	    __builtin_add_overflow(l->files, e->files, &l->files))
		return mvc_fail(MVC_ETOOBIG, "a directory of 2^64 bytes");
	l->n++;
	return level_is_complete(b, level) ? level_end(b, level) : MVC_OK;
}

/* Names ascend; the new one is kept. */
static int
next_name(struct mvc_tree_builder *b, const struct mvc_entry *e)
{
	if (!e->name_len || e->name_len > MVC_NAME_MAX)
		return mvc_fail(MVC_EINVALID,
		    "a name of %zu bytes is not allowed", e->name_len);
	if (mvc_name_cmp(b->last, b->last_len, e->name, e->name_len) >= 0)
		return mvc_fail(MVC_EINVALID,
		    "names are not in order: '%.*s' comes after '%.*s'",
		    (int)e->name_len, e->name, (int)b->last_len, b->last);
	memcpy(b->last, e->name, e->name_len);
	b->last_len = e->name_len;
	return MVC_OK;
}

int
mvc_tree_builder_add(struct mvc_tree_builder *b, const struct mvc_entry *e)
{
	int err = next_name(b, e);

	return err ? err : level_add(b, 0, e);
}

int
mvc_tree_builder_add_node(struct mvc_tree_builder *b, unsigned level,
    const struct mvc_entry *e, bool *taken)
{
	int err;

	*taken = false;
	if (level + 1 >= MVC_TREE_LEVELS)
		return MVC_OK;
	for (unsigned i = 0; i <= level; i++)
		if (b->levels[i].n)
			return MVC_OK;
	if (!mvc_tree_ends_after(level, e->name, e->name_len))
		return MVC_OK;
	err = next_name(b, e);
	if (err)
		return err;
	*taken = true;
	for (unsigned i = 0; i <= level; i++)
		b->levels[i].more = true;
	return level_add(b, level + 1, e);
}

void
mvc_tree_builder_reset(struct mvc_tree_builder *b)
{
	for (size_t i = 0; i < MVC_TREE_LEVELS; i++) {
		level_reset(&b->levels[i]);
		b->levels[i].more = false;
	}
	b->last_len = 0;
}

/* The only entry of a level is the node that is the top: its id and sums, from
 * the bytes of the entry. */
static void
only_node(const struct level *l, struct mvc_oid *id)
{
	memcpy(
	    id->b, l->bytes.data + l->bytes.len - MVC_OID_SIZE, MVC_OID_SIZE);
}

int
mvc_tree_builder_finish(struct mvc_tree_builder *b, struct mvc_oid *id,
    uint64_t *size, uint64_t *files)
{
	unsigned level = 0;
	struct level *l = b->levels;
	int err = MVC_OK;

	if (!l->n && !l->more)
		err = mvc_tree_encode(&l->bytes, 0, NULL, 0);
	for (; !err && l->more; l = &b->levels[++level])
		if (l->n)
			err = level_end(b, level);
	if (err)
		return err;
	*size = l->size;
	*files = l->files;
	if (level && l->n == 1)
		only_node(l, id);
	else
		err = level_put(b, level, id);
	mvc_tree_builder_reset(b);
	return err;
}
