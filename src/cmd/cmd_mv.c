#include "cmd/beyond.h"
#include "work/mv.h"
#include "work/typed.h"
#include "util/banned.h"

struct mv_args {
	bool force, drop_labels;
};

static const struct mvc_opt mv_opts[] = {
    MVC_OPT_FLAG(
	'f', "force", struct mv_args, force, "replace a recorded file"),
    MVC_OPT_FLAG(0, "drop-labels", struct mv_args, drop_labels,
	"also into a directory that has not the data's labels"),
    MVC_OPT_END,
};

struct moving {
	struct mvc_env *env;
	struct mvc_names from, to;
};

static int
note_moved(void *arg, const char *from, const char *to)
{
	struct moving *x = arg;
	int err = mvc_names_add(&x->from, from);

	return err ? err : mvc_names_add(&x->to, to);
}

static void
report(struct moving *x)
{
	for (size_t i = 0; i < x->from.n; i++)
		mvc_line_fit(x->env, x->from.v[i]);
	for (size_t i = 0; i < x->from.n; i++)
		mvc_line(x->env, x->from.v[i], NULL, "%s %s",
		    x->env->common.dry_run ? "would become" : "->",
		    mvc_name(x->env, x->to.v[i]));
	if (!x->env->common.dry_run)
		mvc_line(x->env, "staged", "git commit", "%s path%s",
		    mvc_human_count(x->from.n).s, x->from.n == 1 ? "" : "s");
}

static void
report_json(struct moving *x)
{
	struct mvc_json *j = mvc_out_json(x->env);

	mvc_json_object(j);
	mvc_json_key_bool(j, "dry_run", x->env->common.dry_run);
	mvc_json_key(j, "moved");
	mvc_json_array(j);
	for (size_t i = 0; i < x->from.n; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "from", x->from.v[i]);
		mvc_json_key_str(j, "to", x->to.v[i]);
		mvc_json_end(j);
	}
	mvc_json_end(j);
	mvc_json_end(j);
}

static int
move_all(struct moving *x, const struct mv_args *a, struct mvc_names *paths)
{
	MVC_OWN(mvc_beyond) *beyond = NULL;
	MVC_OWN(mvc_work) *w = NULL;
	struct mvc_env *env = x->env;
	const char *last = env->argv[env->argc - 1];
	struct mvc_mv_opts opts = {.force = a->force,
	    .drop_labels = a->drop_labels,
	    .into = *last && last[strlen(last) - 1] == '/',
	    .dry_run = env->common.dry_run};
	struct mvc_mv_ops ops = {note_moved, x};
	size_t n = (size_t)env->argc - 1;
	int err;

	err = mvc_beyond_open(&beyond, env);
	if (!err)
		err = mvc_work_open(&w, &env->ctx, env->repo, env->store);
	for (int i = 0; !err && i < env->argc; i++) {
		MVC_OWN_MEM char *path = NULL;

		err = n == 1 && i == 1
		    ? mvc_typed_target(
			  &path, env->repo, env->argv[i], paths->v[0])
		    : mvc_typed_path(&path, env->repo, env->argv[i]);
		if (!err)
			err = mvc_names_add(paths, path);
	}
	if (err)
		return err;
	return mvc_mv(
	    w, (const char *const *)paths->v, n, paths->v[n], &opts, &ops);
}

static int
mv_run(struct mvc_env *env, const void *args)
{
	struct moving x = {.env = env};
	struct mvc_names paths = {0};
	int err = move_all(&x, args, &paths);

	if (!err && env->common.json)
		report_json(&x);
	else if (!err)
		report(&x);
	mvc_names_release(&x.from);
	mvc_names_release(&x.to);
	mvc_names_release(&paths);
	return err;
}

const struct mvc_cmd mvc_cmd_mv = {
    .name = "mv",
    .summary = "move or rename tracked data, or part of it",
    .usage = "PATH... TARGET",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_DRY_RUN |
	MVC_CMD_JSON,
    .min = 2,
    .max = -1,
    .opts = mv_opts,
    .args_size = sizeof(struct mv_args),
    .run = mv_run,
};
