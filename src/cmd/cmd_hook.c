/* What the hooks that `mvc install` puts run. */
#include "cmd/hook.h"
#include "git/config.h"
#include "git/repo.h"
#include "util/banned.h"

static const struct hook {
	const char *name;
	int (*run)(struct mvc_env *env);
	bool tells; /* Git asks nothing: what goes wrong is only a note */
} hooks[] = {
    {"post-checkout", mvc_hook_post_checkout, true},
    {"post-merge", mvc_hook_post_merge, true},
    {"post-rewrite", mvc_hook_post_rewrite, true},
    {"pre-commit", mvc_hook_pre_commit, false},
    {"pre-push", mvc_hook_pre_push, false},
};
#define N_HOOKS (sizeof(hooks) / sizeof(hooks[0]))

static const struct hook *
find(const char *name)
{
	for (size_t i = 0; i < N_HOOKS; i++)
		if (!strcmp(hooks[i].name, name))
			return &hooks[i];
	return NULL;
}

/* In a repository that does not use mvc, as a framework may call it, there is
 * nothing to say. */
static int
run_here(struct mvc_env *env, const struct hook *h)
{
	MVC_OWN_MEM char *id = NULL;
	int err = mvc_env_repo(env);

	if (!err)
		err = mvc_config_string(&id, env->repo, "mvc.id");
	if (!err && id)
		err = h->run(env);
	return err;
}

static int
hook_run(struct mvc_env *env, const void *args)
{
	const struct hook *h = find(env->argv[0]);
	int err;

	if (!h)
		return mvc_fail(
		    MVC_EUSAGE, "there is no hook %s", env->argv[0]);
	env->argv++;
	env->argc--;
	err = run_here(env, h);
	if (!err || !h->tells)
		return err;
	if (err != MVC_EFINDING)
		mvc_note(env, "%s", mvc_error_text());
	return MVC_OK;
}

const struct mvc_cmd mvc_cmd_hook = {
    .name = "hook",
    .summary = "do what one of Git's hooks is for",
    .usage = "NAME [ARG...]",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_FIRST_WORD | MVC_CMD_HIDDEN,
    .min = 1,
    .max = -1,
    .run = hook_run,
};
