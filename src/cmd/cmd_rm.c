#include "cmd/beyond.h"
#include "work/rm.h"
#include "work/typed.h"
#include "util/banned.h"

struct rm_args {
	bool force, cached, recursive;
};

static const struct mvc_opt rm_opts[] = {
    MVC_OPT_FLAG('f', "force", struct rm_args, force,
	"also data that is not recorded, or in no commit"),
    MVC_OPT_FLAG(
	0, "cached", struct rm_args, cached, "stop tracking, keep the files"),
    MVC_OPT_FLAG('r', "recursive", struct rm_args, recursive,
	"all tracked data at and below PATH"),
    MVC_OPT_END,
};

/* One path as it was removed. */
struct gone {
	char *path, *root;
	bool is_root, is_dir, left;
	uint64_t size, files;
};

struct removing {
	struct mvc_env *env;
	const struct rm_args *a;
	struct mvc_names paths;
	struct gone *v;
	size_t n;
};

static int
note_removed(void *arg, const struct mvc_removed *r)
{
	struct removing *x = arg;
	struct gone *g = realloc(x->v, (x->n + 1) * sizeof(*g));

	if (!g)
		return mvc_fail(MVC_ENOMEM, "no memory");
	x->v = g;
	g = &x->v[x->n];
	*g = (struct gone){.path = strdup(r->path),
	    .root = strdup(r->root),
	    .is_root = r->is_root,
	    .is_dir = r->is_dir,
	    .left = r->left,
	    .size = r->size,
	    .files = r->files};
	x->n++;
	return g->path && g->root ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static void
say_gone(struct removing *x, const struct gone *g)
{
	const char *verb = x->env->common.dry_run ? "would be " : "";
	const char *what =
	    x->a->cached ? "untracked, its files stay" : "removed";

	if (g->is_dir)
		mvc_line(x->env, g->path, NULL, "%s%s   %s  %s", verb, what,
		    mvc_human_files(g->files).s, mvc_human_size(g->size).s);
	else
		mvc_line(x->env, g->path, NULL, "%s%s   %s", verb, what,
		    mvc_human_size(g->size).s);
}

/* What somebody may not expect. */
static void
note_gone(struct removing *x, const struct gone *g)
{
	const char *name = mvc_name(x->env, g->path);

	if (g->left)
		mvc_note(x->env,
		    "%s: what .mvcignore names, or cannot be tracked, is "
		    "still there",
		    name);
	if (x->a->cached && g->is_root)
		mvc_note(x->env,
		    "%s is no longer in .gitignore: git add would put it into "
		    "Git",
		    name);
	else if (x->a->cached)
		mvc_note(x->env,
		    "%s is still in %s: mvc add would record it again unless "
		    ".mvcignore names it",
		    name, mvc_name(x->env, g->root));
}

static void
report(struct removing *x)
{
	for (size_t i = 0; i < x->n; i++)
		mvc_line_fit(x->env, x->v[i].path);
	for (size_t i = 0; i < x->n; i++)
		say_gone(x, &x->v[i]);
	if (x->env->common.dry_run)
		return;
	for (size_t i = 0; i < x->n; i++)
		note_gone(x, &x->v[i]);
	if (!x->a->cached && !x->a->force)
		mvc_line(x->env, "back", NULL, "mvc checkout HEAD -- %s",
		    x->n == 1 ? mvc_name(x->env, x->v[0].path) : "PATH");
	if (x->n == 1)
		mvc_line(x->env, "staged", "git commit", "%s%s",
		    mvc_namef(x->env, "%s.mvc", x->v[0].root),
		    x->v[0].is_root ? " .gitignore" : "");
	else
		mvc_line(x->env, "staged", "git commit", "%s paths",
		    mvc_human_count(x->n).s);
}

static void
report_json(struct removing *x)
{
	struct mvc_json *j = mvc_out_json(x->env);

	mvc_json_object(j);
	mvc_json_key_bool(j, "dry_run", x->env->common.dry_run);
	mvc_json_key(j, "removed");
	mvc_json_array(j);
	for (size_t i = 0; i < x->n; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "path", x->v[i].path);
		mvc_json_key_str(j, "root", x->v[i].root);
		mvc_json_key_u64(j, "size", x->v[i].size);
		mvc_json_key_u64(j, "files", x->v[i].files);
		mvc_json_key_bool(j, "files_stay", x->a->cached);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
remove_all(struct removing *x)
{
	MVC_OWN(mvc_beyond) *beyond = NULL;
	MVC_OWN(mvc_work) *w = NULL;
	struct mvc_env *env = x->env;
	struct mvc_rm_opts opts = {.force = x->a->force,
	    .cached = x->a->cached,
	    .recursive = x->a->recursive,
	    .dry_run = env->common.dry_run};
	struct mvc_rm_ops ops = {note_removed, x};
	int err;

	err = mvc_beyond_open(&beyond, env);
	if (!err)
		err = mvc_work_open(&w, &env->ctx, env->repo, env->store);
	for (int i = 0; !err && i < env->argc; i++) {
		MVC_OWN_MEM char *path = NULL;

		err = mvc_typed_path(&path, env->repo, env->argv[i]);
		if (!err)
			err = mvc_names_add(&x->paths, path);
	}
	if (err)
		return err;
	mvc_bar_start(env);
	err =
	    mvc_rm(w, (const char *const *)x->paths.v, x->paths.n, &opts, &ops);
	mvc_bar_stop(env);
	return err;
}

static int
rm_run(struct mvc_env *env, const void *args)
{
	struct removing x = {.env = env, .a = args};
	int err = remove_all(&x);

	if (!err && env->common.json)
		report_json(&x);
	else if (!err)
		report(&x);
	for (size_t i = 0; i < x.n; i++) {
		free(x.v[i].path);
		free(x.v[i].root);
	}
	free(x.v);
	mvc_names_release(&x.paths);
	return err;
}

const struct mvc_cmd mvc_cmd_rm = {
    .name = "rm",
    .summary = "stop tracking data and remove it, or part of it",
    .usage = "PATH...",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_DRY_RUN |
	MVC_CMD_JOBS | MVC_CMD_JSON,
    .min = 1,
    .max = -1,
    .opts = rm_opts,
    .args_size = sizeof(struct rm_args),
    .run = rm_run,
};
