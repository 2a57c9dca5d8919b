#include "cmd/env.h"
#include "git/repo.h"
#include "work/sparse.h"
#include "util/banned.h"

static int
read_patterns(struct mvc_buf *out, struct mvc_env *env, bool *given)
{
	MVC_OWN(mvc_sparse) *s = NULL;
	int err;

	err = mvc_sparse_open(&s, env->repo->gitdir);
	*given = s != NULL;
	return err ? err : mvc_sparse_read(out, env->repo->gitdir);
}

static int
add_pattern(struct mvc_buf *text, const char *pattern)
{
	if (!*pattern || strchr(pattern, '\n'))
		return mvc_fail(
		    MVC_EUSAGE, "a pattern is a line of text, as images/cats/");
	if (mvc_buf_addf(text, "%s\n", pattern))
		return mvc_fail(MVC_ETOOBIG, "too many patterns: at most 1 MB");
	return MVC_OK;
}

static int
write_patterns(struct mvc_env *env, struct mvc_buf *text)
{
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++)
		err = add_pattern(text, env->argv[i]);
	if (!err)
		err = mvc_sparse_write(env->repo->gitdir, text->data);
	if (!err)
		mvc_line(env, "sparse", "mvc checkout", "%d pattern%s",
		    env->argc, env->argc == 1 ? "" : "s");
	return err;
}

static int
sparse_set(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_IGNORE_MAX);

	return write_patterns(env, &text);
}

static int
sparse_add(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_IGNORE_MAX);
	bool given;
	int err;

	err = read_patterns(&text, env, &given);
	/* Without patterns everything is wanted: one would take that away. */
	if (!err && !given)
		return mvc_fail(MVC_EINVALID,
		    "everything is wanted here already; to have only some of "
		    "it: mvc sparse set");
	if (!err && text.len && text.data[text.len - 1] != '\n')
		err = mvc_buf_add_char(&text, '\n');
	return err ? err : write_patterns(env, &text);
}

static void
list_json(struct mvc_env *env, bool given, const char *at)
{
	struct mvc_json *j = mvc_out_json(env);

	if (!given) {
		mvc_json_null(j);
		return;
	}
	mvc_json_array(j);
	while (at && *at) {
		size_t n = strcspn(at, "\n");

		if (n)
			mvc_json_bytes(j, at, n);
		at += n + (at[n] != 0);
	}
	mvc_json_end(j);
}

static int
sparse_list(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_IGNORE_MAX);
	bool given;
	int err;

	err = read_patterns(&text, env, &given);
	if (err)
		return err;
	if (env->common.json)
		list_json(env, given, text.data);
	else if (!given)
		mvc_say(env, "Everything is wanted here.\n");
	for (char *at = text.data; at && *at && !env->common.json;) {
		size_t n = strcspn(at, "\n");
		bool more = at[n] != 0;

		at[n] = 0;
		mvc_print(env, "%s\n", mvc_name(env, at));
		at += n + more;
	}
	return MVC_OK;
}

static int
sparse_off(struct mvc_env *env, const void *args)
{
	int err = mvc_sparse_write(env->repo->gitdir, NULL);

	if (!err)
		mvc_line(env, "sparse", "mvc checkout", "off");
	return err;
}

static const struct mvc_verb sparse_verbs[] = {
    {"set", "PATTERN...", "have only what matches", 1, -1, sparse_set},
    {"add", "PATTERN...", "have what matches too", 1, -1, sparse_add},
    {"list", "", "print the patterns", 0, 0, sparse_list},
    {"off", "", "have everything again", 0, 0, sparse_off},
    {0},
};

const struct mvc_cmd mvc_cmd_sparse = {
    .name = "sparse",
    .summary = "choose what to have in this work tree",
    .group = MVC_GROUP_DAILY,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_JSON,
    .verbs = sparse_verbs,
};
