#include "work/add.h"
#include "work/add_priv.h"

#include "work/checkout.h"
#include "work/pending.h"

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

void
add_release(struct add *a)
{
	for (size_t i = 0; i < a->n; i++)
		root_release(&a->roots[i]);
	free(a->roots);
	mvc_statupdate_free(a->update);
	mvc_index_free(a->idx);
}

void
add_tell(struct mvc_added *out, const struct add_root *r)
{
	*out = (struct mvc_added){.path = r->path,
	    .pointer = &r->now,
	    .is_new = !r->had_pointer,
	    .changed = r->changed,
	    .added = r->added,
	    .modified = r->modified,
	    .deleted = r->deleted};
}

static int
report(struct add *a, const struct mvc_add_ops *ops)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && ops && i < a->n; i++) {
		struct mvc_added res;

		add_tell(&res, &a->roots[i]);
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

static int
once(char **vanished, struct mvc_work *w, const struct mvc_names *paths,
    const struct mvc_add_opts *opts, const struct mvc_add_ops *ops,
    struct mvc_writer_sums *sums)
{
	struct add a = {.w = w, .o = opts};
	int err;

	err = run(&a, (const char *const *)paths->v, paths->n);
	if (!err)
		err = report(&a, ops);
	if (!err && sums)
		mvc_writer_get_sums(a.writer, sums);
	*vanished = a.vanished;
	mvc_writer_free(a.writer);
	add_release(&a);
	return err;
}

/* Take out what is at and below the root. */
static void
leave_out(struct mvc_names *paths, const char *root)
{
	size_t kept = 0, n = strlen(root);

	for (size_t i = 0; i < paths->n; i++) {
		const char *p = paths->v[i];

		if (!strcmp(p, root) ||
		    mvc_statpath_below(p, strlen(p), root, n))
			free(paths->v[i]);
		else
			paths->v[kept++] = paths->v[i];
	}
	paths->n = kept;
}

/* Of one root that vanished is only known when all are half done: what was read
 * is read again then. */
static int
add_rest(struct mvc_work *w, struct mvc_names *paths,
    const struct mvc_add_opts *opts, const struct mvc_add_ops *ops,
    struct mvc_writer_sums *sums)
{
	MVC_OWN_MEM char *said = NULL;

	for (;;) {
		MVC_OWN_MEM char *vanished = NULL;
		int err = once(&vanished, w, paths, opts, ops, sums);

		if (!err && said)
			return mvc_error_adopt(MVC_EFINDING, said);
		if (err != MVC_EFINDING || !vanished || !opts->update || !ops ||
		    !ops->vanished)
			return err;
		free(said);
		said = strdup(mvc_error_text());
		if (!said)
			return mvc_fail(MVC_ENOMEM, "no memory");
		err = ops->vanished(ops->arg, vanished, said);
		if (err)
			return err;
		leave_out(paths, vanished);
	}
}

int
mvc_add(struct mvc_work *w, const char *const *paths, size_t n,
    const struct mvc_add_opts *opts, const struct mvc_add_ops *ops,
    struct mvc_writer_sums *sums)
{
	struct mvc_names left = {0};
	int err = mvc_checkout_adopt(w);

	if (!err)
		err = mvc_pending_adopt(w);
	for (size_t i = 0; !err && i < n; i++)
		err = mvc_names_add(&left, paths[i]);
	if (!err)
		err = add_rest(w, &left, opts, ops, sums);
	mvc_names_release(&left);
	return err;
}
