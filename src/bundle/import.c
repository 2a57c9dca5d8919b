/*
 *     reader ──► ingest ──► entries ──► sorter ──► tree ──┐
 *                           other names ──► sorter ──► looked up, set ──► tree
 *
 * Other names (hard links) are what the first tree has under the name that
 * they name.
 */
#include "bundle/import.h"

#include "store/ingest.h"
#include "tree/edit.h"
#include "tree/find.h"
#include "tree/sorter.h"
#include "util/trace.h"
#include "work/pointer.h"

#include <pthread.h>
#include "util/banned.h"

/* What each of the two sorters may hold. */
#define SORT_MEMORY ((size_t)24 << 20)
/* Pointers of other tools are this long, or longer by mistake. */
#define FOREIGN_MIN 40

struct item {
	struct item *next, **prev; /* under way */
	enum mvc_entry_kind kind;
	char *path, *target;
};

struct import {
	struct mvc_store *store;
	struct mvc_writer *w;
	struct mvc_archive_reader *r;
	struct mvc_ingest *ingest;
	const struct mvc_archive_entry *now; /* being read */
	pthread_mutex_t lock;
	struct item *items;
	struct mvc_tree_sorter *entries, *others;
	uint64_t n_others;

	struct mvc_tree_edit *edit;
	const struct mvc_oid *first; /* the tree without other names */
	char *last;
	enum mvc_entry_kind last_kind;
};

static void
item_free(struct import *m, struct item *it)
{
	pthread_mutex_lock(&m->lock);
	*it->prev = it->next;
	if (it->next)
		it->next->prev = it->prev;
	pthread_mutex_unlock(&m->lock);
	free(it->path);
	free(it->target);
	free(it);
}

static int
item_new(struct item **out, struct import *m, const struct mvc_archive_entry *e)
{
	struct item *it = calloc(1, sizeof(*it));

	*out = it;
	if (!it)
		return mvc_fail(MVC_ENOMEM, "no memory to import");
	pthread_mutex_lock(&m->lock);
	it->next = m->items;
	it->prev = &m->items;
	if (it->next)
		it->next->prev = &it->next;
	m->items = it;
	pthread_mutex_unlock(&m->lock);
	it->kind = e->kind;
	it->path = strdup(e->path);
	it->target = e->target ? strdup(e->target) : NULL;
	if (!it->path || (e->target && !it->target))
		return mvc_fail(MVC_ENOMEM, "no memory to import");
	return MVC_OK;
}

static int
keep(struct import *m, struct item *it, const struct mvc_ingested *res)
{
	struct mvc_entry e = {.kind = it->kind, .files = 1};

	if (res && res->err)
		return mvc_fail(res->err, "%s: %s", it->path, res->text);
	if (res) {
		e.size = res->size;
		e.id = res->oid;
	}
	if (it->kind == MVC_ENTRY_DIR)
		e.files = 0;
	if (it->target) {
		e.target = it->target;
		e.target_len = strlen(it->target);
	}
	if (it->kind)
		return mvc_tree_sorter_add(m->entries, it->path, &e);
	m->n_others++;
	return mvc_tree_sorter_add(m->others, it->path, &e);
}

static int
on_done(void *arg, void *user, const struct mvc_ingested *res)
{
	struct import *m = arg;
	int err = keep(m, user, res);

	item_free(m, user);
	return err;
}

/* A small file comes in one run. */
static int
on_read(void *arg, void *p, size_t n)
{
	struct import *m = arg;
	enum mvc_foreign foreign;
	int err = mvc_archive_read(m->r, p, n);

	if (err || n != m->now->size || n < FOREIGN_MIN || n > MVC_POINTER_MAX)
		return err;
	foreign = mvc_foreign_of(p, n);
	if (foreign == MVC_FOREIGN_NONE || foreign == MVC_FOREIGN_DVC)
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "%s is only %s: the archive does not have its content",
	    m->now->path, mvc_foreign_name(foreign));
}

static int
take(struct import *m, const struct mvc_archive_entry *e)
{
	struct item *it;
	int err = item_new(&it, m, e);

	if (err)
		return err;
	m->now = e;
	if (e->kind == MVC_ENTRY_FILE || e->kind == MVC_ENTRY_EXEC)
		return mvc_ingest_stream(m->ingest, e->size, on_read, m, it);
	return mvc_ingest_pass(m->ingest, it);
}

static int
read_all(struct import *m)
{
	const struct mvc_archive_entry *e;
	int err;

	do {
		err = mvc_archive_next(&e, m->r);
		if (!err && e)
			err = take(m, e);
	} while (!err && e);
	return err ? err : mvc_ingest_wait(m->ingest);
}

static int
remember(struct import *m, const char *path, enum mvc_entry_kind kind)
{
	free(m->last);
	m->last = strdup(path);
	m->last_kind = kind;
	return m->last ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory to import");
}

static int
twice(const char *path)
{
	return mvc_fail(MVC_EINVALID, "%s is in it twice", path);
}

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct import *m = arg;
	int err;

	if (m->last && !strcmp(path, m->last))
		return e->kind == MVC_ENTRY_DIR && m->last_kind == MVC_ENTRY_DIR
		    ? MVC_OK
		    : twice(path);
	err = remember(m, path, e->kind);
	return err ? err : mvc_tree_edit_set(m->edit, path, e);
}

static int
is_there(bool *is, struct import *m, const char *path)
{
	struct mvc_found found;
	int err =
	    mvc_tree_find(&found, mvc_store_source(m->store), m->first, path);

	*is = !err;
	if (!err)
		mvc_found_release(&found);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
on_other(void *arg, const char *path, const struct mvc_entry *e)
{
	struct import *m = arg;
	struct mvc_found found;
	bool there;
	int err = is_there(&there, m, path);

	if (!err && (there || (m->last && !strcmp(path, m->last))))
		err = twice(path);
	if (!err)
		err = remember(m, path, MVC_ENTRY_FILE);
	if (!err)
		err = mvc_tree_find(
		    &found, mvc_store_source(m->store), m->first, e->target);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(MVC_EINVALID,
		    "%s is another name of %s, which is not in it", path,
		    e->target);
	if (err)
		return err;
	if (found.e.kind == MVC_ENTRY_DIR)
		err = mvc_fail(MVC_EINVALID,
		    "%s is another name of %s, which is a folder", path,
		    e->target);
	else
		err = mvc_tree_edit_set(m->edit, path, &found.e);
	mvc_found_release(&found);
	return err;
}

static int
build(struct mvc_imported *out, struct import *m, const struct mvc_oid *base,
    struct mvc_tree_sorter *from,
    int (*each)(void *arg, const char *path, const struct mvc_entry *e))
{
	int err;

	free(m->last);
	m->last = NULL;
	mvc_tree_edit_free(m->edit);
	m->first = base;
	err = mvc_tree_edit_new(
	    &m->edit, mvc_store_source(m->store), mvc_writer_sink(m->w), base);
	if (!err)
		err = mvc_tree_sorter_each(from, each, m);
	if (!err)
		err = mvc_tree_edit_finish(
		    m->edit, &out->oid, &out->size, &out->files);
	return err ? err : mvc_writer_flush(m->w);
}

static int
import(struct mvc_imported *out, struct import *m, struct mvc_ctx *ctx)
{
	const struct mvc_folder *folder = mvc_store_folder(m->store);
	struct mvc_oid first;
	int err;

	err = mvc_tree_sorter_new(&m->entries, folder, SORT_MEMORY);
	if (!err)
		err = mvc_tree_sorter_new(&m->others, folder, SORT_MEMORY);
	if (!err)
		err = mvc_ingest_new(&m->ingest, ctx, m->w, on_done, m);
	if (!err)
		err = read_all(m);
	mvc_ingest_free(m->ingest);
	if (!err)
		err = build(out, m, NULL, m->entries, on_entry);
	if (err || !m->n_others)
		return err;
	first = out->oid;
	return build(out, m, &first, m->others, on_other);
}

int
mvc_archive_import(struct mvc_imported *out, struct mvc_ctx *ctx,
    struct mvc_store *s, struct mvc_writer *w, struct mvc_archive_reader *r)
{
	uint64_t start = mvc_trace_start(ctx->trace);
	struct import m = {
	    .store = s, .w = w, .r = r, .lock = PTHREAD_MUTEX_INITIALIZER};
	int err;

	ctx->progress.what = "reading";
	err = import(out, &m, ctx);
	while (m.items)
		item_free(&m, m.items);
	pthread_mutex_destroy(&m.lock);
	mvc_tree_sorter_free(m.entries);
	mvc_tree_sorter_free(m.others);
	mvc_tree_edit_free(m.edit);
	free(m.last);
	mvc_trace_end(ctx->trace, start, "archive.import", err ? 0 : out->files,
	    err ? 0 : out->size);
	return err;
}
