#include "cmd/importing.h"
#include "cmd/incoming.h"
#include "git/index.h"
#include "git/repo.h"
#include "store/writer.h"
#include "util/clock.h"
#include "work/checkout.h"
#include "work/ignores.h"
#include "work/pointerfile.h"
#include "work/source.h"
#include "work/typed.h"
#include "util/banned.h"

struct update_args {
	const char *rev, *remote;
	bool force;
};

static const struct mvc_opt update_opts[] = {
    MVC_OPT_STR(0, "rev", struct update_args, rev, "REV",
	"follow this branch, tag or commit from now on"),
    MVC_OPT_STR('r', "remote", struct update_args, remote, "NAME",
	"data from this remote of the source, or URL"),
    MVC_OPT_FLAG('f', "force", struct update_args, force,
	"replace what was changed here"),
    MVC_OPT_END,
};

struct updating {
	struct mvc_env *env;
	const struct update_args *a;
	struct mvc_work *work;
	struct mvc_index *idx;
	size_t moved;
};

/* One imported path. */
struct item {
	const char *path;
	char *pointer_path;
	struct mvc_pointer was;
	struct mvc_source_words source;
	struct mvc_incoming in;
	bool again; /* also what is here by its source */
	uint64_t kept; /* files that were changed here */
};

static void
item_release(struct item *it)
{
	free(it->pointer_path);
	mvc_pointer_release(&it->was);
	mvc_source_words_release(&it->source);
	mvc_incoming_release(&it->in);
}

/* ---- what is changed here ---- */

static int
on_root(
    void *arg, const char *root, const struct mvc_checkout_sums *s, bool gone)
{
	((struct item *)arg)->kept += s->kept;
	return MVC_OK;
}

/* What a checkout would keep, the user changed. */
static int
check_unchanged(struct updating *u, struct item *it)
{
	const struct mvc_checkout_opts opts = {.dry_run = true};
	const struct mvc_checkout_ops ops = {.root = on_root, .arg = it};
	int err;

	if (u->a->force)
		return MVC_OK;
	err = mvc_checkout(u->work, &it->path, 1, &opts, &ops);
	if (err && err != MVC_EFINDING)
		return err;
	return it->kept ? mvc_fail(MVC_ECONFLICT,
			      "%s was changed here: mvc add keeps that, mvc "
			      "update -f replaces it",
			      it->path)
			: MVC_OK;
}

/* ---- one path ---- */

static int
bring(struct updating *u, struct item *it)
{
	MVC_OWN_MEM char *name = NULL;
	const char *commit = mvc_source_commit(&it->source);
	int err;

	it->in.o.remote = u->a->remote;
	if (mvc_source_is_file(&it->source))
		return mvc_incoming_file(
		    &it->in, it->source.url, it->again ? NULL : it->source.rev);
	err = mvc_source_name(&name, &it->source);
	if (err)
		return err;
	if (u->a->rev)
		return mvc_incoming_git(
		    &it->in, it->source.url, it->source.path, u->a->rev, NULL);
	it->in.same = !name && !it->again;
	if (it->in.same)
		return MVC_OK;
	return mvc_incoming_git(&it->in, it->source.url, it->source.path,
	    name ? name : commit, it->again ? NULL : commit);
}

/* What the user said of it stays. */
static int
set_pointer(struct updating *u, struct item *it)
{
	struct mvc_pointer now = MVC_POINTER_INIT;
	struct mvc_claim c = {.oid = it->in.now.oid,
	    .tree = it->in.now.type == MVC_POINTER_TREE,
	    .size = it->in.now.size,
	    .files = it->in.now.files};
	char here[33];
	int err = mvc_repo_clone_id(here, u->env->repo, true);

	if (!err)
		err = mvc_writer_claim(it->in.w, here, &c, 1);
	if (!err)
		err = mvc_pointer_copy(&now, &it->was);
	if (err)
		return err;
	free(now.source);
	now.source = MVC_TAKE(it->in.now.source);
	now.has_imported = now.has_run = false;
	now.oid = it->in.now.oid;
	now.type = it->in.now.type;
	now.size = it->in.now.size;
	now.files = it->in.now.files;
	err = mvc_index_can_write(u->idx);
	if (!err)
		err = mvc_pointer_write(&now, u->work->top, it->pointer_path);
	if (!err)
		err = mvc_pointer_stage(u->idx, it->pointer_path, &now);
	mvc_pointer_release(&now);
	return err ? err : mvc_index_commit(u->idx);
}

static void
say(struct updating *u, struct item *it, const char *state)
{
	struct mvc_env *env = u->env;
	struct mvc_json *j = &env->out.json;

	if (!env->common.json && !it->in.now.source) {
		mvc_line(env, it->path, NULL, "%s", state);
		return;
	}
	if (!env->common.json) {
		mvc_line(env, it->path, NULL, "%s  %s   from %s   %s",
		    mvc_human_files(it->in.now.files).s,
		    mvc_human_size(it->in.now.size).s,
		    mvc_name(env, it->in.from),
		    mvc_human_time(mvc_now_ns() - it->in.begun).s);
		return;
	}
	mvc_json_object(j);
	mvc_json_key_str(j, "path", it->path);
	mvc_json_key_str(j, "state", state);
	mvc_json_key_u64(j, "received", it->in.received);
	mvc_json_end(j);
}

static int
settle(struct updating *u, struct item *it)
{
	MVC_OWN_MEM char *typed = NULL;
	int err;

	if (it->in.same ||
	    (mvc_oid_eq(&it->in.now.oid, &it->was.oid) &&
		it->in.now.type == it->was.type && !u->a->rev)) {
		free(it->in.now.source);
		it->in.now.source = NULL;
		say(u, it,
		    mvc_source_is_git(&it->source) &&
			    !strchr(it->source.rev, ':')
			? "stays at its commit"
			: "unchanged");
		return MVC_OK;
	}
	if (u->env->common.dry_run) {
		free(it->in.now.source);
		it->in.now.source = NULL;
		say(u, it, it->in.now.type ? "would change" : "may change");
		return MVC_OK;
	}
	say(u, it, "updated");
	err = set_pointer(u, it);
	u->moved += !err;
	if (!err &&
	    asprintf(&typed, "%s/%s", u->env->repo->worktree, it->path) < 0) {
		typed = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	return err ? err : mvc_import_put(u->env, typed, u->a->force);
}

static int
open_item(struct updating *u, struct item *it, bool named, bool *passed)
{
	int err;

	*passed = false;
	if (asprintf(&it->pointer_path, "%s" MVC_POINTER_SUFFIX, it->path) <
	    0) {
		it->pointer_path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = mvc_work_pointer(&it->was, u->work, u->idx, it->pointer_path);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "%s is not tracked", it->path);
	if (err)
		return err;
	if (!it->was.source) {
		*passed = !named;
		return named
		    ? mvc_fail(MVC_EINVALID,
			  "%s has no source: it was not imported", it->path)
		    : MVC_OK;
	}
	err = mvc_source_parse(&it->source, it->was.source);
	if (err)
		return mvc_fail_prefix(err, "%s", it->pointer_path);
	*passed =
	    !mvc_source_is_file(&it->source) && !mvc_source_is_git(&it->source);
	if (*passed && named)
		return mvc_fail(MVC_EINVALID,
		    "%s came from an archive: import a newer one in its place",
		    it->path);
	return MVC_OK;
}

/* What was recorded over it is not lost by the way. */
static int
check_origin(
    const struct updating *u, struct item *it, bool named, bool *passed)
{
	if (!it->was.has_imported || *passed)
		return MVC_OK;
	it->again = u->a->force;
	*passed = !it->again;
	if (it->again)
		return MVC_OK;
	if (named)
		return mvc_fail(MVC_ECONFLICT,
		    "%s was changed since it was imported, and that is "
		    "recorded: mvc update -f takes its source's content",
		    it->path);
	mvc_note(u->env, "%s: changed since it was imported: left as it is",
	    mvc_name(u->env, it->path));
	return MVC_OK;
}

static int
update(struct updating *u, const char *path, bool named)
{
	struct item it = {.path = path};
	bool passed;
	int err;

	mvc_incoming_init(&it.in, u->env);
	err = open_item(u, &it, named, &passed);
	if (!err)
		err = check_origin(u, &it, named, &passed);
	if (!err && !passed)
		err = check_unchanged(u, &it);
	if (!err && !passed) {
		mvc_bar_start(u->env);
		err = bring(u, &it);
		mvc_bar_stop(u->env);
		if (err)
			err = mvc_fail_prefix(err, "%s", path);
	}
	if (!err && !passed)
		err = settle(u, &it);
	item_release(&it);
	return err;
}

/* ---- which ---- */

static int
find(struct mvc_names *out, struct updating *u)
{
	struct mvc_env *env = u->env;
	int err = MVC_OK;

	if (env->argc == 0)
		err = mvc_work_roots(out, u->idx, "");
	for (int i = 0; !err && i < env->argc; i++) {
		MVC_OWN_MEM char *path = NULL;
		size_t n = strlen(MVC_POINTER_SUFFIX);

		err = mvc_typed_path(&path, env->repo, env->argv[i]);
		if (!err && mvc_pointer_is_path(path))
			path[strlen(path) - n] = 0;
		if (!err)
			err = mvc_names_add(out, path);
	}
	return err;
}

static int
update_all(struct updating *u)
{
	struct mvc_names names = {0};
	struct mvc_env *env = u->env;
	int err = mvc_index_open(&u->idx, env->repo);

	if (!err)
		err = mvc_work_open(&u->work, &env->ctx, env->repo, env->store);
	if (!err)
		err = find(&names, u);
	for (size_t i = 0; !err && i < names.n; i++)
		mvc_line_fit(env, names.v[i]);
	for (size_t i = 0; !err && i < names.n; i++)
		err = update(u, names.v[i], env->argc > 0);
	mvc_names_release(&names);
	return err;
}

static int
update_run(struct mvc_env *env, const void *args)
{
	struct updating u = {.env = env, .a = args};
	int err;

	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	err = update_all(&u);
	if (env->common.json)
		mvc_json_end(&env->out.json);
	if (u.moved)
		mvc_say(env, "Staged; next: git commit\n");
	mvc_work_free(u.work);
	mvc_index_free(u.idx);
	return err;
}

const struct mvc_cmd mvc_cmd_update = {
    .name = "update",
    .summary = "newer versions of what was imported",
    .usage = "[--rev REV] [-f] [PATH...]",
    .group = MVC_GROUP_SHARING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_NEED_WORKTREE | MVC_CMD_JOBS |
	MVC_CMD_JSON | MVC_CMD_DRY_RUN,
    .max = -1,
    .opts = update_opts,
    .args_size = sizeof(struct update_args),
    .run = update_run,
};
