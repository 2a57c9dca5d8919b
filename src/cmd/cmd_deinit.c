/*
 * Stop using mvc: what mvc put into Git goes, the files stay. The store stays
 * too, since older commits name what is in it.
 */
#include "cmd/env.h"
#include "cmd/setup.h"
#include "git/drivers.h"
#include "git/hooks.h"
#include "git/index.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/ignoreblock.h"
#include "work/work.h"
#include "work/pointer.h"
#include "util/banned.h"

struct deinit_args {
	bool yes, force;
};

static const struct mvc_opt deinit_opts[] = {
    MVC_OPT_FLAG(
	0, "yes", struct deinit_args, yes, "do it (else it is only said)"),
    MVC_OPT_FLAG(
	'f', "force", struct deinit_args, force, "also where data is not here"),
    MVC_OPT_END,
};

struct leaving {
	struct mvc_env *env;
	struct mvc_index *idx;
	struct mvc_lines pointers; /* their paths */
	size_t missing; /* those whose data is not here */
};

static void
free_paths(struct leaving *l)
{
	for (size_t i = 0; i < l->pointers.n; i++)
		free(l->pointers.v[i]);
	free(l->pointers.v);
}

static int
take_pointer(void *arg, const struct mvc_index_entry *e)
{
	struct leaving *l = arg;
	struct mvc_lines *p = &l->pointers;
	char **v;

	if (!mvc_pointer_is_path(e->path))
		return MVC_OK;
	if (e->stage)
		return mvc_fail(MVC_ECONFLICT,
		    "%s is in a conflict: resolve it first", e->path);
	v = realloc(p->v, (p->n + 1) * sizeof(*v));
	if (!v)
		return mvc_fail(MVC_ENOMEM, "list the pointers");
	p->v = v;
	p->v[p->n] = strdup(e->path);
	return p->v[p->n++] ? MVC_OK
			    : mvc_fail(MVC_ENOMEM, "list the pointers");
}

/* The path of a pointer's data; for free(). */
static char *
data_of(const char *pointer)
{
	return strndup(pointer, strlen(pointer) - strlen(MVC_POINTER_SUFFIX));
}

static int
show_pointers(struct leaving *l)
{
	MVC_OWN_FD int top = -1;
	int err;

	err = mvc_sys_open(
	    &top, AT_FDCWD, l->env->repo->worktree, O_RDONLY | O_DIRECTORY, 0);
	for (size_t i = 0; i < l->pointers.n && !err; i++) {
		MVC_OWN_MEM char *data = data_of(l->pointers.v[i]);
		bool here = data && mvc_file_exists(top, data);

		l->missing += !here;
		mvc_say(l->env, "%-9s%s\n", here ? "stays" : "not here",
		    mvc_name(l->env, data ? data : "?"));
	}
	return err;
}

/* The folder that a path lies in: "" or ends in a slash. */
static size_t
folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash + 1 - path) : 0;
}

/* One .gitignore, by one of the pointers beside it. */
struct ignoring {
	struct leaving *l;
	const char *beside;
};

static int
drop_ignored(
    struct mvc_buf *out, const char *text, size_t n, void *arg, bool *changed)
{
	struct ignoring *g = arg;
	size_t folder = folder_len(g->beside);
	int err = mvc_buf_add(out, text, n);

	*changed = false;
	for (size_t i = 0; !err && i < g->l->pointers.n; i++) {
		const char *pointer = g->l->pointers.v[i];
		MVC_SCOPED(mvc_buf) old = MVC_BUF_INIT(1 << 24);
		MVC_OWN_MEM char *data = NULL;
		bool now;

		if (folder_len(pointer) != folder ||
		    strncmp(pointer, g->beside, folder))
			continue;
		data = data_of(pointer + folder);
		if (!data)
			return mvc_fail(MVC_ENOMEM, "remove %s", pointer);
		err = mvc_buf_add(&old, out->data, out->len);
		if (!err)
			err =
			    mvc_ignoreblock_edit(out, old.data ? old.data : "",
				old.len, data, false, &now);
		*changed |= !err && now;
	}
	return err;
}

/* Changes of the index are not seen before they are committed, so that each
 * file is edited once. */
static int
drop_lines(struct leaving *l, size_t at)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	struct ignoring g = {l, l->pointers.v[at]};
	size_t folder = folder_len(g.beside);
	bool changed;
	int err;

	for (size_t i = 0; i < at; i++)
		if (folder_len(l->pointers.v[i]) == folder &&
		    !strncmp(l->pointers.v[i], g.beside, folder))
			return MVC_OK;
	err = mvc_buf_add(&path, g.beside, folder);
	if (!err)
		err = mvc_buf_add_str(&path, ".gitignore");
	return err ? err
		   : mvc_setup_edit(&changed, l->env->repo, l->idx, path.data,
			 drop_ignored, &g);
}

/* What was brought here is mvc's no more. */
static int
forget(struct leaving *l)
{
	MVC_OWN(mvc_statupdate) *u = NULL;
	MVC_OWN(mvc_work) *w = NULL;
	struct mvc_names roots = {0};
	int err = mvc_work_open(&w, &l->env->ctx, l->env->repo, NULL);

	if (!err)
		err = mvc_work_cached_roots(&roots, w, "");
	if (!err)
		err = mvc_statupdate_new(&u, w->cache);
	for (size_t i = 0; !err && i < roots.n; i++)
		err = mvc_statupdate_remove(u, roots.v[i]);
	if (!err)
		err = mvc_statupdate_commit(u);
	mvc_names_release(&roots);
	return err == MVC_EAGAIN ? MVC_OK : err;
}

/* .mvc stays where anything else is in it. */
static void
drop_folder(const struct mvc_repo *r)
{
	MVC_OWN_FD int top = -1;

	if (!mvc_sys_open(
		&top, AT_FDCWD, r->worktree, O_RDONLY | O_DIRECTORY, 0))
		(void)!mvc_sys_rmdir(top, ".mvc");
}

static int
leave(struct leaving *l)
{
	struct mvc_repo *r = l->env->repo;
	bool changed, were;
	int err = MVC_OK;

	for (size_t i = 0; i < l->pointers.n && !err; i++)
		err = drop_lines(l, i);
	for (size_t i = 0; i < l->pointers.n && !err; i++)
		err = mvc_setup_remove(r, l->idx, l->pointers.v[i]);
	if (!err)
		err = mvc_setup_attributes(&changed, r, l->idx, false);
	if (!err)
		err = mvc_setup_remove(r, l->idx, ".mvc/README");
	if (!err)
		err = mvc_setup_remove(r, l->idx, ".mvc/config");
	if (!err)
		drop_folder(r);
	if (!err)
		err = mvc_index_commit(l->idx);
	if (!err)
		err = forget(l);
	if (!err)
		err = mvc_hooks_uninstall(&were, r);
	return err ? err : mvc_drivers_uninstall(r, MVC_SCOPE_LOCAL);
}

static int
deinit_run(struct mvc_env *env, const void *args)
{
	const struct deinit_args *a = args;
	MVC_OWN(mvc_index) *idx = NULL;
	struct leaving l = {.env = env};
	int err;

	err = mvc_index_open(&idx, env->repo);
	l.idx = idx;
	if (!err && !a->yes)
		mvc_say(env, "Dry run: nothing is changed without --yes.\n");
	if (!err)
		err = mvc_index_each_pointer(idx, take_pointer, &l);
	if (!err)
		err = show_pointers(&l);
	if (!err)
		mvc_say(env,
		    "%-9s%zu pointer%s, mvc's lines in .gitignore and "
		    ".gitattributes, .mvc/config, the merge driver, hooks\n",
		    a->yes ? "goes" : "would go", l.pointers.n,
		    l.pointers.n == 1 ? "" : "s");
	if (!err && a->yes && l.missing && !a->force)
		err = mvc_fail(MVC_EINVALID,
		    "the data of %zu pointer%s is not here: mvc checkout "
		    "brings it, --force leaves it in the store",
		    l.missing, l.missing == 1 ? "" : "s");
	if (!err && a->yes)
		err = leave(&l);
	if (!err && a->yes)
		mvc_say(env,
		    "The store stays, for older commits. Git sees "
		    "the data as untracked files now.\n"
		    "next: git commit\n");
	free_paths(&l);
	return err;
}

const struct mvc_cmd mvc_cmd_deinit = {
    .name = "deinit",
    .summary = "stop using mvc in this repository; the files stay",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_NEED_WORKTREE,
    .opts = deinit_opts,
    .args_size = sizeof(struct deinit_args),
    .run = deinit_run,
};
