#include "cmd/lookup.h"
#include "git/index.h"
#include "git/repo.h"
#include "util/beneath.h"
#include "util/sys.h"
#include "work/pointerfile.h"
#include "util/banned.h"

struct label_args {
	struct mvc_strings remove;
};

static const struct mvc_opt label_opts[] = {
    MVC_OPT_LIST(
	'd', "delete", struct label_args, remove, "KEY", "remove the label"),
    MVC_OPT_END,
};

static void
print_json(struct mvc_env *env, const struct mvc_pointer *p)
{
	struct mvc_json *j = mvc_out_json(env);

	mvc_json_object(j);
	for (size_t i = 0; i < p->labels.n; i++) {
		const char *value = strchr(p->labels.v[i], '=');
		MVC_OWN_MEM char *key =
		    strndup(p->labels.v[i], (size_t)(value - p->labels.v[i]));

		if (key)
			mvc_json_key_str(j, key, value + 1);
	}
	mvc_json_end(j);
}

static int
print_all(struct mvc_env *env, const struct mvc_pointer *p)
{
	if (env->common.json) {
		print_json(env, p);
		return MVC_OK;
	}
	for (size_t i = 0; i < p->labels.n; i++)
		mvc_print(env, "%s\n", mvc_name(env, p->labels.v[i]));
	return MVC_OK;
}

static int
print_one(struct mvc_env *env, const struct mvc_pointer *p, const char *key)
{
	const char *value = mvc_pointer_get_label(p, key);

	if (env->common.json)
		mvc_json_str(mvc_out_json(env), value);
	else if (value)
		mvc_print(env, "%s\n", mvc_name(env, value));
	return value ? MVC_OK : MVC_EFINDING;
}

/* What the words say, made in one pointer. */
static int
change(struct mvc_pointer *p, struct mvc_env *env, const struct label_args *a)
{
	int err = MVC_OK;

	for (int i = 1; !err && i < env->argc; i++) {
		const char *value = strchr(env->argv[i], '=');
		MVC_OWN_MEM char *key = NULL;

		if (!value)
			return mvc_fail(MVC_EUSAGE,
			    "'%s': several labels are set as KEY=VALUE",
			    env->argv[i]);
		key = strndup(env->argv[i], (size_t)(value - env->argv[i]));
		err = key ? mvc_pointer_label(p, key, value + 1)
			  : mvc_fail(MVC_ENOMEM, "no memory");
	}
	for (size_t i = 0; !err && i < a->remove.n; i++)
		err = mvc_pointer_label(p, a->remove.v[i], NULL);
	return err;
}

/* Nothing half done for want of permission. */
static int
check(struct mvc_env *env, int top, const char *path)
{
	MVC_OWN(mvc_index) *idx = NULL;
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_index_open(&idx, env->repo);
	if (!err)
		err = mvc_index_can_write(idx);
	if (err)
		return err;
	err = mvc_beneath_parent(&folder, &name, top, path, false);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	return mvc_sys_can_write(folder, ".");
}

/* The file of the work tree, which Git's sparse checkout may have left out. */
static int
change_file(
    struct mvc_env *env, const struct label_args *a, int top, const char *path)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	int err;

	err = mvc_pointer_read(&p, top, path);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	err = change(&p, env, a);
	return err ? err : mvc_pointer_write(&p, top, path);
}

/* The index's own version, so that nothing else is staged with it. */
static int
change_staged(struct mvc_env *env, const struct label_args *a, const char *path,
    bool *staged)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_OWN(mvc_index) *idx = NULL;
	int err;

	err = mvc_index_open(&idx, env->repo);
	if (!err)
		err = mvc_index_read(&text, idx, path, 0);
	if (err == MVC_ENOTFOUND) {
		*staged = false;
		return MVC_OK;
	}
	*staged = true;
	if (!err)
		err = mvc_pointer_parse(&p, path, text.data, text.len);
	if (!err)
		err = change(&p, env, a);
	mvc_buf_clear(&text);
	if (!err)
		err = mvc_pointer_format(&text, &p);
	if (!err)
		err = mvc_index_add(idx, path, 0100644, text.data, text.len);
	return err ? err : mvc_index_commit(idx);
}

static int
write_labels(
    struct mvc_env *env, const struct label_args *a, struct mvc_target *t)
{
	MVC_OWN_MEM char *path = NULL;
	MVC_OWN_MEM char *next = NULL;
	bool staged;
	int err;

	if (t->view->history)
		return mvc_fail(MVC_EINVALID, "%s: history cannot be changed",
		    env->argv[0]);
	if (asprintf(&path, "%s%s", t->root, MVC_POINTER_SUFFIX) < 0) {
		path = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory");
	}
	err = check(env, t->view->top, path);
	if (!err)
		err = change_file(env, a, t->view->top, path);
	if (!err)
		err = change_staged(env, a, path, &staged);
	if (!err && !staged &&
	    asprintf(&next, "git add %s", mvc_name(env, path)) < 0)
		next = NULL;
	if (!err)
		mvc_line(env, staged ? "staged" : "written",
		    next ? next : "git commit", "%s", mvc_name(env, path));
	return err;
}

static int
label_run(struct mvc_env *env, const void *args)
{
	const struct label_args *a = args;
	MVC_SCOPED(mvc_target) t = MVC_TARGET_INIT;
	int err;

	err = mvc_lookup(&t, env, env->argv[0]);
	if (err)
		return err;
	if (!t.root || *t.inner)
		return mvc_fail(MVC_EINVALID,
		    "%s: labels belong to a whole tracked path%s%s",
		    env->argv[0], t.root ? ": mvc label " : "",
		    t.root ? t.root : "");
	if (env->argc == 1 && !a->remove.n)
		return print_all(env, &t.pointer);
	if (env->argc == 2 && !a->remove.n && !strchr(env->argv[1], '='))
		return print_one(env, &t.pointer, env->argv[1]);
	return write_labels(env, a, &t);
}

const struct mvc_cmd mvc_cmd_label = {
    .name = "label",
    .summary = "labels of tracked data: licence, source, personal data",
    .usage = "[REV:]PATH [KEY]\nPATH KEY=VALUE...\n-d KEY PATH",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_STORE | MVC_CMD_JSON,
    .min = 1,
    .max = -1,
    .opts = label_opts,
    .args_size = sizeof(struct label_args),
    .run = label_run,
};
