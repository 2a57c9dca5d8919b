#include "bundle/export.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "tree/walk.h"
#include "util/banned.h"

struct export
{
	struct mvc_archive_writer *w;
	struct mvc_ctx *ctx;
	struct mvc_store *store;
	struct mvc_buf path, bytes;
	size_t prefix; /* of path */
	struct mvc_digest digest;
};

static int
on_run(void *arg, const void *p, size_t n, uint64_t off)
{
	struct export *x = arg;

	(void)off;
	mvc_digest_update(&x->digest, p, n);
	atomic_fetch_add(&x->ctx->progress.bytes, n);
	return mvc_archive_writer_put(x->w, p, n);
}

static int
write_large(struct export *x, const struct mvc_entry *e)
{
	struct mvc_oid is;
	int err = mvc_digest_init(&x->digest);

	if (err)
		return err;
	err = mvc_blob_range(x->store, &e->id, e->size, 0, e->size, on_run, x);
	if (!err)
		mvc_digest_final(&x->digest, &is);
	mvc_digest_release(&x->digest);
	if (!err && !mvc_oid_eq(&is, &e->id))
		err =
		    mvc_fail(MVC_ECORRUPT, "its recipe is damaged (mvc fsck)");
	return err;
}

static int
write_small(struct export *x, const struct mvc_entry *e)
{
	int err = mvc_blob_get(x->store, &e->id, e->size, &x->bytes);

	if (err)
		return err;
	atomic_fetch_add(&x->ctx->progress.bytes, x->bytes.len);
	return mvc_archive_writer_put(x->w, x->bytes.data, x->bytes.len);
}

static int
write_entry(struct export *x, const char *path, const struct mvc_entry *e)
{
	int err = mvc_archive_writer_add(x->w, path, e);

	if (err || e->kind == MVC_ENTRY_DIR || e->kind == MVC_ENTRY_LINK)
		return err;
	err = e->size > MVC_BLOB_SMALL ? write_large(x, e) : write_small(x, e);
	atomic_fetch_add(&x->ctx->progress.items, 1);
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct export *x = arg;
	int err;

	x->path.len = x->prefix;
	err = mvc_buf_add_str(&x->path, path);
	return err ? err : write_entry(x, x->path.data, e);
}

static int export(struct export *x, const char *path, const struct mvc_entry *e)
{
	static const struct mvc_walk_ops ops = {.entry = on_entry};
	int err = MVC_OK;

	if (*path)
		err = write_entry(x, path, e);
	if (err || e->kind != MVC_ENTRY_DIR)
		return err;
	if (*path)
		err = mvc_buf_addf(&x->path, "%s/", path);
	x->prefix = x->path.len;
	if (!err)
		err =
		    mvc_tree_walk(mvc_store_source(x->store), &e->id, &ops, x);
	return err;
}

int
mvc_archive_export(struct mvc_archive_writer *w, struct mvc_ctx *ctx,
    struct mvc_store *s, const char *path, const struct mvc_entry *e)
{
	struct export x = {.w = w,
	    .ctx = ctx,
	    .store = s,
	    .path = MVC_BUF_INIT(1 << 20),
	    .bytes = MVC_BUF_INIT(MVC_BLOB_SMALL)};
	int err = export(&x, path, e);

	mvc_buf_release(&x.path);
	mvc_buf_release(&x.bytes);
	return err;
}
