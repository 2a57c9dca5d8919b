/*
 * Two names of a tree that are one to this file system: refused before
 * anything is written, since the second would replace the first.
 */
#include "work/checkout_priv.h"

#include "tree/walk.h"
#include "util/trace.h"
#include "work/fold.h"

#include <fcntl.h>

#include "util/banned.h"

struct collide {
	struct checkout *c;
	const struct co_root *r;
	struct mvc_buf path; /* scratch */
	struct mvc_names levels[MVC_DEPTH_MAX + 1]; /* of the folders open */
	size_t depth;
};

/* Git's word, or the one name that is always there. */
static bool
folds(const struct checkout *c)
{
	struct stat a, b;

	if (c->w->repo->ignorecase)
		return true;
	return fstatat(c->w->top, ".git", &a, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fstatat(c->w->top, ".GIT", &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The folder's names are all known. */
static int
close_level(struct collide *k, const char *path)
{
	struct mvc_names *l = &k->levels[k->depth];
	size_t i;
	int err = MVC_OK;

	if (mvc_fold_find(&i, (const char **)l->v, l->n))
		err = mvc_fail(MVC_EINVALID,
		    "%s%s%s: %s and %s are one name to this file system, so "
		    "nothing was changed: rename one of them, or leave one "
		    "out with mvc sparse",
		    k->r->path, *path ? "/" : "", path, l->v[i], l->v[i + 1]);
	mvc_names_release(l);
	return err;
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct collide *k = arg;
	MVC_OWN_MEM char *name = NULL;
	bool is_dir = e->kind == MVC_ENTRY_DIR;
	int err;

	mvc_buf_clear(&k->path);
	err = mvc_buf_addf(&k->path, "%s/%s", k->r->path, path);
	if (err)
		return err;
	if (!is_dir && !mvc_sparse_wants(k->c->w->sparse, k->path.data, false))
		return MVC_OK;
	name = strndup(e->name, e->name_len);
	err = name ? mvc_names_add(&k->levels[k->depth], name)
		   : mvc_fail(MVC_ENOMEM, "no memory");
	if (!err && is_dir && ++k->depth > MVC_DEPTH_MAX)
		err = mvc_fail(MVC_ETOOBIG, "%s: too deep", k->path.data);
	return err;
}

static int
on_leave(void *arg, const char *path)
{
	struct collide *k = arg;
	int err = close_level(k, path);

	k->depth--;
	return err;
}

static int
look_at(struct collide *k)
{
	static const struct mvc_walk_ops ops = {
	    .entry = on_entry, .leave = on_leave};
	int err;

	k->depth = 0;
	err = mvc_tree_walk(
	    mvc_store_source(k->c->w->store), &k->r->oid, &ops, k);
	/* What cannot be read is not written. */
	if (err == MVC_ENOTFOUND || err == MVC_ECORRUPT)
		err = MVC_OK;
	else if (!err)
		err = close_level(k, "");
	for (size_t i = 0; i <= MVC_DEPTH_MAX; i++)
		mvc_names_release(&k->levels[i]);
	return err;
}

int
co_collide(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	MVC_OWN_MEM struct collide *k = NULL;
	int err = MVC_OK;

	if (!folds(c))
		return MVC_OK;
	k = calloc(1, sizeof(*k));
	if (!k)
		return mvc_fail(MVC_ENOMEM, "no memory");
	k->c = c;
	k->path = (struct mvc_buf)MVC_BUF_INIT(1 << 20);
	for (size_t i = 0; !err && i < c->n; i++) {
		k->r = &c->roots[i];
		/* What lies here already, does. */
		if (k->r->kind == MVC_ENTRY_DIR && !k->r->broken &&
		    !(k->r->had_record && !k->r->was_partial &&
			mvc_oid_eq(&k->r->base, &k->r->oid)))
			err = look_at(k);
	}
	mvc_buf_release(&k->path);
	mvc_trace_end(c->w->ctx->trace, start, "checkout.collide", c->n, 0);
	return err;
}
