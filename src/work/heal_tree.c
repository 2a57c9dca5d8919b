/*
 * A data set whose trees were lost, made anew from the work tree: all of it is
 * read and stored again. It counts only if the same tree comes of it.
 */
#include "work/heal.h"
#include "store/ingest.h"
#include "tree/edit.h"
#include "work/scan.h"

#include "util/banned.h"

struct thing {
	struct thing *next;
	char *path; /* in the data set */
	char *target;
	enum mvc_entry_kind kind;
};

struct growing {
	struct mvc_ingest *ingest;
	struct mvc_tree_edit *edit;
	size_t prefix; /* of paths: the root and its '/' */
	struct thing *things; /* all, until the end; of the scan's thread */
};

static struct thing *
thing_new(struct growing *g, const char *path, enum mvc_entry_kind kind)
{
	struct thing *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->kind = kind;
	t->next = g->things;
	g->things = t;
	t->path = strdup(path + g->prefix);
	return t->path ? t : NULL;
}

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
on_done(void *arg, void *user, const struct mvc_ingested *res)
{
	struct growing *g = arg;
	struct thing *t = user;
	struct mvc_entry e = {.kind = t->kind};

	if (t->kind == MVC_ENTRY_LINK) {
		e.target = t->target;
		e.target_len = strlen(t->target);
		e.files = 1;
	} else if (t->kind != MVC_ENTRY_DIR) {
		if (res->err)
			return mvc_fail(res->err, "%s: %s", t->path, res->text);
		e.size = res->size;
		e.id = res->oid;
		e.files = 1;
	}
	return mvc_tree_edit_set(g->edit, t->path, &e);
}

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct growing *g = arg;
	struct thing *t;

	(void)cached;
	if (!empty || strlen(path) < g->prefix)
		return MVC_OK;
	t = thing_new(g, path, MVC_ENTRY_DIR);
	return t ? mvc_ingest_pass(g->ingest, t) : no_memory();
}

static int
on_file(void *arg, const struct mvc_scanned *s)
{
	struct growing *g = arg;
	struct thing *t;

	if (strlen(s->path) < g->prefix)
		return mvc_fail(MVC_ENOTFOUND, "%s is no folder", s->path);
	t = thing_new(g, s->path, s->now.kind);
	if (!t)
		return no_memory();
	if (!s->target)
		return mvc_ingest_file(
		    g->ingest, s->dir, s->name, s->now.size, t);
	t->target = strdup(s->target);
	return t->target ? mvc_ingest_pass(g->ingest, t) : no_memory();
}

static int
scan(struct growing *g, struct mvc_ctx *ctx, struct mvc_repo *r, int top,
    const char *root)
{
	static const struct mvc_scan_ops ops = {
	    .enter = on_enter, .file = on_file};
	MVC_OWN(mvc_statcache) *cache = NULL;
	MVC_OWN(mvc_scan) *s = NULL;
	struct mvc_scan_opts o = {
	    .ctx = ctx, .worktree = top, .trust_mode = r->filemode};
	int err;

	err = mvc_statcache_open(&cache, r->gitdir);
	o.cache = cache;
	if (!err)
		err = mvc_scan_new(&s, &o, &ops, g);
	if (!err)
		err = mvc_scan_root(s, root, strlen(root), NULL);
	return err ? err : mvc_scan_wait(s);
}

static void
release(struct growing *g)
{
	mvc_ingest_free(g->ingest);
	mvc_tree_edit_free(g->edit);
	while (g->things) {
		struct thing *t = g->things;

		g->things = t->next;
		free(t->path);
		free(t->target);
		free(t);
	}
}

int
mvc_heal_tree(struct mvc_ctx *ctx, struct mvc_repo *r, struct mvc_writer *w,
    int top, const char *root, const struct mvc_oid *oid, bool *healed)
{
	struct growing g = {.prefix = strlen(root) + 1};
	struct mvc_oid now;
	uint64_t size, files;
	int err;

	*healed = false;
	err = mvc_tree_edit_new(&g.edit, NULL, mvc_writer_sink(w), NULL);
	if (!err)
		err = mvc_ingest_new(&g.ingest, ctx, w, on_done, &g);
	if (!err)
		err = scan(&g, ctx, r, top, root);
	if (!err)
		err = mvc_ingest_wait(g.ingest);
	if (!err)
		err = mvc_tree_edit_finish(g.edit, &now, &size, &files);
	*healed = !err && mvc_oid_eq(&now, oid);
	release(&g);
	return err;
}
