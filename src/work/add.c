#include "work/add.h"
#include "work/add_priv.h"

#include "util/banned.h"

static void
root_release(struct add_root *r)
{
	free(r->path);
	free(r->pointer_path);
	free(r->removed);
	mvc_names_release(&r->parts);
	mvc_pointer_release(&r->old);
	mvc_pointer_release(&r->now);
	mvc_tree_edit_free(r->edit);
}

static int
report(struct add *a, const struct mvc_add_ops *ops)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && ops && i < a->n; i++) {
		struct add_root *r = &a->roots[i];
		struct mvc_added res = {.path = r->path,
		    .pointer = &r->now,
		    .is_new = !r->had_pointer,
		    .changed = r->changed,
		    .added = r->added,
		    .modified = r->modified,
		    .deleted = r->deleted};

		err = ops->root(ops->arg, &res);
	}
	return err;
}

static int
run(struct add *a, const char *const *paths, size_t n)
{
	int err;

	err = mvc_index_open(&a->idx, a->w->repo);
	if (!err)
		err = add_plan(a, paths, n);
	if (!err)
		err = mvc_writer_new(&a->writer, a->w->store);
	if (!err)
		err = mvc_statupdate_new(&a->update, a->w->cache);
	if (!err)
		err = add_flow(a);
	return err ? err : add_publish(a);
}

int
mvc_add(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_add_opts *opts, const struct mvc_add_ops *ops,
    struct mvc_writer_sums *sums)
{
	struct add a = {.w = w, .o = opts};
	int err;

	err = run(&a, paths, n);
	if (!err)
		err = report(&a, ops);
	if (!err && sums)
		mvc_writer_get_sums(a.writer, sums);
	for (size_t i = 0; i < a.n; i++)
		root_release(&a.roots[i]);
	free(a.roots);
	mvc_writer_free(a.writer);
	mvc_statupdate_free(a.update);
	mvc_index_free(a.idx);
	return err;
}
