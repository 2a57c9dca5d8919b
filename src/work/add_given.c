#include "work/add_priv.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/banned.h"

/* Nothing of the user's may lie where data is to be. */
static int
check_free(struct mvc_work *w, const char *path)
{
	struct stat st;

	if (fstatat(w->top, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return mvc_fail(MVC_EEXISTS,
		    "%s is there already: name another place, or move it away",
		    path);
	return MVC_OK;
}

static int
plan(struct add *a, const char *path)
{
	int err = mvc_index_open(&a->idx, a->w->repo);

	if (!err)
		err = add_plan(a, &path, 1);
	if (err)
		return err;
	if (a->n == 1 && !strcmp(a->roots[0].path, path) &&
	    !a->roots[0].had_pointer)
		return check_free(a->w, path);
	return mvc_fail(MVC_EEXISTS,
	    "%s is tracked already: name another place, or first mvc rm %s",
	    path, path);
}

int
mvc_add_given(struct mvc_work *w, const char *path, const struct mvc_pointer *p,
    struct mvc_writer *writer, const struct mvc_add_opts *opts)
{
	struct add a = {.w = w, .o = opts, .writer = writer};
	int err = plan(&a, path);

	if (!err && p)
		err = mvc_pointer_copy(&a.roots[0].now, p);
	if (!err && p)
		err = mvc_statupdate_new(&a.update, w->cache);
	if (!err && p) {
		a.roots[0].changed = true;
		err = add_publish(&a);
	}
	add_release(&a);
	return err;
}
