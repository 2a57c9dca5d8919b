#include "cmd/stages.h"
#include "git/repo.h"
#include "pipeline/edit.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/typed.h"
#include "util/banned.h"

#include <fcntl.h>

struct stage_args {
	const char *name, *desc, *wdir;
	struct mvc_strings deps, params, outs, metrics, plots;
	struct mvc_strings outs_git, outs_persist;
	bool frozen, always;
};

#define T struct stage_args
static const struct mvc_opt stage_opts[] = {
    MVC_OPT_STR('n', "name", T, name, "NAME", "what the stage is called"),
    MVC_OPT_LIST('d', "deps", T, deps, "PATH", "it reads this"),
    MVC_OPT_LIST(
	'o', "outs", T, outs, "PATH", "it writes this, which becomes data"),
    MVC_OPT_LIST('O', "outs-no-cache", T, outs_git, "PATH",
	"it writes this, which stays in Git"),
    MVC_OPT_LIST(0, "outs-persist", T, outs_persist, "PATH",
	"it goes on with this, which is not removed first"),
    MVC_OPT_LIST('p', "params", T, params, "[FILE:]KEY,...|FILE:",
	"parameters, of params.yaml unless a FILE is named"),
    MVC_OPT_LIST('m', "metrics", T, metrics, "FILE",
	"it writes these numbers, which stay in Git"),
    MVC_OPT_LIST(0, "plots", T, plots, "PATH", "it writes what is to be drawn"),
    MVC_OPT_STR('w', "wdir", T, wdir, "FOLDER", "where it is run"),
    MVC_OPT_STR(0, "desc", T, desc, "TEXT", "what it is for"),
    MVC_OPT_FLAG(0, "frozen", T, frozen, "repro leaves it as it is"),
    MVC_OPT_FLAG(0, "always-changed", T, always, "repro runs it always"),
    MVC_OPT_END,
};
#undef T

/* ---- reading and writing the file ---- */

static int
write_text(struct mvc_stages *s, const struct mvc_buf *text)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err = mvc_beneath_parent(&folder, &name, s->top, s->path, false);

	return err ? err
		   : mvc_file_replace(folder, name,
			 text->data ? text->data : "", text->len, 0666);
}

/* What is written must be a pipeline that can be run. */
static int
load(void *arg, struct mvc_jval **out, const char *path)
{
	(void)arg;
	(void)path;
	return mvc_jval_new_object(out);
}

static int
check(struct mvc_stages *s, const struct mvc_buf *text, const char *name)
{
	MVC_SCOPED(mvc_pipeline) p = MVC_PIPELINE_INIT;
	MVC_OWN(mvc_graph) *g = NULL;
	int err;

	/* Files of values may not be there yet: nothing then is known of what
	 * has ${...} in it. */
	if (strstr(text->data ? text->data : "", "${"))
		return MVC_OK;
	err = mvc_pipeline_parse(
	    &p, s->path, text->data ? text->data : "", text->len, load, NULL);
	if (!err)
		err = mvc_graph_open(&g, &p);
	return err ? mvc_fail_prefix(err, "stage %s", name) : MVC_OK;
}

static int
finish(struct mvc_env *env, struct mvc_stages *s, const struct mvc_buf *text,
    const char *name, const char *what)
{
	int err = check(s, text, name);

	if (!err)
		err = write_text(s, text);
	if (!err)
		mvc_line(env, what, "mvc repro", "%s in %s",
		    mvc_name(env, name), mvc_name(env, s->path));
	return err;
}

/* ---- add ---- */

static int
take_list(struct mvc_names *to, const struct mvc_strings *from)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < from->n; i++)
		err = mvc_names_add(to, from->v[i]);
	return err;
}

/* A word alone is what a shell is to read; several are each a word of it. */
static int
take_command(struct mvc_buf *out, const struct mvc_env *env)
{
	int err = MVC_OK;

	if (env->argc == 1)
		return mvc_buf_add_str(out, env->argv[0]);
	for (int i = 0; !err && i < env->argc; i++) {
		const char *at = env->argv[i];

		err = i ? mvc_buf_add_char(out, ' ') : MVC_OK;
		if (!err && *at &&
		    !at[strspn(at,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789_@%+=:,./-")]) {
			err = mvc_buf_add_str(out, at);
			continue;
		}
		if (!err)
			err = mvc_buf_add_char(out, '\'');
		for (; !err && *at; at++)
			err = *at == '\'' ? mvc_buf_add_str(out, "'\\''")
					  : mvc_buf_add_char(out, *at);
		if (!err)
			err = mvc_buf_add_char(out, '\'');
	}
	return err;
}

static int
take_words(struct mvc_stage_words *w, const struct stage_args *a)
{
	int err;

	w->name = a->name;
	w->desc = a->desc;
	w->wdir = a->wdir;
	w->frozen = a->frozen;
	w->always = a->always;
	err = take_list(&w->deps, &a->deps);
	if (!err)
		err = take_list(&w->params, &a->params);
	if (!err)
		err = take_list(&w->outs, &a->outs);
	if (!err)
		err = take_list(&w->outs_git, &a->outs_git);
	if (!err)
		err = take_list(&w->outs_persist, &a->outs_persist);
	if (!err)
		err = take_list(&w->metrics, &a->metrics);
	return err ? err : take_list(&w->plots, &a->plots);
}

static void
words_release(struct mvc_stage_words *w)
{
	mvc_names_release(&w->deps);
	mvc_names_release(&w->params);
	mvc_names_release(&w->outs);
	mvc_names_release(&w->outs_git);
	mvc_names_release(&w->outs_persist);
	mvc_names_release(&w->metrics);
	mvc_names_release(&w->plots);
}

/* The file there is, else a new one here. */
static int
find_or_begin(struct mvc_stages *s, struct mvc_env *env, struct mvc_buf *text)
{
	MVC_OWN_MEM char *folder = NULL;
	int err = mvc_stages_find(s, env);

	if (err != MVC_ENOTFOUND)
		return err ? err : mvc_file_read_beneath(text, s->top, s->path);
	err = mvc_typed_path(&folder, env->repo, ".");
	if (!err &&
	    asprintf(&s->path, "%s%smvc.yaml", folder, *folder ? "/" : "") <
		0) {
		s->path = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory");
	}
	return err;
}

static int
add(struct mvc_env *env, const struct stage_args *a, struct mvc_stages *s,
    struct mvc_stage_words *w)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_PIPELINE_MAX);
	MVC_SCOPED(mvc_buf) to = MVC_BUF_INIT(MVC_PIPELINE_MAX);
	MVC_SCOPED(mvc_buf) command = MVC_BUF_INIT(MVC_PIPELINE_TEXT);
	int err = take_command(&command, env);

	w->cmd = command.data;
	if (!err)
		err = take_words(w, a);
	if (!err)
		err = find_or_begin(s, env, &text);
	if (!err)
		err = mvc_pipeline_add(
		    &to, s->path, text.data ? text.data : "", text.len, w);
	return err ? err : finish(env, s, &to, a->name, "added");
}

static int
stage_add(struct mvc_env *env, const void *args)
{
	const struct stage_args *a = args;
	MVC_SCOPED(mvc_stages) s = MVC_STAGES_INIT;
	struct mvc_stage_words w = {.name = NULL};
	int err;

	if (!a->name)
		return mvc_fail(MVC_EUSAGE, "-n says what the stage is called");
	err = add(env, a, &s, &w);
	words_release(&w);
	return err;
}

/* ---- remove, list ---- */

static int
stage_remove(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_PIPELINE_MAX);
	MVC_SCOPED(mvc_stages) s = MVC_STAGES_INIT;
	int err = mvc_stages_find(&s, env);

	(void)args;
	if (!err)
		err = mvc_file_read_beneath(&text, s.top, s.path);
	for (int i = 0; !err && i < env->argc; i++) {
		MVC_SCOPED(mvc_buf) to = MVC_BUF_INIT(MVC_PIPELINE_MAX);

		err = mvc_pipeline_remove(&to, s.path,
		    text.data ? text.data : "", text.len, env->argv[i]);
		mvc_buf_clear(&text);
		if (!err && to.len)
			err = mvc_buf_add(&text, to.data, to.len);
	}
	if (!err)
		err = write_text(&s, &text);
	for (int i = 0; !err && i < env->argc; i++)
		mvc_line(env, "removed", NULL, "%s from %s",
		    mvc_name(env, env->argv[i]), mvc_name(env, s.path));
	return err;
}

static void
list_json(struct mvc_env *env, const struct mvc_stages *s)
{
	struct mvc_json *j = mvc_out_json(env);

	mvc_json_array(j);
	for (size_t i = 0; i < s->p.n; i++) {
		mvc_json_object(j);
		mvc_json_key_str(j, "name", s->p.v[i].name);
		if (s->p.v[i].desc)
			mvc_json_key_str(j, "desc", s->p.v[i].desc);
		mvc_json_key_u64(j, "line", s->p.v[i].line);
		mvc_json_end(j);
	}
	mvc_json_end(j);
}

static int
stage_list(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_stages) s = MVC_STAGES_INIT;
	int err = mvc_stages_open(&s, env);

	(void)args;
	if (err)
		return err;
	if (env->common.json)
		list_json(env, &s);
	for (size_t i = 0; !env->common.json && i < s.p.n; i++)
		mvc_print(env, "%s%s%s\n", mvc_name(env, s.p.v[i].name),
		    s.p.v[i].desc ? "   " : "",
		    s.p.v[i].desc ? mvc_sentence(env, s.p.v[i].desc) : "");
	return MVC_OK;
}

static const struct mvc_verb stage_verbs[] = {
    {"add", "-n NAME [-d PATH]... [-o PATH]... [--] COMMAND...",
	"write a new one into mvc.yaml", 1, -1, stage_add},
    {"list", "", "print their names", 0, 0, stage_list},
    {"remove", "NAME...", "take one out of mvc.yaml", 1, -1, stage_remove},
    {0},
};

const struct mvc_cmd mvc_cmd_stage = {
    .name = "stage",
    .summary = "the stages of a pipeline: mvc.yaml",
    .group = MVC_GROUP_WORK,
    .flags = MVC_CMD_NEED_WORKTREE | MVC_CMD_JSON,
    .opts = stage_opts,
    .args_size = sizeof(struct stage_args),
    .verbs = stage_verbs,
};
