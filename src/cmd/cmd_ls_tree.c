#include "cmd/env.h"
#include "cmd/object.h"
#include "store/store.h"
#include "tree/walk.h"
#include "util/banned.h"

#include <inttypes.h>

struct ls_args {
	bool recurse, zero;
};

static const struct mvc_opt ls_opts[] = {
    MVC_OPT_FLAG('r', "recursive", struct ls_args, recurse,
	"files of directories instead of directories"),
    MVC_OPT_FLAG(
	'z', "zero", struct ls_args, zero, "end names by NUL, unquoted"),
    MVC_OPT_END,
};

struct listing {
	struct mvc_env *env;
	const struct ls_args *a;
	struct mvc_json *json; /* NULL: lines */
	struct mvc_buf name;
};

static void
list_json(struct listing *l, const char *path, const struct mvc_entry *e)
{
	struct mvc_json *j = l->json;
	bool link = e->kind == MVC_ENTRY_LINK;

	mvc_json_object(j);
	mvc_json_key_str(j, "kind", mvc_entry_word(e->kind));
	mvc_json_key_str(j, "path", path);
	mvc_json_key_str(j, "id", link ? NULL : mvc_oid_hex(&e->id).s);
	mvc_json_key_u64(j, "size", e->size);
	mvc_json_key_u64(j, "files", e->files);
	if (link) {
		mvc_json_key(j, "target");
		mvc_json_bytes(j, e->target, e->target_len);
	}
	mvc_json_end(j);
}

/* With -z the NUL after the name before separates. */
static int
list_name(struct listing *l, const char *before, const char *p, size_t n)
{
	int err;

	if (l->a->zero) {
		mvc_print_bytes(l->env, p, n);
		mvc_print_bytes(l->env, "", 1);
		return MVC_OK;
	}
	mvc_buf_clear(&l->name);
	err = mvc_human_name(&l->name, p, n);
	if (!err)
		mvc_print(l->env, "%s%s", before, l->name.data);
	return err;
}

static int
list_entry(struct listing *l, const char *path, const struct mvc_entry *e)
{
	bool link = e->kind == MVC_ENTRY_LINK;
	int err;

	if (l->json) {
		list_json(l, path, e);
		return MVC_OK;
	}
	mvc_print(l->env, "%s %s %" PRIu64 " %" PRIu64 "\t",
	    mvc_entry_word(e->kind), link ? "-" : mvc_oid_hex(&e->id).s,
	    e->size, e->files);
	err = list_name(l, "", path, strlen(path));
	if (!err && link)
		err = list_name(l, "\t", e->target, e->target_len);
	if (!err && !l->a->zero)
		mvc_print(l->env, "\n");
	return err;
}

static int
each(void *arg, const char *path, const struct mvc_entry *e)
{
	struct listing *l = arg;
	int err;

	/* An empty directory has no files to stand for it. */
	if (l->a->recurse && e->kind == MVC_ENTRY_DIR && e->files)
		return MVC_OK;
	err = list_entry(l, path, e);
	return err                                       ? err
	    : e->kind == MVC_ENTRY_DIR && !l->a->recurse ? MVC_WALK_SKIP
							 : MVC_OK;
}

static int
ls_tree_run(struct mvc_env *env, const void *args)
{
	static const struct mvc_walk_ops ops = {.entry = each};
	struct listing l = {
	    .env = env, .a = args, .name = MVC_BUF_INIT(4 << 20)};
	struct mvc_oid root;
	int err;

	err = mvc_id_find(&root, env, MVC_TREE, env->argv[0]);
	if (err)
		return err;
	if (env->common.json) {
		l.json = mvc_out_json(env);
		mvc_json_array(l.json);
	}
	err = mvc_tree_walk(mvc_store_source(env->store), &root, &ops, &l);
	if (!err && l.json)
		mvc_json_end(l.json);
	mvc_buf_release(&l.name);
	return err;
}

const struct mvc_cmd mvc_cmd_ls_tree = {
    .name = "ls-tree",
    .summary = "list a tree by its id",
    .usage = "TREE",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON,
    .min = 1,
    .max = 1,
    .opts = ls_opts,
    .args_size = sizeof(struct ls_args),
    .run = ls_tree_run,
};
