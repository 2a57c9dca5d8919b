#include "work/checkout_priv.h"

#include "tree/diff.h"
#include "util/beneath.h"
#include "util/trace.h"
#include "work/base.h"
#include "work/tidy.h"

#include "util/banned.h"

static bool
is_whole(const struct co_root *r)
{
	return !strcmp(r->parts.v[0], r->path);
}

/* 1 for a path that is neither in one of the root's parts, nor a folder on the
 * way to one. */
static int
beside_parts(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	const struct co_root *r = arg;
	const struct mvc_entry *e = a ? a : b;
	size_t n = strlen(path), root = strlen(r->path) + 1;

	for (size_t i = 0; i < r->parts.n; i++) {
		const char *part = r->parts.v[i] + root;
		size_t m = strlen(part);

		if (!strcmp(path, part) || mvc_statpath_below(path, n, part, m))
			return 0;
		if (e->kind == MVC_ENTRY_DIR && (!a || !b) &&
		    mvc_statpath_below(part, m, path, n))
			return 0;
	}
	return 1;
}

/* Whether the version that was here and the pointer's differ in the parts
 * alone: then the root is of the pointer's now. */
static bool
differs_in_parts(struct checkout *c, struct co_root *r)
{
	static const struct mvc_diff_ops ops = {.entry = beside_parts};

	return !mvc_tree_diff(
	    mvc_store_source(c->w->store), &r->base, &r->oid, &ops, r);
}

/* What the stat cache shall say lies at the root. */
static int
record(struct checkout *c, struct co_root *r, bool finished)
{
	struct mvc_oid oid = r->oid;
	unsigned partial;

	/* What could not be read is still as it was put. */
	finished = finished && !r->unread;
	partial = r->partial || !finished ? MVC_STAT_PARTIAL : 0;
	if (r->kind != MVC_ENTRY_DIR || r->broken || !r->parts_done)
		return MVC_OK;
	if (!finished || !is_whole(r))
		partial |= r->was_partial;
	if (!is_whole(r) && !r->had_record)
		partial |= MVC_STAT_PARTIAL;
	/* What lies beside the parts, or was not come to, is as it was. */
	if (r->had_record && !mvc_oid_eq(&r->base, &r->oid) &&
	    (!finished || (!is_whole(r) && !differs_in_parts(c, r)))) {
		oid = r->base;
		/* Whichever is wanted next, parts of it are of another. */
		if (!finished)
			memset(&oid, 0, sizeof(oid));
		partial |= MVC_STAT_PART;
	}
	if (r->had_record && mvc_oid_eq(&oid, &r->base) &&
	    partial == r->was_partial)
		return MVC_OK;
	return mvc_statupdate_root(c->update, r->path, &oid, partial);
}

/* Also after a failure: what was done is known then. */
static int
commit(struct checkout *c, bool finished)
{
	uint64_t start = mvc_trace_start(c->w->ctx->trace);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < c->n; i++)
		err = record(c, &c->roots[i], finished);
	if (!err)
		err = mvc_statupdate_commit(c->update);
	mvc_trace_end(c->w->ctx->trace, start, "checkout.cache", c->n, 0);
	return err;
}

/* What is there as data of others, of another branch, is known as theirs. */
static int
settle(struct checkout *c)
{
	size_t n = 0, all = c->n + c->n_others;
	MVC_OWN_MEM struct mvc_stat_entry *v = calloc(all + 1, sizeof(*v));

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < c->n_others; i++)
		v[n++] = c->others[i].record;
	for (size_t i = 0; i < c->n; i++)
		if (!c->roots[i].gone)
			v[n++] = c->roots[i].record;
	return mvc_base_settle(c->w, v, n);
}

static int
write_all(struct checkout *c)
{
	MVC_OWN_MEM char *text = NULL;
	int err, cache_err;

	if (c->o->dry_run)
		return co_execute(c);
	err = settle(c);
	if (!err)
		err = mvc_statupdate_new(&c->update, c->w->cache);
	if (!err && c->steps)
		err = co_intent_begin(c, c->roots, c->n);
	/* Which syncs the folder that both are in. */
	if (!err && c->puts)
		err = mvc_settle_begin(&c->settle, c->w->repo->gitdir);
	if (err) {
		co_intent_end(c, true);
		return err;
	}
	err = co_execute(c);
	if (err)
		text = strdup(mvc_error_text());
	cache_err = commit(c, !err);
	co_intent_end(c, !cache_err);
	if (err)
		return mvc_error_adopt(err, text ? text : "no memory");
	if (cache_err)
		return mvc_fail_prefix(cache_err,
		    "the data is here, but not recorded as such: run the "
		    "same again");
	if (c->puts || (c->all && mvc_settle_doubts_any(&c->settle)))
		err = mvc_settle_end(&c->settle, c->w->repo->gitdir, c->all);
	return err;
}

static int
report_broken(struct checkout *c, struct co_root *r)
{
	struct mvc_checkout_path p = {.what = MVC_CHECKOUT_MISSING,
	    .root = r->path,
	    .path = r->path,
	    .kind = r->kind,
	    .size = r->size,
	    .oid = r->oid,
	    .text = r->broken};

	r->sums.missing++;
	return c->ops->path ? c->ops->path(c->ops->arg, &p) : MVC_OK;
}

static int
report_roots(struct checkout *c)
{
	bool found = false;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < c->n; i++) {
		struct co_root *r = &c->roots[i];

		if (r->broken)
			err = report_broken(c, r);
		if (!err && c->ops->root)
			err = c->ops->root(
			    c->ops->arg, r->path, &r->sums, r->gone);
		found = found || r->sums.kept || r->sums.missing;
	}
	if (!err && found)
		err = mvc_fail(MVC_EFINDING, "not all is as the pointers say");
	return err;
}

static void
release_root(struct co_root *r)
{
	free(r->path);
	free(r->broken);
	mvc_names_release(&r->parts);
}

/* What a killed mvc left of pointers and .gitignore files; the one that is
 * writing some needs no minute. */
static void
tidy_beside(const struct checkout *c)
{
	struct mvc_tidy t = {.ctx = c->w->ctx, .act = true, .idle = 60};
	const char *name, *last = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const char *path = c->roots[i].path;
		const char *slash = strrchr(path, '/');
		size_t n = slash ? (size_t)(slash - path) + 1 : 0;
		MVC_OWN_FD int folder = -1;

		if (last && !strncmp(last, path, n) && !strchr(last + n, '/'))
			continue;
		last = path;
		if (!mvc_beneath_parent(&folder, &name, c->w->top, path, false))
			mvc_tidy_folder(&t, folder, ".", false);
	}
}

static bool
overlap(const struct co_root *a, const struct co_root *b)
{
	size_t n = strlen(a->path), m = strlen(b->path);

	return mvc_statpath_below(a->path, n, b->path, m) ||
	    mvc_statpath_below(b->path, m, a->path, n);
}

/* Whether data whose pointer went lies where data of another root belongs: d
 * was one data set, and is d/a and d/b now. */
static bool
is_in_way(const struct checkout *c)
{
	for (size_t i = 0; i < c->n; i++)
		for (size_t j = 0; c->roots[i].gone && j < c->n; j++)
			if (!c->roots[j].gone &&
			    overlap(&c->roots[i], &c->roots[j]))
				return true;
	return false;
}

/* Then it goes in a run of its own, so that a path is of one root at a time. */
static int
leave_gone(struct checkout *c)
{
	size_t kept = 0;

	c->others = calloc(c->n, sizeof(*c->others));
	if (!c->others)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < c->n; i++) {
		if (c->roots[i].gone)
			c->roots[kept++] = c->roots[i];
		else
			c->others[c->n_others++] = c->roots[i];
	}
	c->n = kept;
	c->again = true;
	c->all = false;
	return MVC_OK;
}

static int
run(struct checkout *c, const char *const *paths, size_t n)
{
	struct stat st;
	int err;

	if (fstat(c->w->top, &st) < 0)
		return mvc_fail_errno("look at the work tree");
	c->block = st.st_blksize > 0 ? (int)st.st_blksize : 4096;
	mvc_settle_read(&c->settle, c->w->repo->gitdir);
	err = c->o->dry_run ? MVC_OK : co_intent_adopt(c);
	if (!err)
		err = mvc_index_open(&c->idx, c->w->repo);
	if (!err)
		err = co_rename(c, paths, n);
	if (!err)
		err = co_resolve(c, paths, n);
	if (!err && !c->o->dry_run)
		tidy_beside(c);
	if (!err && is_in_way(c))
		err = leave_gone(c);
	if (!err)
		err = co_spool_new(&c->targets, c->w->repo->gitdir);
	if (!err)
		err = co_spool_new(&c->plan, c->w->repo->gitdir);
	if (!err)
		err = co_targets(c);
	if (!err)
		err = co_collide(c);
	if (!err)
		err = co_plan(c);
	if (!err)
		err = co_room(c);
	if (!err)
		err = write_all(c);
	return err ? err : report_roots(c);
}

static int
once(bool *again, struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_checkout_opts *opts, const struct mvc_checkout_ops *ops)
{
	struct checkout c = {.w = w,
	    .o = opts,
	    .ops = ops,
	    .all = !n,
	    .second = *again,
	    .intent = -1};
	int err = run(&c, paths, n);

	*again = c.again;
	mvc_index_free(c.idx);
	mvc_names_release(&c.passed);
	co_spool_free(c.targets);
	co_spool_free(c.plan);
	mvc_statupdate_free(c.update);
	for (size_t i = 0; i < c.n; i++)
		release_root(&c.roots[i]);
	for (size_t i = 0; i < c.n_others; i++)
		release_root(&c.others[i]);
	free(c.roots);
	free(c.others);
	return err;
}

int
mvc_checkout(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_checkout_opts *opts, const struct mvc_checkout_ops *ops)
{
	bool again = false;
	int found = once(&again, w, paths, n, opts, ops), err;

	if (!again || (found && found != MVC_EFINDING))
		return found;
	mvc_statcache_free(MVC_TAKE(w->cache));
	err = mvc_statcache_open(&w->cache, w->repo->gitdir);
	if (!err)
		err = once(&again, w, paths, n, opts, ops);
	return err || !found
	    ? err
	    : mvc_fail(MVC_EFINDING, "not all is as the pointers say");
}
