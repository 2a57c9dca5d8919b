#include "cmd/beyond.h"
#include "cmd/lookup.h"
#include "cmd/object.h"
#include "store/store.h"
#include "tree/path.h"
#include "tree/walk.h"
#include "util/banned.h"

struct ls_args {
	bool longer, recursive, zero;
};

static const struct mvc_opt ls_opts[] = {
    MVC_OPT_FLAG(
	'l', "long", struct ls_args, longer, "kind, size and id of each"),
    MVC_OPT_FLAG('r', "recursive", struct ls_args, recursive,
	"everything below directories too"),
    MVC_OPT_FLAG('z', "null", struct ls_args, zero,
	"names as they are, each ended by a NUL byte"),
    MVC_OPT_END,
};

struct ls {
	struct mvc_env *env;
	const struct ls_args *a;
	const char *prefix; /* before the paths of a walk, with its '/' */
	bool broken; /* a pointer could not be read */
};

static void
print_json(struct ls *l, const char *path, const struct mvc_entry *e)
{
	struct mvc_json *j = mvc_out_json(l->env);

	mvc_json_object(j);
	mvc_json_key(j, "path");
	mvc_json_bytes(j, path, strlen(path));
	mvc_json_key_str(j, "type", mvc_entry_word(e->kind));
	mvc_json_key_u64(j, "size", e->size);
	if (e->kind == MVC_ENTRY_DIR)
		mvc_json_key_u64(j, "files", e->files);
	if (e->kind == MVC_ENTRY_LINK) {
		mvc_json_key(j, "target");
		mvc_json_bytes(j, e->target, e->target_len);
	} else {
		mvc_json_key_str(j, "oid", mvc_oid_hex(&e->id).s);
	}
	mvc_json_end(j);
}

static void
print_long(struct ls *l, const struct mvc_entry *e)
{
	bool link = e->kind == MVC_ENTRY_LINK;

	mvc_print(l->env, "%-10s  %7s  %-12.12s  ", mvc_entry_word(e->kind),
	    link ? "" : mvc_human_size(e->size).s,
	    link ? "" : mvc_oid_hex(&e->id).s);
}

static int
print_entry(struct ls *l, const char *path, const struct mvc_entry *e)
{
	MVC_SCOPED(mvc_buf) target = MVC_BUF_INIT(4 * MVC_TARGET_MAX + 8);
	int err = MVC_OK;

	if (l->env->common.json) {
		print_json(l, path, e);
		return MVC_OK;
	}
	if (l->a->longer)
		print_long(l, e);
	if (l->a->zero) {
		mvc_print_bytes(l->env, path, strlen(path) + 1);
		return MVC_OK;
	}
	if (l->a->longer && e->kind == MVC_ENTRY_LINK) {
		err = mvc_buf_add_str(&target, " -> ");
		if (!err)
			err = mvc_human_name(&target, e->target, e->target_len);
	}
	mvc_print(l->env, "%s%s%s\n", mvc_name(l->env, path),
	    e->kind == MVC_ENTRY_DIR ? "/" : "",
	    target.data ? target.data : "");
	return err;
}

static int
walk_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct ls *l = arg;
	MVC_OWN_MEM char *full = NULL;
	int err;

	if (asprintf(&full, "%s%s", l->prefix, path) < 0) {
		full = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	err = print_entry(l, full, e);
	if (!err && !l->a->recursive)
		return MVC_WALK_SKIP;
	return err;
}

static int
walk(struct ls *l, const char *prefix, const struct mvc_oid *id)
{
	static const struct mvc_walk_ops ops = {.entry = walk_entry};

	l->prefix = prefix;
	return mvc_tree_walk(mvc_store_source(l->env->store), id, &ops, l);
}

static int
walk_root(struct ls *l, const struct mvc_tracked *t)
{
	MVC_OWN_MEM char *prefix = NULL;

	if (asprintf(&prefix, "%s/", t->path) < 0) {
		prefix = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	return walk(l, prefix, &t->pointer.oid);
}

static int
print_root(struct ls *l, const struct mvc_tracked *t)
{
	struct mvc_entry e = mvc_pointer_entry(&t->pointer);
	bool tree = e.kind == MVC_ENTRY_DIR;
	int err;

	if (t->err) {
		l->broken = true;
		mvc_note(l->env, "%s", t->why);
		return MVC_OK;
	}
	if (l->env->common.json || l->a->longer || l->a->zero ||
	    l->a->recursive) {
		err = print_entry(l, t->path, &e);
		if (!err && tree && l->a->recursive)
			err = walk_root(l, t);
		return err;
	}
	mvc_line(l->env, t->path, NULL, "%14s  %7s", mvc_human_files(e.files).s,
	    mvc_human_size(e.size).s);
	return MVC_OK;
}

static void
print_total(struct ls *l, const struct mvc_tracked_list *list)
{
	uint64_t files = 0, size = 0, paths = 0;

	for (size_t i = 0; i < list->n; i++) {
		paths += !list->v[i].err;
		files += list->v[i].pointer.files;
		size += list->v[i].pointer.size;
	}
	if (!list->n)
		mvc_say(l->env, "Nothing is tracked yet: mvc add PATH\n");
	else if (list->n > 1 && !l->a->zero && !l->a->recursive)
		mvc_say(l->env, "%s tracked paths, %s, %s\n",
		    mvc_human_count(paths).s, mvc_human_files(files).s,
		    mvc_human_size(size).s);
}

/* What is tracked in a folder of Git's. */
static int
list_roots(struct ls *l, struct mvc_target *t)
{
	struct mvc_tracked_list list;
	int err;

	err = mvc_view_list(&list, t->view, t->path);
	if (err)
		return err;
	for (size_t i = 0; i < list.n; i++)
		mvc_line_fit(l->env, list.v[i].path);
	for (size_t i = 0; !err && i < list.n; i++)
		err = print_root(l, &list.v[i]);
	if (!err)
		print_total(l, &list);
	mvc_tracked_list_release(&list);
	return err || !l->broken ? err : MVC_EFINDING;
}

static int
ls_run(struct mvc_env *env, const void *args)
{
	struct ls l = {.env = env, .a = args, .prefix = ""};
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	MVC_OWN(mvc_beyond) *beyond = NULL;
	int err;

	err = mvc_lookup(&t, env, env->argc ? env->argv[0] : NULL);
	if (!err)
		err = mvc_beyond_open(&beyond, env);
	if (err)
		return err;
	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	if (!t.root)
		err = list_roots(&l, &t);
	else if (t.found.e.kind == MVC_ENTRY_DIR)
		err = mvc_lookup_content(&t, walk(&l, "", &t.found.e.id));
	else
		err = print_entry(&l, t.path, &t.found.e);
	if (env->common.json && (!err || err == MVC_EFINDING))
		mvc_json_end(mvc_out_json(env));
	return err;
}

const struct mvc_cmd mvc_cmd_ls = {
    .name = "ls",
    .summary = "list what is tracked, or what a directory holds",
    .usage = "[REV:][PATH]",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON,
    .max = 1,
    .opts = ls_opts,
    .args_size = sizeof(struct ls_args),
    .run = ls_run,
};
