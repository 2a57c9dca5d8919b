#include "work/add_priv.h"

#include "work/base.h"
#include "work/ignores.h"
#include "work/pending.h"
#include "work/pointerfile.h"

#include "util/banned.h"

static int
claim(struct add *a, struct add_root *r, const char *holder)
{
	struct mvc_claim c = {.oid = r->now.oid,
	    .tree = r->now.type == MVC_POINTER_TREE,
	    .part = r->part_claim,
	    .size = r->now.size,
	    .files = r->now.files,
	    .base = &r->base,
	    .n_base = r->has_base};
	int err;

	err = mvc_writer_claim(a->writer, holder, &c, 1);
	if (err != MVC_ENOTFOUND || c.part)
		return err;
	/* Not all of it is here: keep what is. */
	c.part = true;
	return mvc_writer_claim(a->writer, holder, &c, 1);
}

/* One that was stopped wrote the pointer and did not stage it. A conflict is
 * not ours to resolve. */
static int
restage(struct add *a, struct add_root *r)
{
	struct mvc_index_entry e;

	if (a->o->no_stage || mvc_index_find(&e, a->idx, r->pointer_path, 0))
		return MVC_OK;
	return mvc_pointer_stage(a->idx, r->pointer_path, &r->now);
}

/* Everything that is to be seen of the root outside the store. */
static int
publish_root(struct add *a, struct add_root *r)
{
	int err = MVC_OK;

	if (r->changed)
		err = mvc_pointer_write(&r->now, a->w->top, r->pointer_path);
	if (err)
		return err;
	if (a->o->update && !r->changed)
		return restage(a, r);
	return a->o->no_stage
	    ? MVC_OK
	    : mvc_pointer_stage(a->idx, r->pointer_path, &r->now);
}

/* What it takes to publish the root, before anything is: the lines that are
 * written last, and that all may be written. */
static int
prepare_root(struct add *a, struct mvc_ignores *g, struct add_root *r)
{
	struct mvc_index_entry e;
	int err = MVC_OK;

	if (r->changed && a->o->update &&
	    mvc_index_find(&e, a->idx, r->pointer_path, 3) == MVC_OK)
		return mvc_fail(MVC_ECONFLICT,
		    "%s: a merge left two versions: mvc checkout --ours, "
		    "--theirs or --merge %s; mvc add %s takes what is here",
		    r->path, r->path, r->path);
	if (r->changed)
		err = mvc_work_can_write(a->w, r->pointer_path);
	if (!err && r->changed && !a->o->no_stage)
		err = mvc_index_can_write(a->idx);
	if (err || (a->o->update && !r->changed))
		return err;
	return mvc_ignores_edit(g, r->path, true);
}

static int
record_root(struct add *a, struct add_root *r)
{
	if (r->now.type != MVC_POINTER_TREE ||
	    (!r->changed && !r->other && r->had_record &&
		r->partial == r->was_partial))
		return MVC_OK;
	if (!r->is_dir && !strcmp(r->parts.v[0], r->path))
		return MVC_OK; /* not here */
	return mvc_statupdate_root(a->update, r->path, &r->now.oid, r->partial);
}

static int
settle(struct add *a)
{
	MVC_OWN_MEM struct mvc_stat_entry *v = calloc(a->n + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < a->n; i++)
		if (a->roots[i].changed || a->roots[i].other)
			v[n++] = a->roots[i].record;
	return mvc_base_settle(a->w, v, n);
}

/* Whoever ran it says so in the pointers, and in what is written with them. */
static int
seal(struct add *a, struct mvc_pending *with)
{
	MVC_OWN_MEM struct mvc_added *v = calloc(a->n + 1, sizeof(*v));
	struct mvc_oid run;
	int err;

	if (!v)
		return mvc_fail(MVC_ENOMEM, "no memory");
	for (size_t i = 0; i < a->n; i++)
		add_tell(&v[i], &a->roots[i]);
	err = a->o->seal(a->o->seal_arg, &run, with, v, a->n);
	for (size_t i = 0; !err && i < a->n; i++) {
		struct add_root *r = &a->roots[i];
		MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);

		r->now.run = run;
		r->now.has_run = true;
		err = mvc_pointer_format(&text, &r->now);
		if (!err)
			err = mvc_pending_add(
			    with, r->pointer_path, text.data, text.len, true);
	}
	if (!err)
		err = mvc_pending_begin(with, a->w);
	return err ? err : mvc_pending_apply(with, a->w, a->idx);
}

/* What is to be seen, once all that it takes is there. */
static int
publish_roots(struct add *a, struct mvc_ignores *g, struct mvc_pending *with)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < a->n; i++)
		err = prepare_root(a, g, &a->roots[i]);
	if (!err && a->o->seal)
		err = seal(a, with);
	for (size_t i = 0; !err && !a->o->seal && i < a->n; i++)
		err = publish_root(a, &a->roots[i]);
	if (!err)
		err = mvc_ignores_write(g);
	if (!err && !a->o->no_stage)
		err = mvc_ignores_stage(g);
	if (!err)
		err = mvc_index_commit(a->idx);
	if (!err && a->o->seal)
		mvc_pending_end(with);
	return err;
}

static int
publish_all(struct add *a, struct mvc_ignores *g)
{
	MVC_SCOPED(mvc_pending) with = MVC_PENDING_INIT;
	char holder[33];
	int err;

	/* Of the same content another run is another pointer. */
	for (size_t i = 0; a->o->seal && i < a->n; i++)
		a->roots[i].changed = true;
	err = mvc_repo_clone_id(holder, a->w->repo, true);
	for (size_t i = 0; !err && i < a->n; i++)
		if (a->roots[i].changed)
			err = claim(a, &a->roots[i], holder);
	return err ? err : publish_roots(a, g, &with);
}

static int
record_all(struct add *a)
{
	int err = settle(a);

	for (size_t i = 0; !err && i < a->n; i++)
		err = record_root(a, &a->roots[i]);
	return err ? err : mvc_statupdate_commit(a->update);
}

int
add_publish(struct add *a)
{
	struct mvc_ignores g = {
	    .w = a->w, .idx = a->o->no_stage ? NULL : a->idx};
	int err = publish_all(a, &g);

	mvc_ignores_release(&g);
	if (err)
		return err;
	err = record_all(a);
	if (err)
		return mvc_fail_prefix(err,
		    "the data is stored, but the work tree is not known as "
		    "recorded: run the same again");
	return MVC_OK;
}
