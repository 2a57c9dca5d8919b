#include "object/tree.h"

#include "chunk/codec.h"
#include "hash/digest.h"
#include "object/format.h"
#include "util/bytes.h"
#include "util/name.h"

#include "util/banned.h"

_Static_assert(MVC_TREE_NODE_MAX < MVC_OBJECT_MAX, "a node is an object");

int
mvc_name_cmp(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int cmp = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (cmp)
		return cmp;
	return a_len < b_len ? -1 : a_len > b_len;
}

bool
mvc_tree_ends_after(unsigned level, const char *name, size_t len)
{
	struct mvc_oid id;

	mvc_blake3(&id, name, len);
	return id.b[level] == 0;
}

void
mvc_tree_id(struct mvc_oid *out, const void *p, size_t n)
{
	mvc_blake3_derive(out, MVC_TREE_CONTEXT, p, n);
}

void
mvc_tree_node_release(struct mvc_tree_node *node)
{
	free(node->entries);
	memset(node, 0, sizeof(*node));
}

static int
corrupt(const char *what)
{
	return mvc_fail(MVC_ECORRUPT, "a tree is damaged: %s", what);
}

/* What holds for an entry of a node of this level, decoded or to encode. */
static int
entry_check(const struct mvc_entry *e, unsigned level, int code)
{
	const char *what = NULL;

	if (level ? e->kind != MVC_ENTRY_NODE
		  : e->kind < MVC_ENTRY_FILE || e->kind > MVC_ENTRY_DIR)
		what = "an entry's kind is not allowed there";
	else if (e->kind <= MVC_ENTRY_LINK && e->files != 1)
		what = "a file counts as one";
	else if (e->size && !e->files)
		what = "an entry has bytes but no files";
	if (what)
		return mvc_fail(code, "a tree is damaged: %s", what);
	if (e->kind == MVC_ENTRY_LINK &&
	    (!e->target_len || e->target_len > MVC_TARGET_MAX ||
		memchr(e->target, 0, e->target_len)))
		return mvc_fail(code,
		    "the target of the symlink '%.*s' is empty, too long or "
		    "has a NUL",
		    (int)e->name_len, e->name);
	return mvc_name_check(e->name, e->name_len);
}

/* The bytes that are left to decode. */
struct input {
	const uint8_t *p;
	size_t n;
};

static const uint8_t *
input_take(struct input *in, size_t n)
{
	const uint8_t *p = in->p;

	if (n > in->n)
		return NULL;
	in->p += n;
	in->n -= n;
	return p;
}

static int
decode_link(struct mvc_entry *e, struct input *in)
{
	const uint8_t *p = input_take(in, MVC_LINK_HEAD);

	if (!p)
		return corrupt("it is cut short");
	e->target_len = mvc_get16(p);
	e->target = (const char *)input_take(in, e->target_len);
	if (!e->target)
		return corrupt("it is cut short");
	e->files = 1;
	return MVC_OK;
}

static int
decode_entry(struct mvc_entry *e, struct input *in)
{
	const uint8_t *p = input_take(in, MVC_ENTRY_HEAD);

	if (!p)
		return corrupt("it is cut short");
	memset(e, 0, sizeof(*e));
	e->kind = p[0];
	e->name_len = mvc_get16(p + MVC_ENTRY_NAME_LEN_AT);
	e->name = (const char *)input_take(in, e->name_len);
	if (!e->name)
		return corrupt("it is cut short");
	if (e->kind == MVC_ENTRY_LINK)
		return decode_link(e, in);
	p = input_take(in, MVC_ENTRY_TAIL);
	if (!p)
		return corrupt("it is cut short");
	e->size = mvc_get64(p);
	e->files = mvc_get64(p + MVC_ENTRY_FILES_AT);
	memcpy(e->id.b, p + MVC_ENTRY_ID_AT, MVC_OID_SIZE);
	return MVC_OK;
}

static int
decode_entries(struct mvc_tree_node *node, struct input *in)
{
	struct mvc_entry *e = node->entries;
	int err;

	for (size_t i = 0; i < node->n; i++, e++) {
		err = decode_entry(e, in);
		if (!err)
			err = entry_check(e, node->level, MVC_ECORRUPT);
		if (err)
			return err;
		if (i &&
		    mvc_name_cmp(
			e[-1].name, e[-1].name_len, e->name, e->name_len) >= 0)
			return corrupt("its names are not in order");
		if (__builtin_add_overflow(node->size, e->size, &node->size) ||
		    __builtin_add_overflow(node->files, e->files, &node->files))
			return corrupt("its sums pass 2^64");
	}
	return in->n ? corrupt("bytes follow its end") : MVC_OK;
}

static int
decode(struct mvc_tree_node *out, struct input *in)
{
	const uint8_t *p = input_take(in, MVC_TREE_HEAD);

	if (!p)
		return corrupt("it is cut short");
	out->level = p[0];
	if (out->level >= MVC_TREE_LEVELS)
		return mvc_fail(MVC_EVERSION,
		    "a tree is of a later version of mvc: upgrade to read it");
	out->n = mvc_get32(p + MVC_TREE_COUNT_AT);
	if (out->n > MVC_TREE_MAX || out->n > in->n / MVC_ENTRY_SHORTEST)
		return corrupt("its count is out of bounds");
	if (out->n) {
		out->entries = malloc(out->n * sizeof(*out->entries));
		if (!out->entries)
			return mvc_fail(MVC_ENOMEM, "no memory for a tree");
	} else if (out->level) {
		return corrupt("an inner node is empty");
	}
	return decode_entries(out, in);
}

int
mvc_tree_decode(struct mvc_tree_node *out, const void *p, size_t n)
{
	struct input in = {p, n};
	int err;

	memset(out, 0, sizeof(*out));
	if (n > MVC_TREE_NODE_MAX)
		return corrupt("it is too long");
	err = decode(out, &in);
	if (err)
		mvc_tree_node_release(out);
	return err;
}

int
mvc_entry_encode(struct mvc_buf *out, unsigned level, const struct mvc_entry *e)
{
	uint8_t head[MVC_ENTRY_HEAD], tail[MVC_ENTRY_TAIL];
	bool link = e->kind == MVC_ENTRY_LINK;
	int err;

	err = entry_check(e, level, MVC_EINVALID);
	if (err)
		return err;
	head[0] = (uint8_t)e->kind;
	mvc_put16(head + MVC_ENTRY_NAME_LEN_AT, (uint16_t)e->name_len);
	if (link) {
		mvc_put16(tail, (uint16_t)e->target_len);
	} else {
		mvc_put64(tail, e->size);
		mvc_put64(tail + MVC_ENTRY_FILES_AT, e->files);
		memcpy(tail + MVC_ENTRY_ID_AT, e->id.b, MVC_OID_SIZE);
	}
	err = mvc_buf_add(out, head, sizeof(head));
	if (!err)
		err = mvc_buf_add(out, e->name, e->name_len);
	if (!err)
		err = mvc_buf_add(
		    out, tail, link ? MVC_LINK_HEAD : MVC_ENTRY_TAIL);
	if (!err && link)
		err = mvc_buf_add(out, e->target, e->target_len);
	return err;
}

int
mvc_tree_encode(struct mvc_buf *out, unsigned level,
    const struct mvc_entry *entries, size_t n)
{
	uint8_t head[MVC_TREE_HEAD] = {(uint8_t)level};
	int err;

	mvc_put32(head + MVC_TREE_COUNT_AT, (uint32_t)n);
	err = mvc_buf_add(out, head, sizeof(head));
	for (size_t i = 0; i < n && !err; i++)
		err = mvc_entry_encode(out, level, &entries[i]);
	return err;
}

static int
name_cmp_of(const struct mvc_entry *a, const struct mvc_entry *b)
{
	return mvc_name_cmp(a->name, a->name_len, b->name, b->name_len);
}

const struct mvc_entry *
mvc_tree_old_of(
    const struct mvc_tree_node *old, size_t *at, const struct mvc_entry *e)
{
	while (*at < old->n && name_cmp_of(&old->entries[*at], e) < 0)
		(*at)++;
	if (*at == old->n || old->entries[*at].kind != e->kind)
		return NULL;
	if (e->kind != MVC_ENTRY_NODE && name_cmp_of(&old->entries[*at], e))
		return NULL;
	return &old->entries[*at];
}
