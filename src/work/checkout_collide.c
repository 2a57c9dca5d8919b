/*
 * Two names of a tree that are one to this file system: refused before
 * anything is written, since the second would replace the first.
 */
#include "work/checkout_priv.h"

#include "tree/walk.h"
#include "util/trace.h"
#include "work/fold.h"
#include "work/typed.h"

#include <fcntl.h>

#include "util/banned.h"

struct collide {
	struct checkout *c;
	const struct co_root *r;
	struct mvc_buf path; /* scratch */
	/* Of the folders open: the names that shall be here. */
	struct mvc_names levels[MVC_DEPTH_MAX + 1];
	bool wanted[MVC_DEPTH_MAX + 1]; /* whatever is in it */
	size_t depth;
};

/* Git's word, or the one name that is always there. */
static bool
folds(const struct checkout *c)
{
	struct stat st;

	if (c->w->repo->ignorecase)
		return true;
	return fstatat(c->w->top, ".GIT", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !mvc_typed_listed(c->w->top, ".GIT");
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
		    "out: mvc sparse %s '!%s%s%s/%s'",
		    k->r->path, *path ? "/" : "", path, l->v[i], l->v[i + 1],
		    k->c->w->sparse ? "add" : "set '/*'", k->r->path,
		    *path ? "/" : "", path, l->v[i + 1]);
	mvc_names_release(l);
	return err;
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct collide *k = arg;
	MVC_OWN_MEM char *name = NULL;
	bool is_dir = e->kind == MVC_ENTRY_DIR, wants;
	int err;

	mvc_buf_clear(&k->path);
	err = mvc_buf_addf(&k->path, "%s/%s", k->r->path, path);
	if (err)
		return err;
	wants = mvc_sparse_wants(k->c->w->sparse, k->path.data, is_dir);
	if (is_dir && ++k->depth > MVC_DEPTH_MAX)
		return mvc_fail(MVC_ETOOBIG, "%s: too deep", k->path.data);
	if (is_dir)
		k->wanted[k->depth] = wants && !e->files;
	if (is_dir || !wants)
		return MVC_OK;
	name = strndup(e->name, e->name_len);
	return name ? mvc_names_add(&k->levels[k->depth], name)
		    : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
on_leave(void *arg, const char *path)
{
	struct collide *k = arg;
	const char *slash = strrchr(path, '/');
	bool wanted = k->wanted[k->depth] || k->levels[k->depth].n;
	int err = close_level(k, path);

	k->depth--;
	if (!err && wanted)
		err = mvc_names_add(
		    &k->levels[k->depth], slash ? slash + 1 : path);
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

/* Git has put one of their pointers, under both names. */
static int
roots_collide(struct checkout *c)
{
	const char **names = calloc(c->n + 1, sizeof(*names));
	size_t n = 0, i;
	int err = MVC_OK;

	if (!names)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (i = 0; i < c->n; i++)
		if (!c->roots[i].gone)
			names[n++] = c->roots[i].path;
	if (mvc_fold_find(&i, names, n))
		err = mvc_fail(MVC_EINVALID,
		    "%s and %s are one name to this file system, so nothing "
		    "was changed: rename one of them where both can be (mvc "
		    "mv), or check out what you need by its path",
		    names[i], names[i + 1]);
	free(names);
	return err;
}

int
co_collide(struct checkout *c)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	MVC_OWN_MEM struct collide *k = NULL;
	int err = MVC_OK;

	c->folds = folds(c);
	if (!c->folds)
		return MVC_OK;
	err = roots_collide(c);
	if (err)
		return err;
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
