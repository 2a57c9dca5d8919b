#include "cmd/sides.h"

#include "git/repo.h"
#include "pipeline/numbers.h"
#include "util/beneath.h"

#include <fcntl.h>
#include "util/banned.h"

void
mvc_sides_release(struct mvc_sides *s)
{
	for (size_t i = 0; i < s->n; i++) {
		mvc_view_free(s->v[i]);
		free(s->name[i]);
	}
	mvc_names_release(&s->paths);
	s->n = 0;
}

int
mvc_sides_add(struct mvc_sides *s, struct mvc_env *env, const char *rev)
{
	int err;

	if (s->n == MVC_SIDES_MAX)
		return mvc_fail(
		    MVC_EUSAGE, "at most %d revisions", MVC_SIDES_MAX);
	err = mvc_view_open(&s->v[s->n], env->repo, rev);
	if (err)
		return err;
	s->name[s->n] = strdup(rev ? rev : "work tree");
	if (s->name[s->n++])
		return MVC_OK;
	return mvc_fail(MVC_ENOMEM, "no memory");
}

static int
add_revision(struct mvc_sides *s, struct mvc_env *env, const char *word)
{
	const char *dots = strstr(word, "..");
	MVC_OWN_MEM char *left = NULL;
	int err;

	if (!dots)
		return mvc_sides_add(s, env, word);
	left = strndup(word, (size_t)(dots - word));
	if (!left)
		return mvc_fail(MVC_ENOMEM, "no memory");
	err = mvc_sides_add(s, env, *left ? left : "HEAD");
	return err ? err : mvc_sides_add(s, env, dots[2] ? dots + 2 : "HEAD");
}

static int
add_path(struct mvc_sides *s, struct mvc_env *env, const char *word)
{
	MVC_OWN_MEM char *path = NULL;
	int err = mvc_repo_path(&path, env->repo, word);

	return err ? err : mvc_names_add(&s->paths, path);
}

/* Whether it is a file of the work tree. */
static bool
is_path(struct mvc_env *env, const char *word)
{
	MVC_OWN_MEM char *path = NULL;
	MVC_OWN_FD int top = -1, fd = -1;

	if (!env->repo->worktree || mvc_repo_path(&path, env->repo, word))
		return false;
	top = open(env->repo->worktree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return top >= 0 && !mvc_beneath_open(&fd, top, path, O_PATH, 0);
}

/* Without "--". */
static int
add_word(struct mvc_sides *s, struct mvc_env *env, const char *word)
{
	bool path = is_path(env, word);
	int err;

	if (s->paths.n)
		return add_path(s, env, word);
	err = add_revision(s, env, word);
	if (!err && path)
		return mvc_fail(MVC_EUSAGE,
		    "'%s' is a revision and a path: put -- before paths", word);
	if (err != MVC_ENOTFOUND && err != MVC_EINVALID)
		return err;
	if (path)
		return add_path(s, env, word);
	return mvc_fail(MVC_ENOTFOUND,
	    "'%s' is neither a revision nor a file here (put -- before paths "
	    "of other revisions)",
	    word);
}

int
mvc_sides_words(struct mvc_sides *s, struct mvc_env *env, size_t most)
{
	int err = MVC_OK;

	for (int i = 0; !err && i < env->argc; i++) {
		if (env->dashdash < 0)
			err = add_word(s, env, env->argv[i]);
		else if (i >= env->dashdash)
			err = add_path(s, env, env->argv[i]);
		else
			err = add_revision(s, env, env->argv[i]);
	}
	if (!err && s->n > most)
		err = mvc_fail(MVC_EUSAGE, "at most %zu revision%s", most,
		    most == 1 ? "" : "s");
	return err;
}

int
mvc_sides_find(struct mvc_sides *s, struct mvc_env *env, enum mvc_numbers which)
{
	const char *prefix = env->repo->prefix ? env->repo->prefix : "";
	MVC_OWN_MEM char *here = strdup(prefix);
	int err = MVC_OK;

	if (s->paths.n)
		return MVC_OK;
	if (!here)
		return mvc_fail(MVC_ENOMEM, "no memory");
	if (*here)
		here[strlen(here) - 1] = 0;
	s->found = true;
	for (size_t i = 0; !err && i < s->n; i++) {
		err = mvc_numbers_find(&s->paths, s->v[i], which);
		if (!err)
			err = mvc_pipeline_numbers(
			    &s->paths, s->v[i], here, which);
	}
	if (!err && !s->paths.n && which == MVC_NUMBERS_PLOTS)
		err = mvc_fail(MVC_ENOTFOUND,
		    "no pipeline names a file of plots: name the files");
	if (!err && !s->paths.n)
		err = mvc_fail(MVC_ENOTFOUND,
		    "neither a run that made what is tracked nor a pipeline "
		    "names a file of %s: name the files",
		    which == MVC_NUMBERS_METRICS ? "metrics" : "parameters");
	return err;
}
