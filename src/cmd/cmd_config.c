#include "cmd/env.h"
#include "cmd/scope.h"
#include "git/repo.h"
#include "util/banned.h"

#include <unistd.h>

struct config_args {
	int scope;
};

static const struct mvc_opt config_opts[] = {
    MVC_OPT_LOCAL(struct config_args),
    MVC_OPT_PROJECT(struct config_args),
    MVC_OPT_GLOBAL(struct config_args),
    MVC_OPT_SYSTEM(struct config_args),
    MVC_OPT_END,
};

/* The repository, if there is one; without, only what needs none. */
static int
open_repo(struct mvc_env *env, enum mvc_scope scope)
{
	int err = mvc_env_repo(env);

	if (err == MVC_ENOTFOUND &&
	    (scope == MVC_SCOPE_GLOBAL || scope == MVC_SCOPE_SYSTEM))
		return MVC_OK;
	return err;
}

/* One layer, or all of them, as they are listed. */
struct listing {
	struct mvc_env *env;
	int scope; /* as given */
	char *last; /* the strongest value seen */
};

static bool
is_wanted(const struct listing *l, const struct mvc_setting *s)
{
	return !l->scope || l->scope == MVC_SCOPE_GIVEN(s->scope);
}

static int
take_last(void *arg, const struct mvc_setting *s)
{
	struct listing *l = arg;

	if (!is_wanted(l, s))
		return MVC_OK;
	free(l->last);
	l->last = strdup(s->value);
	return l->last ? MVC_OK : mvc_fail(MVC_ENOMEM, "read settings");
}

static int
config_get(struct mvc_env *env, const void *args)
{
	const struct config_args *a = args;
	struct listing l = {env, a->scope, NULL};
	MVC_OWN_MEM char *value = NULL;
	int err;

	err = open_repo(env, MVC_SCOPE_OR(a->scope, MVC_SCOPE_GLOBAL));
	if (!err)
		err = mvc_config_multi(env->repo, env->argv[0], take_last, &l);
	value = l.last;
	if (err)
		return err;
	if (env->common.json)
		mvc_json_str(mvc_out_json(env), value);
	else if (value)
		/* As it is for a program, tame for a terminal. */
		mvc_print(env, "%s\n",
		    isatty(STDOUT_FILENO) ? mvc_name(env, value) : value);
	return value ? MVC_OK : MVC_EFINDING;
}

/* "new" is a word for a fresh id, where an id is set. */
static int
value_of(const char **out, char id[33], const char *key, const char *value)
{
	*out = value;
	if (strcmp(value, "new") ||
	    (strcmp(key, "mvc.id") && strcmp(key, "mvc.clone")))
		return MVC_OK;
	*out = id;
	return mvc_repo_random_id(id);
}

/* Others' settings are not written by mistake; those of a committed file are
 * checked one by one. */
static int
check_key(enum mvc_scope scope, const char *key)
{
	if (scope == MVC_SCOPE_PROJECT || !strncasecmp(key, "mvc.", 4))
		return MVC_OK;
	return mvc_fail(MVC_EINVALID,
	    "%s is not a key of mvc (mvc.NAME): git config sets others", key);
}

static int
change(struct mvc_env *env, const void *args,
    int (*put)(struct mvc_repo *, enum mvc_scope, const char *, const char *))
{
	const struct config_args *a = args;
	enum mvc_scope scope = MVC_SCOPE_OR(a->scope, MVC_SCOPE_LOCAL);
	const char *value;
	char id[33];
	int err;

	err = open_repo(env, scope);
	if (!err)
		err = check_key(scope, env->argv[0]);
	if (!err)
		err = value_of(&value, id, env->argv[0], env->argv[1]);
	if (!err)
		err = put(env->repo, scope, env->argv[0], value);
	if (!err && scope == MVC_SCOPE_PROJECT)
		mvc_line(env, "written", "git add .mvc/config", ".mvc/config");
	return err;
}

static int
config_set(struct mvc_env *env, const void *args)
{
	return change(env, args, mvc_config_set);
}

static int
config_add(struct mvc_env *env, const void *args)
{
	return change(env, args, mvc_config_add);
}

static int
config_unset(struct mvc_env *env, const void *args)
{
	const struct config_args *a = args;
	enum mvc_scope scope = MVC_SCOPE_OR(a->scope, MVC_SCOPE_LOCAL);
	int err = open_repo(env, scope);

	return err ? err : mvc_config_unset(env->repo, scope, env->argv[0]);
}

static int
print_setting(void *arg, const struct mvc_setting *s)
{
	struct listing *l = arg;
	struct mvc_json *j = &l->env->out.json;

	if (!is_wanted(l, s))
		return MVC_OK;
	if (!l->env->common.json) {
		if (l->env->common.verbose)
			mvc_print(l->env, "%-9s", mvc_scope_name(s->scope));
		mvc_print(l->env, "%s=%s\n", mvc_name(l->env, s->key),
		    mvc_name(l->env, s->value));
		return MVC_OK;
	}
	mvc_json_object(j);
	mvc_json_key_str(j, "key", s->key);
	mvc_json_key_str(j, "value", s->value);
	mvc_json_key_str(j, "scope", mvc_scope_name(s->scope));
	mvc_json_end(j);
	return MVC_OK;
}

static int
config_list(struct mvc_env *env, const void *args)
{
	const struct config_args *a = args;
	struct listing l = {env, a->scope, NULL};
	int err;

	err = open_repo(env, MVC_SCOPE_OR(a->scope, MVC_SCOPE_GLOBAL));
	if (err)
		return err;
	if (env->common.json)
		mvc_json_array(mvc_out_json(env));
	err = mvc_config_list(
	    env->repo, env->argc ? env->argv[0] : "mvc.", print_setting, &l);
	if (!err && env->common.json)
		mvc_json_end(&env->out.json);
	return err;
}

/* As git: KEY prints, KEY VALUE sets. */
static int
config_run(struct mvc_env *env, const void *args)
{
	if (!strchr(env->argv[0], '.'))
		return mvc_fail(MVC_EUSAGE,
		    "'%s' is no key: keys look like mvc.threads", env->argv[0]);
	return env->argc == 1 ? config_get(env, args) : config_set(env, args);
}

static const struct mvc_verb config_verbs[] = {
    {"get", "KEY", "print the value that counts", 1, 1, config_get},
    {"set", "KEY VALUE", "set the only value", 2, 2, config_set},
    {"add", "KEY VALUE", "add one more value", 2, 2, config_add},
    {"unset", "KEY", "remove all values", 1, 1, config_unset},
    {"list", "[PREFIX]", "print every setting", 0, 1, config_list},
    {0},
};

const struct mvc_cmd mvc_cmd_config = {
    .name = "config",
    .summary = "read and change settings",
    .usage = "KEY [VALUE]",
    .group = MVC_GROUP_SETUP,
    .flags = MVC_CMD_JSON,
    .min = 1,
    .max = 2,
    .opts = config_opts,
    .args_size = sizeof(struct config_args),
    .verbs = config_verbs,
    .run = config_run,
};
