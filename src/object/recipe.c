/*
 * The builder keeps one unfinished list a level. A list that is complete by
 * the rule is turned into a part only when something follows it, because the
 * last list of all is the recipe's own and no part.
 */
#include "object/recipe.h"

#include "chunk/codec.h"
#include "chunk/cutter.h"
#include "hash/digest.h"
#include "object/format.h"
#include "util/bytes.h"

#include "util/banned.h"

/* A whole list of entries, and the count of a recipe's sections. */
#define RECIPE_BYTES (MVC_RECIPE_HEAD + MVC_RECIPE_MAX * MVC_RECIPE_ENTRY + 4)

static const char *
kind_name(enum mvc_kind kind)
{
	return kind == MVC_RECIPE ? "recipe" : "part of a recipe";
}

static int
corrupt(enum mvc_kind kind, const char *what)
{
	return mvc_fail(
	    MVC_ECORRUPT, "a %s is damaged: %s", kind_name(kind), what);
}

void
mvc_recipe_node_release(struct mvc_recipe_node *r)
{
	free(r->entries);
	memset(r, 0, sizeof(*r));
}

static int
check_version(enum mvc_kind kind, const uint8_t *p)
{
	if (p[0] == 0)
		return corrupt(kind, "its version is 0");
	if (p[0] != MVC_RECIPE_VERSION || mvc_get16(p + MVC_RECIPE_FLAGS_AT))
		return mvc_fail(MVC_EVERSION,
		    "a %s is of a later version of mvc: upgrade to read it",
		    kind_name(kind));
	if (p[MVC_RECIPE_LEVEL_AT] >= MVC_RECIPE_LEVELS)
		return corrupt(kind, "its level is out of bounds");
	return MVC_OK;
}

static int
decode_entries(struct mvc_recipe_node *r, enum mvc_kind kind, const uint8_t *p)
{
	uint64_t left = r->size;

	for (size_t i = 0; i < r->n; i++) {
		struct mvc_recipe_entry *e = &r->entries[i];

		memcpy(e->id.b, p, MVC_OID_SIZE);
		p += MVC_OID_SIZE;
		e->len = r->level ? mvc_get64(p) : mvc_get32(p);
		p += r->level ? 8 : 4;
		if (!e->len || (!r->level && e->len > MVC_CHUNK_MAX))
			return corrupt(kind, "an entry's length is off");
		if (e->len > left)
			return corrupt(kind, "its lengths pass its size");
		left -= e->len;
	}
	if (left)
		return corrupt(kind, "its lengths are below its size");
	return MVC_OK;
}

static int
check_sections(const uint8_t *p, size_t n)
{
	uint32_t count;

	if (n < 4)
		return corrupt(MVC_RECIPE, "it is cut short");
	count = mvc_get32(p);
	p += 4;
	n -= 4;
	for (; count; count--) {
		uint32_t len;

		if (n < MVC_SECTION_HEAD)
			return corrupt(MVC_RECIPE, "a section is cut short");
		len = mvc_get32(p + 4);
		n -= MVC_SECTION_HEAD;
		if (len > n)
			return corrupt(MVC_RECIPE, "a section is cut short");
		p += MVC_SECTION_HEAD + len;
		n -= len;
	}
	return n ? corrupt(MVC_RECIPE, "bytes follow its end") : MVC_OK;
}

/* The bytes after the entries. */
static int
check_tail(enum mvc_kind kind, const uint8_t *p, size_t n)
{
	if (kind == MVC_RECIPE)
		return check_sections(p, n);
	return n ? corrupt(kind, "bytes follow its end") : MVC_OK;
}

static int
decode(
    struct mvc_recipe_node *r, enum mvc_kind kind, const uint8_t *p, size_t n)
{
	size_t each;
	int err;

	if (n < MVC_RECIPE_HEAD)
		return corrupt(kind, "it is cut short");
	err = check_version(kind, p);
	if (err)
		return err;
	r->level = p[MVC_RECIPE_LEVEL_AT];
	r->size = mvc_get64(p + MVC_RECIPE_SIZE_AT);
	r->n = mvc_get32(p + MVC_RECIPE_COUNT_AT);
	p += MVC_RECIPE_HEAD;
	n -= MVC_RECIPE_HEAD;
	each = r->level ? MVC_RECIPE_ENTRY : MVC_RECIPE_ENTRY0;
	if (!r->n || r->n > MVC_RECIPE_MAX || r->n > n / each)
		return corrupt(kind, "its count is out of bounds");
	err = check_tail(kind, p + r->n * each, n - r->n * each);
	if (err)
		return err;
	r->entries = malloc(r->n * sizeof(*r->entries));
	if (!r->entries)
		return mvc_fail(MVC_ENOMEM, "no memory for a recipe");
	return decode_entries(r, kind, p);
}

int
mvc_recipe_decode(
    struct mvc_recipe_node *out, enum mvc_kind kind, const void *p, size_t n)
{
	int err;

	memset(out, 0, sizeof(*out));
	err = decode(out, kind, p, n);
	if (err)
		mvc_recipe_node_release(out);
	return err;
}

struct list {
	struct mvc_recipe_entry *entries; /* room for MVC_RECIPE_MAX */
	size_t n;
	uint64_t size;
	bool more; /* a part of this level was put already */
};

struct mvc_recipe_builder {
	struct mvc_sink sink;
	struct list lists[MVC_RECIPE_LEVELS];
	struct mvc_buf bytes;
};

int
mvc_recipe_builder_new(
    struct mvc_recipe_builder **out, const struct mvc_sink *sink)
{
	struct mvc_recipe_builder *b = calloc(1, sizeof(*b));

	*out = b;
	if (!b)
		return mvc_fail(MVC_ENOMEM, "no memory for a recipe");
	b->sink = *sink;
	b->bytes.max = RECIPE_BYTES;
	return MVC_OK;
}

void
mvc_recipe_builder_free(struct mvc_recipe_builder *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < MVC_RECIPE_LEVELS; i++)
		free(b->lists[i].entries);
	mvc_buf_release(&b->bytes);
	free(b);
}

static bool
list_is_complete(const struct list *l)
{
	const struct mvc_recipe_entry *last;

	if (l->n < MVC_RECIPE_MIN)
		return false;
	if (l->n == MVC_RECIPE_MAX)
		return true;
	last = &l->entries[l->n - 1];
	return (mvc_get16(last->id.b) & 0x1ff) == 0;
}

static int
encode(struct mvc_buf *out, unsigned level, const struct list *l)
{
	uint8_t head[MVC_RECIPE_HEAD] = {MVC_RECIPE_VERSION, (uint8_t)level};
	int err;

	mvc_buf_clear(out);
	mvc_put64(head + MVC_RECIPE_SIZE_AT, l->size);
	mvc_put32(head + MVC_RECIPE_COUNT_AT, (uint32_t)l->n);
	err = mvc_buf_add(out, head, sizeof(head));
	for (size_t i = 0; i < l->n && !err; i++) {
		uint8_t entry[MVC_RECIPE_ENTRY];

		memcpy(entry, l->entries[i].id.b, MVC_OID_SIZE);
		/* At level 0 the high half, 0, is left out. */
		mvc_put64(entry + MVC_OID_SIZE, l->entries[i].len);
		err = mvc_buf_add(
		    out, entry, level ? MVC_RECIPE_ENTRY : MVC_RECIPE_ENTRY0);
	}
	return err;
}

static int list_add(struct mvc_recipe_builder *b, unsigned level,
    const struct mvc_recipe_entry *e);

/* The list becomes a part, an entry of the level above. */
static int
put_part(struct mvc_recipe_builder *b, unsigned level)
{
	struct list *l = &b->lists[level];
	struct mvc_recipe_entry up = {.len = l->size};
	int err;

	err = encode(&b->bytes, level, l);
	if (err)
		return err;
	mvc_blake3_derive(
	    &up.id, MVC_RECIPE_CONTEXT, b->bytes.data, b->bytes.len);
	err = b->sink.put(
	    b->sink.arg, MVC_PART, &up.id, b->bytes.data, b->bytes.len);
	if (err)
		return err;
	l->n = 0;
	l->size = 0;
	l->more = true;
	return list_add(b, level + 1, &up);
}

static int
list_add(struct mvc_recipe_builder *b, unsigned level,
    const struct mvc_recipe_entry *e)
{
	struct list *l;
	int err;

	if (level >= MVC_RECIPE_LEVELS)
		return mvc_fail(MVC_ETOOBIG, "a file has too many chunks");
	l = &b->lists[level];
	if (!l->entries)
		l->entries = malloc(MVC_RECIPE_MAX * sizeof(*l->entries));
	if (!l->entries)
		return mvc_fail(MVC_ENOMEM, "no memory for a recipe");
	if (list_is_complete(l)) {
		err = put_part(b, level);
		if (err)
			return err;
	}
	if (__builtin_add_overflow(l->size, e->len, &l->size))
		return mvc_fail(MVC_ETOOBIG, "a file of 2^64 bytes or more");
	l->entries[l->n++] = *e;
	return MVC_OK;
}

int
mvc_recipe_builder_add(
    struct mvc_recipe_builder *b, const struct mvc_oid *chunk, uint32_t len)
{
	struct mvc_recipe_entry e = {.id = *chunk, .len = len};

	if (!len || len > MVC_CHUNK_MAX)
		return mvc_fail(
		    MVC_EINVALID, "a chunk of %u bytes is not allowed", len);
	return list_add(b, 0, &e);
}

void
mvc_recipe_builder_reset(struct mvc_recipe_builder *b)
{
	for (size_t i = 0; i < MVC_RECIPE_LEVELS; i++) {
		b->lists[i].n = 0;
		b->lists[i].size = 0;
		b->lists[i].more = false;
	}
}

int
mvc_recipe_builder_finish(
    struct mvc_recipe_builder *b, const struct mvc_oid *file)
{
	static const uint8_t no_sections[4];
	unsigned level = 0;
	int err;

	for (; level < MVC_RECIPE_LEVELS && b->lists[level].more; level++) {
		err = put_part(b, level);
		if (err)
			return err;
	}
	if (level >= MVC_RECIPE_LEVELS || !b->lists[level].n)
		return mvc_fail(MVC_EINVALID, "a recipe needs a chunk");
	err = encode(&b->bytes, level, &b->lists[level]);
	if (err)
		return err;
	err = mvc_buf_add(&b->bytes, no_sections, sizeof(no_sections));
	if (err)
		return err;
	mvc_recipe_builder_reset(b);
	return b->sink.put(
	    b->sink.arg, MVC_RECIPE, file, b->bytes.data, b->bytes.len);
}

struct range {
	const struct mvc_source *source;
	uint64_t from, to; /* bytes of the file, to is behind the last */
	int (*each)(
	    void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len);
	void *arg;
};

static int
node_load(struct mvc_recipe_node *out, const struct mvc_source *source,
    enum mvc_kind kind, const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) bytes = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err;

	memset(out, 0, sizeof(*out));
	err = source->get(source->arg, kind, id, &bytes);
	if (err)
		return err;
	return mvc_recipe_decode(out, kind, bytes.data, bytes.len);
}

static int node_chunks(
    const struct range *r, const struct mvc_recipe_node *n, uint64_t at);

static int
part_chunks(const struct range *r, const struct mvc_recipe_entry *e,
    unsigned level, uint64_t at)
{
	MVC_SCOPED(mvc_recipe_node) part;
	int err;

	err = node_load(&part, r->source, MVC_PART, &e->id);
	if (err)
		return err;
	if (part.level != level || part.size != e->len)
		return corrupt(MVC_PART, "it is not what its recipe says");
	return node_chunks(r, &part, at);
}

/* The chunks of the range below a node that begins at byte `at`. */
static int
node_chunks(const struct range *r, const struct mvc_recipe_node *n, uint64_t at)
{
	int err = MVC_OK;

	for (size_t i = 0; i < n->n && at < r->to && !err; i++) {
		const struct mvc_recipe_entry *e = &n->entries[i];

		if (at + e->len <= r->from)
			; /* it ends before the range */
		else if (n->level)
			err = part_chunks(r, e, n->level - 1, at);
		else
			err = r->each(r->arg, &e->id, at, (uint32_t)e->len);
		at += e->len;
	}
	return err;
}

int
mvc_recipe_chunks(const struct mvc_source *source, const struct mvc_oid *file,
    uint64_t off, uint64_t len,
    int (*each)(
	void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len),
    void *arg)
{
	MVC_SCOPED(mvc_recipe_node) recipe;
	struct range r = {source, off, 0, each, arg};
	int err;

	if (__builtin_add_overflow(off, len, &r.to))
		r.to = UINT64_MAX;
	err = node_load(&recipe, source, MVC_RECIPE, file);
	if (err)
		return err;
	return len ? node_chunks(&r, &recipe, 0) : MVC_OK;
}
