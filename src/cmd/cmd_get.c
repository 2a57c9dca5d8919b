#include "cmd/env.h"
#include "cmd/origin.h"
#include "git/repo.h"
#include "store/store.h"
#include "util/clock.h"
#include "work/checkout.h"
#include "work/pointerfile.h"
#include "util/banned.h"

#include <fcntl.h>

/* What it is tracked as, where it comes into being. */
#define NAME "data"

struct get_args {
	const char *output, *remote, *rev;
	bool force;
};

static const struct mvc_opt get_opts[] = {
    MVC_OPT_STR('o', "output", struct get_args, output, "PATH",
	"where to put it (default: its name)"),
    MVC_OPT_STR(0, "rev", struct get_args, rev, "REV",
	"as it is in this branch, tag or commit"),
    MVC_OPT_STR('r', "remote", struct get_args, remote, "NAME",
	"get it from this remote, or URL of one"),
    MVC_OPT_FLAG('f', "force", struct get_args, force, "replace what is there"),
    MVC_OPT_END,
};

struct getting {
	struct mvc_env *env;
	const struct get_args *a;
	struct mvc_origin o;
	struct mvc_repo *repo; /* a work tree of its own; o's may be it */
	struct mvc_store *store;
	char *output;
	char why[MVC_ERROR_MAX]; /* the first path that could not be put */
	struct mvc_checkout_sums sums;
	uint64_t begun; /* ns */
};

static int
name_of(char **out, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t n = strlen(base);

	if (mvc_pointer_is_path(base))
		n -= strlen(MVC_POINTER_SUFFIX);
	*out = strndup(base, n);
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a name");
}

/* What the words mean. */
static int
find(struct getting *g)
{
	const struct get_args *a = g->a;
	char **argv = g->env->argv;
	const char *what = argv[g->env->argc - 1];
	struct mvc_oid oid;
	size_t n = strlen(what);
	int err = MVC_OK;

	if (g->env->argc == 1 && (!a->remote || a->rev))
		return mvc_fail(MVC_EUSAGE,
		    "name a repository and a path in it; or, with -r, a "
		    "version");
	if (a->output)
		g->output = strdup(a->output);
	else if (g->env->argc == 1 && n >= 64 &&
	    !mvc_oid_parse(&oid, what + n - 64, 64))
		return mvc_fail(MVC_EUSAGE, "name it with -o");
	else
		err = name_of(&g->output, what);
	if (!err && (!g->output || !*g->output))
		return mvc_fail(MVC_EUSAGE, "name it with -o");
	if (!err)
		err = mvc_aside_make(
		    &g->o.aside, &g->env->ctx, g->output, a->force);
	if (err)
		return err;
	g->o.remote = a->remote;
	return g->env->argc == 1 ? mvc_origin_version(&g->o, what)
				 : mvc_origin_git(&g->o, argv[0], what, a->rev);
}

static int
make_store(struct getting *g)
{
	MVC_OWN_MEM char *tree = NULL;
	MVC_OWN_MEM char *store = NULL;
	int err = mvc_aside_path(&tree, &g->o.aside, "tree");

	if (!err)
		err = mvc_repo_init(&g->repo, tree);
	if (!err && asprintf(&store, "%s/mvc", g->repo->commondir) < 0) {
		store = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	if (!err)
		err = mvc_store_create(store, 0);
	return err ? err : mvc_store_open(&g->store, &g->env->ctx, store);
}

static int
on_path(void *arg, const struct mvc_checkout_path *p)
{
	struct getting *g = arg;

	if (p->text && !g->why[0])
		snprintf(g->why, sizeof(g->why), "%s: %s", p->path, p->text);
	return MVC_OK;
}

static int
on_root(
    void *arg, const char *root, const struct mvc_checkout_sums *s, bool gone)
{
	((struct getting *)arg)->sums = *s;
	return MVC_OK;
}

/* Into the work tree of its own; *path is where it is then. */
static int
put(char **path, struct getting *g)
{
	const struct mvc_checkout_opts opts = {0};
	const struct mvc_checkout_ops ops = {
	    .path = on_path, .root = on_root, .arg = g};
	MVC_OWN(mvc_work) *work = NULL;
	MVC_OWN_MEM char *inside = NULL;
	const char *inner = g->o.inner, *one;
	int err;

	if (asprintf(&inside, NAME "%s%s", *inner ? "/" : "", inner) < 0) {
		inside = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	one = inside;
	err = mvc_work_open(&work, &g->env->ctx, g->repo, g->store);
	if (!err)
		err = mvc_pointer_write(
		    &g->o.pointer, work->top, NAME MVC_POINTER_SUFFIX);
	if (!err)
		err = mvc_checkout(work, &one, 1, &opts, &ops);
	if (err == MVC_EFINDING)
		err = mvc_fail(MVC_ECORRUPT, "%s", g->why);
	if (!err && asprintf(path, "%s/%s", g->repo->worktree, inside) < 0) {
		*path = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	return err;
}

static int
get(struct getting *g)
{
	MVC_OWN_MEM char *path = NULL;
	char here[33];
	int err = find(g);

	if (!err)
		err = make_store(g);
	if (!err)
		err = mvc_repo_clone_id(here, g->repo, true);
	if (!err)
		err = mvc_origin_fetch(&g->o, g->store, here);
	if (!err)
		err = put(&path, g);
	return err ? err : mvc_aside_publish(&g->o.aside, path, g->a->force);
}

static void
report(struct getting *g)
{
	static const char *const types[] = {"", "file", "executable", "tree"};
	const struct mvc_checkout_sums *s = &g->sums;
	struct mvc_env *env = g->env;
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_line_fit(env, g->output);
		mvc_line(env, g->output, NULL, "%s  %s   from %s   %s",
		    mvc_human_files(s->added).s, mvc_human_size(s->bytes).s,
		    mvc_name(env, g->o.from),
		    mvc_human_time(mvc_now_ns() - g->begun).s);
		return;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "path", g->output);
	mvc_json_key_u64(j, "files", s->added);
	mvc_json_key_u64(j, "size", s->bytes);
	if (g->o.commit[0])
		mvc_json_key_str(j, "commit", g->o.commit);
	mvc_json_key_str(j, "oid", mvc_oid_hex(&g->o.pointer.oid).s);
	mvc_json_key_str(j, "type", types[g->o.pointer.type]);
	if (*g->o.inner)
		mvc_json_key_str(j, "inner", g->o.inner);
	mvc_json_key_str(j, "from", g->o.from);
	mvc_json_key_u64(j, "received", g->o.received);
	mvc_json_key_u64(j, "requests", g->o.requests);
	mvc_json_end(j);
}

/* Where there is a repository it may say where remotes are. */
static int
open_repo(struct mvc_env *env, const struct get_args *a)
{
	int err;

	if (!a->remote || strpbrk(a->remote, "/:"))
		return MVC_OK;
	err = mvc_env_repo(env);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
get_run(struct mvc_env *env, const void *args)
{
	struct getting g = {
	    .env = env, .a = args, .o = {.env = env}, .begun = mvc_now_ns()};
	int err = open_repo(env, args);

	mvc_bar_start(env);
	if (!err)
		err = get(&g);
	mvc_bar_stop(env);
	if (!err)
		report(&g);
	mvc_store_free(g.store);
	mvc_repo_free(g.repo);
	mvc_origin_release(&g.o);
	free(g.output);
	return err;
}

const struct mvc_cmd mvc_cmd_get = {
    .name = "get",
    .summary = "copy data out of any repository or remote",
    .usage = "URL PATH [--rev REV] [-o PATH]\n"
	     "-r NAME|URL [HOLDER/]OID|POINTER-FILE [-o PATH]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_JSON | MVC_CMD_JOBS,
    .min = 1,
    .max = 2,
    .opts = get_opts,
    .args_size = sizeof(struct get_args),
    .run = get_run,
};
