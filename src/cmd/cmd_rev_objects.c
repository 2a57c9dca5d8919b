#include "cmd/env.h"
#include "cmd/object.h"
#include "git/history.h"
#include "hash/oidset.h"
#include "store/reach.h"
#include "store/store.h"
#include "work/pointer.h"
#include "util/banned.h"

#include <stdio.h>

struct revs_args {
	bool missing;
};

static const struct mvc_opt revs_opts[] = {
    MVC_OPT_FLAG(0, "missing", struct revs_args, missing,
	"only what is not in the store"),
    MVC_OPT_END,
};

struct reaching {
	struct mvc_env *env;
	const struct revs_args *a;
	struct mvc_oidset seen;
	struct mvc_buf root; /* the pointer's path, without its suffix */
	struct mvc_buf path; /* of the file at hand, "" in trees */
	uint64_t missing;
};

static int
each_object(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct reaching *r = arg;
	bool was, has;
	const char *path =
	    r->path.len && kind != MVC_TREE ? r->path.data : r->root.data;
	int err;

	err = mvc_oidset_add(&r->seen, (uint8_t)kind, id, &was);
	if (err || was)
		return err ? err : MVC_REACH_SKIP;
	err = mvc_store_has(r->env->store, kind, id, &has);
	if (err)
		return err;
	if (!has || !r->a->missing)
		mvc_print(r->env, "%s%s %s %s\n", has ? "" : "missing ",
		    mvc_kind_word(kind), mvc_oid_hex(id).s,
		    mvc_name(r->env, path));
	r->missing += !has;
	return has ? MVC_OK : MVC_REACH_SKIP;
}

/* What is not there counts as a recipe, unless it is short. */
static int
which(void *arg, const struct mvc_oid *id, uint64_t size, enum mvc_kind *kind)
{
	struct reaching *r = arg;
	bool chunk, recipe;
	int err;

	*kind = MVC_RECIPE;
	err = mvc_store_has(r->env->store, MVC_CHUNK, id, &chunk);
	if (!err)
		err = mvc_store_has(r->env->store, MVC_RECIPE, id, &recipe);
	if (!err && (chunk || (!recipe && size <= 32768)))
		*kind = MVC_CHUNK;
	return err;
}

static int
each_file(void *arg, const char *path, const struct mvc_entry *e)
{
	struct reaching *r = arg;

	mvc_buf_clear(&r->path);
	return mvc_buf_addf(
	    &r->path, "%s%s%s", r->root.data, *path ? "/" : "", path);
}

static int
each_pointer(void *arg, const struct mvc_git_pointer *p)
{
	static const struct mvc_reach_ops ops = {
	    .object = each_object, .which = which, .file = each_file};
	MVC_SCOPED(mvc_pointer) ptr = MVC_POINTER_INIT;
	struct reaching *r = arg;
	int err;

	err = mvc_pointer_parse(&ptr, p->path, p->p, p->n);
	if (err)
		return err;
	mvc_buf_clear(&r->path);
	mvc_buf_clear(&r->root);
	err = mvc_buf_add(
	    &r->root, p->path, strlen(p->path) - strlen(MVC_POINTER_SUFFIX));
	return err
	    ? err
	    : mvc_reach(mvc_store_source(r->env->store),
		  ptr.type == MVC_POINTER_TREE, &ptr.oid, ptr.size, &ops, r);
}

static int
rev_objects_run(struct mvc_env *env, const void *args)
{
	struct reaching r = {.env = env,
	    .a = args,
	    .root = MVC_BUF_INIT(1 << 16),
	    .path = MVC_BUF_INIT(4 << 20)};
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++) {
		struct mvc_gitid commit;

		err = mvc_rev_resolve(&commit, env->repo, env->argv[i]);
		if (!err)
			err = mvc_rev_pointers(
			    env->repo, &commit, "", each_pointer, &r);
	}
	mvc_oidset_release(&r.seen);
	mvc_buf_release(&r.root);
	mvc_buf_release(&r.path);
	return !err && r.missing ? MVC_EFINDING : err;
}

const struct mvc_cmd mvc_cmd_rev_objects = {
    .name = "rev-objects",
    .summary = "list every object that revisions' data is made of",
    .usage = "REV...",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_STORE,
    .min = 1,
    .max = -1,
    .opts = revs_opts,
    .args_size = sizeof(struct revs_args),
    .run = rev_objects_run,
};
