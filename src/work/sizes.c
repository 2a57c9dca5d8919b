#include "work/sizes.h"
#include "chunk/codec.h"
#include "chunk/cutter.h"
#include "object/recipe.h"
#include "store/blob.h"
#include "store/reach.h"
#include "util/banned.h"

#include <inttypes.h>

struct adding {
	struct mvc_sizes *out;
	struct mvc_store *store;
	struct mvc_tally *seen;
};

static int
add_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct adding *a = arg;
	struct mvc_tallied is;
	int err;

	err = mvc_tally_object(&is, a->seen, kind, id, true);
	if (err)
		return err;
	if (is.was)
		return MVC_REACH_SKIP;
	a->out->stored += is.packed;
	a->out->missing += !is.there;
	return is.there ? MVC_OK : MVC_REACH_SKIP;
}

static int
which(void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	struct adding *a = arg;
	bool has = false;
	int err = MVC_OK;

	if (size <= MVC_CHUNK_MAX)
		err = mvc_store_has(a->store, MVC_CHUNK, id, &has);
	*kind = has ? MVC_CHUNK : MVC_RECIPE;
	return err;
}

int
mvc_sizes_add(struct mvc_sizes *out, struct mvc_store *s,
    const struct mvc_entry *e, struct mvc_tally *seen)
{
	static const struct mvc_reach_ops ops = {
	    .object = add_object, .which = which};
	struct adding a = {out, s, seen};

	out->size += e->size;
	out->files += e->files;
	if (e->kind == MVC_ENTRY_LINK)
		return MVC_OK;
	return mvc_reach(mvc_store_source(s), e->kind == MVC_ENTRY_DIR, &e->id,
	    e->size, &ops, &a);
}

struct chunks {
	uint64_t *bytes;
	struct mvc_tally *seen;
};

static int
add_chunk(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	struct chunks *c = arg;
	struct mvc_tallied is;
	int err;

	err = mvc_tally_object(&is, c->seen, MVC_CHUNK, chunk, true);
	if (!err && !is.was)
		*c->bytes += len;
	return err;
}

int
mvc_sizes_chunks(uint64_t *bytes, bool *known, struct mvc_store *s,
    const struct mvc_entry *e, struct mvc_tally *seen)
{
	struct adding a = {.store = s};
	struct chunks c = {bytes, seen};
	enum mvc_kind kind;
	uint64_t before = *bytes;
	int err;

	*known = true;
	if (e->kind == MVC_ENTRY_LINK || e->size == 0)
		return MVC_OK;
	err = which(&a, &e->id, e->size, &kind);
	if (!err && kind == MVC_CHUNK)
		return add_chunk(&c, &e->id, 0, (uint32_t)e->size);
	if (!err)
		err = mvc_recipe_chunks(
		    mvc_store_source(s), &e->id, 0, e->size, add_chunk, &c);
	if (err == MVC_ENOTFOUND) {
		*known = false;
		*bytes = before;
		err = MVC_OK;
	}
	return err;
}

static int
tree_sums(uint64_t *size, uint64_t *files, struct mvc_store *s,
    const struct mvc_oid *id)
{
	MVC_SCOPED(mvc_buf) bytes = MVC_BUF_INIT(MVC_OBJECT_MAX);
	struct mvc_tree_node node;
	int err;

	err = mvc_store_get(s, MVC_TREE, id, &bytes);
	if (!err)
		err = mvc_tree_decode(&node, bytes.data, bytes.len);
	if (err)
		return err;
	*size = node.size;
	*files = node.files;
	mvc_tree_node_release(&node);
	return MVC_OK;
}

int
mvc_sizes_check(
    struct mvc_pointer *p, struct mvc_store *s, const char *pointer_path)
{
	uint64_t size = 0, files = 1, said = p->size, said_files = p->files;
	int n = (int)(strlen(pointer_path) - strlen(MVC_POINTER_SUFFIX));
	int err;

	if (p->type == MVC_POINTER_TREE)
		err = tree_sums(&size, &files, s, &p->oid);
	else
		err = mvc_blob_size(&size, s, &p->oid);
	if (err == MVC_ENOMEM || err == MVC_EIO)
		return err;
	if (err || (size == said && files == said_files))
		return MVC_OK;
	p->size = size;
	p->files = files;
	if (size != said)
		return mvc_fail(MVC_EINVALID,
		    "%s says size %" PRIu64 ", and its content has %" PRIu64
		    ": restore it from Git, or mvc add %.*s",
		    pointer_path, said, size, n, pointer_path);
	return mvc_fail(MVC_EINVALID,
	    "%s says files %" PRIu64 ", and its content has %" PRIu64
	    ": restore it from Git, or mvc add %.*s",
	    pointer_path, said_files, files, n, pointer_path);
}
