#include "cmd/checkout.h"
#include "cmd/importing.h"
#include "cmd/incoming.h"
#include "util/clock.h"
#include "work/add.h"
#include "work/typed.h"
#include "util/banned.h"

static int
bring(struct mvc_incoming *in, const struct mvc_import_args *a)
{
	char **argv = in->env->argv;

	in->o.remote = a->remote;
	if (in->env->argc == 2)
		return mvc_incoming_git(in, argv[0], argv[1], a->rev, NULL);
	return mvc_incoming_file(in, argv[0], NULL);
}

/* The word's last part, where no place is named. */
static int
output_of(
    const char **out, struct mvc_env *env, const struct mvc_import_args *a)
{
	const char *word = env->argv[env->argc - 1], *slash;

	if (env->argc == 1 && !mvc_incoming_is_url(word))
		return mvc_fail(MVC_EUSAGE,
		    "%s: name a repository and a path in it, an s3:// or "
		    "https:// URL of a file, or an archive: FILE.tar, "
		    ".tar.gz, .tar.zst or .zip",
		    word);
	if (env->argc == 1 && (a->rev || a->remote))
		return mvc_fail(MVC_EUSAGE, "--rev and -r are of a repository");
	slash = strrchr(word, '/');
	*out = a->output ? a->output : slash ? slash + 1 : word;
	return **out ? MVC_OK : mvc_fail(MVC_EUSAGE, "name it with -o");
}

static void
report(struct mvc_incoming *in, const char *path)
{
	struct mvc_env *env = in->env;
	struct mvc_json *j;

	if (!env->common.json) {
		mvc_line_fit(env, path);
		mvc_line(env, path, NULL, "%s  %s   from %s   %s",
		    mvc_human_files(in->now.files).s,
		    mvc_human_size(in->now.size).s, mvc_name(env, in->from),
		    mvc_human_time(mvc_now_ns() - in->begun).s);
		mvc_line(env, "staged", "git commit", "%s",
		    mvc_namef(env, "%s.mvc .gitignore", path));
		return;
	}
	j = mvc_out_json(env);
	mvc_json_object(j);
	mvc_json_key_str(j, "path", path);
	mvc_json_key_str(j, "oid", mvc_oid_hex(&in->now.oid).s);
	mvc_json_key_u64(j, "size", in->now.size);
	mvc_json_key_u64(j, "files", in->now.files);
	mvc_json_key_str(j, "source", in->now.source);
	mvc_json_key_u64(j, "received", in->received);
	mvc_json_end(j);
}

static int
import(
    struct mvc_incoming *in, const struct mvc_import_args *a, const char *path)
{
	MVC_OWN(mvc_work) *work = NULL;
	struct mvc_add_opts opts = {0};
	struct mvc_env *env = in->env;
	int err;

	err = mvc_work_open(&work, &env->ctx, env->repo, env->store);
	/* Before much is fetched. */
	if (!err)
		err = mvc_add_given(work, path, NULL, NULL, &opts);
	if (!err)
		err = bring(in, a);
	return err ? err : mvc_add_given(work, path, &in->now, in->w, &opts);
}

/* Into the work tree, without a word. */
int
mvc_import_put(struct mvc_env *env, const char *typed, bool force)
{
	char *words[] = {(char *)typed, NULL}, **argv = env->argv;
	bool quiet = env->out.quiet, json = env->common.json;
	int argc = env->argc, dashdash = env->dashdash, err;

	env->argv = words;
	env->argc = 1;
	env->dashdash = -1;
	env->out.quiet = true;
	env->common.json = false;
	err = mvc_cmd_put(env, force, NULL);
	env->out.quiet = quiet;
	env->common.json = json;
	env->argv = argv;
	env->argc = argc;
	env->dashdash = dashdash;
	return err;
}

int
mvc_import_data(struct mvc_env *env, const struct mvc_import_args *a)
{
	MVC_OWN_MEM char *path = NULL;
	struct mvc_incoming in;
	const char *output = NULL;
	int err = output_of(&output, env, a);

	if (!err)
		err = mvc_typed_path(&path, env->repo, output);
	if (err)
		return err;
	mvc_incoming_init(&in, env);
	mvc_bar_start(env);
	err = import(&in, a, path);
	mvc_bar_stop(env);
	if (!err)
		report(&in, path);
	mvc_incoming_release(&in);
	return err ? err : mvc_import_put(env, output, false);
}
