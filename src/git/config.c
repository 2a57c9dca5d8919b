#include "git/config.h"
#include "git/gitfile.h"
#include "git/lib.h"
#include "git/project.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include "util/banned.h"

/* libgit2 1.5 has no level for config.worktree: it goes above local. */
#define LEVEL_WORKTREE GIT_CONFIG_LEVEL_APP

const char *
mvc_scope_name(enum mvc_scope scope)
{
	static const char *const names[] = {
	    "system", "global", "project", "local"};

	return names[scope];
}

static enum mvc_scope
scope_of(git_config_level_t level)
{
	if (level >= GIT_CONFIG_LEVEL_LOCAL)
		return MVC_SCOPE_LOCAL;
	return level >= GIT_CONFIG_LEVEL_XDG ? MVC_SCOPE_GLOBAL
					     : MVC_SCOPE_SYSTEM;
}

/* ---- Git's files ---- */

static bool
env_true(const char *name)
{
	const char *value = getenv(name);
	int yes;

	return value && git_config_parse_bool(&yes, value) == 0 && yes;
}

/* *out stays NULL where there is no such file by name. */
static int
system_file(char **out)
{
	const char *named = getenv("GIT_CONFIG_SYSTEM");
	git_buf found = {NULL, 0, 0};
	int err = MVC_OK;

	if (env_true("GIT_CONFIG_NOSYSTEM"))
		return MVC_OK;
	if (named)
		return mvc_git_textf(out, "%s", named);
	if (git_config_find_system(&found) == 0)
		err = mvc_git_textf(out, "%s", found.ptr);
	else
		err = mvc_git_textf(out, "/etc/gitconfig");
	git_buf_dispose(&found);
	return err;
}

static int
xdg_file(char **out)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (getenv("GIT_CONFIG_GLOBAL"))
		return MVC_OK;
	if (xdg && *xdg)
		return mvc_git_textf(out, "%s/git/config", xdg);
	return home ? mvc_git_textf(out, "%s/.config/git/config", home)
		    : MVC_OK;
}

static int
home_file(char **out)
{
	const char *named = getenv("GIT_CONFIG_GLOBAL"), *home = getenv("HOME");

	if (named)
		return mvc_git_textf(out, "%s", named);
	return home ? mvc_git_textf(out, "%s/.gitconfig", home) : MVC_OK;
}

/* Takes over path. */
static int
add_layer(git_config *cfg, char *path, git_config_level_t level,
    const struct mvc_repo *r)
{
	int err = MVC_OK, e;

	/* The user's and the system's files are passed over, as by git. */
	if (path && level >= GIT_CONFIG_LEVEL_LOCAL && access(path, R_OK) < 0 &&
	    errno == EACCES) {
		err = mvc_sys_fail(AT_FDCWD, "open", path);
	} else if (path && mvc_file_exists(AT_FDCWD, path)) {
		e = git_config_add_file_ondisk(
		    cfg, path, level, r ? r->git : NULL, 0);
		if (e < 0 && e != GIT_ENOTFOUND)
			err = mvc_git_fail(e, "read %s", path);
	}
	free(path);
	return err;
}

static int
add_user_layers(git_config *cfg, const struct mvc_repo *r)
{
	static const struct {
		int (*find)(char **out);
		git_config_level_t level;
	} layers[] = {{system_file, GIT_CONFIG_LEVEL_SYSTEM},
	    {xdg_file, GIT_CONFIG_LEVEL_XDG},
	    {home_file, GIT_CONFIG_LEVEL_GLOBAL}};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < 3; i++) {
		char *path = NULL;

		err = layers[i].find(&path);
		if (!err)
			err = add_layer(cfg, path, layers[i].level, r);
	}
	return err;
}

static int
add_own_layers(git_config *cfg, const struct mvc_repo *r)
{
	char *path = NULL;
	int err, yes;

	err = mvc_git_textf(&path, "%s/config", r->commondir);
	if (!err)
		err = add_layer(cfg, path, GIT_CONFIG_LEVEL_LOCAL, r);
	if (err)
		return err;
	if (git_config_get_bool(&yes, cfg, "extensions.worktreeconfig") < 0 ||
	    !yes)
		return MVC_OK;
	err = mvc_git_textf(&path, "%s/config.worktree", r->gitdir);
	return err ? err : add_layer(cfg, path, LEVEL_WORKTREE, r);
}

int
mvc_git_config(git_config **out, const struct mvc_repo *r)
{
	int err;

	*out = NULL;
	err = mvc_git_start();
	if (err)
		return err;
	if (git_config_new(out) < 0)
		return mvc_git_fail(-1, "read the configuration");
	err = add_user_layers(*out, r);
	if (!err && r)
		err = add_own_layers(*out, r);
	if (!err)
		return MVC_OK;
	git_config_free(*out);
	*out = NULL;
	return err;
}

/* ---- reading ---- */

/* Section and name in lower case, as the layers give them. */
static int
normal_key(char **out, const char *key)
{
	char *first, *last;
	int err = mvc_git_textf(out, "%s", key);

	if (err)
		return err;
	first = strchr(*out, '.');
	last = strrchr(*out, '.');
	if (!first || first == *out || !last[1]) {
		free(*out);
		*out = NULL;
		return mvc_fail(MVC_EINVALID,
		    "%s is no key: a section and a name are, as mvc.id", key);
	}
	for (char *s = *out; *s; s++)
		if ((s < first || s > last) && *s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
	return MVC_OK;
}

/* The project's last value of a key; NULL when it has none. */
static int
project_value(const char **out, struct mvc_repo *r, const char *key)
{
	const struct mvc_settings *s;
	int err;

	*out = NULL;
	if (!r || strncmp(key, "mvc.", 4))
		return MVC_OK;
	err = mvc_project_load(&s, r);
	for (size_t i = 0; !err && i < s->n; i++)
		if (!s->vars[i].why && !strcmp(s->vars[i].key, key))
			*out = s->vars[i].value;
	return err;
}

int
mvc_config_string(char **out, struct mvc_repo *r, const char *key)
{
	MVC_GIT_OWN(git_config) *cfg = NULL;
	MVC_GIT_OWN(git_config_entry) *entry = NULL;
	MVC_OWN_MEM char *name = NULL;
	const char *value;
	int err;

	*out = NULL;
	err = normal_key(&name, key);
	if (!err)
		err = mvc_git_config(&cfg, r);
	if (err)
		return err;
	err = git_config_get_entry(&entry, cfg, name);
	if (err < 0 && err != GIT_ENOTFOUND)
		return mvc_git_fail(err, "read %s", key);
	if (!entry || entry->level < GIT_CONFIG_LEVEL_LOCAL) {
		err = project_value(&value, r, name);
		if (err)
			return err;
		if (value)
			return mvc_git_textf(out, "%s", value);
	}
	if (!entry)
		return MVC_OK;
	/* Without '=', which Git takes for true. */
	return mvc_git_textf(out, "%s", entry->value ? entry->value : "true");
}

int
mvc_config_bool(bool *out, struct mvc_repo *r, const char *key, bool unset)
{
	MVC_OWN_MEM char *value = NULL;
	int err, yes;

	*out = unset;
	err = mvc_config_string(&value, r, key);
	if (err || !value)
		return err;
	if (git_config_parse_bool(&yes, value) < 0)
		return mvc_fail(MVC_EINVALID,
		    "%s is '%s': true or false is needed", key, value);
	*out = yes != 0;
	return MVC_OK;
}

/* k, m, g, t as a power of 1024; -1 for anything else. */
static int
power_of(const char *suffix)
{
	static const char known[] = "kmgt";
	const char *at;

	if (!*suffix)
		return 0;
	at = strchr(known, *suffix | 0x20);
	return at && *at && !suffix[1] ? (int)(at - known) + 1 : -1;
}

int
mvc_config_int(int64_t *out, struct mvc_repo *r, const char *key, int64_t unset)
{
	MVC_OWN_MEM char *value = NULL;
	long long number;
	int err, power;
	char *end;

	*out = unset;
	err = mvc_config_string(&value, r, key);
	if (err || !value)
		return err;
	errno = 0;
	number = strtoll(value, &end, 10);
	power = power_of(end);
	if (end == value || errno || power < 0)
		return mvc_fail(MVC_EINVALID,
		    "%s is '%s': a number is needed, such as 10, 64k, 2g", key,
		    value);
	while (power-- > 0)
		if (__builtin_mul_overflow(number, 1024, &number))
			return mvc_fail(
			    MVC_EINVALID, "%s is too big: %s", key, value);
	*out = number;
	return MVC_OK;
}

/* What a listing wants: one key, or all below a prefix. */
struct wanted {
	const char *key;
	const char *prefix;
	mvc_setting_fn each;
	void *arg;
};

static int
offer(const struct wanted *w, const char *key, const char *value,
    enum mvc_scope scope)
{
	struct mvc_setting s = {key, value ? value : "true", scope};

	if (w->key && strcmp(w->key, key))
		return MVC_OK;
	if (w->prefix && strncmp(w->prefix, key, strlen(w->prefix)))
		return MVC_OK;
	return w->each(w->arg, &s);
}

static int
offer_level(const struct wanted *w, git_config *cfg, git_config_level_t level)
{
	MVC_GIT_OWN(git_config_iterator) *it = NULL;
	git_config_entry *entry;
	int err = MVC_OK, e;

	e = git_config_iterator_new(&it, cfg);
	if (e < 0)
		return mvc_git_fail(e, "list the configuration");
	while (!err && (e = git_config_next(&entry, it)) == 0)
		if (entry->level == level)
			err = offer(
			    w, entry->name, entry->value, scope_of(level));
	if (!err && e != GIT_ITEROVER)
		return mvc_git_fail(e, "list the configuration");
	return err;
}

static int
offer_project(const struct wanted *w, struct mvc_repo *r)
{
	const struct mvc_settings *s;
	int err;

	if (!r)
		return MVC_OK;
	err = mvc_project_load(&s, r);
	for (size_t i = 0; !err && i < s->n; i++)
		if (!s->vars[i].why)
			err = offer(w, s->vars[i].key, s->vars[i].value,
			    MVC_SCOPE_PROJECT);
	return err;
}

static int
offer_all(const struct wanted *w, struct mvc_repo *r)
{
	static const git_config_level_t weak[] = {GIT_CONFIG_LEVEL_SYSTEM,
	    GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL};
	MVC_GIT_OWN(git_config) *cfg = NULL;
	int err;

	err = mvc_git_config(&cfg, r);
	for (size_t i = 0; !err && i < 3; i++)
		err = offer_level(w, cfg, weak[i]);
	if (!err)
		err = offer_project(w, r);
	if (!err)
		err = offer_level(w, cfg, GIT_CONFIG_LEVEL_LOCAL);
	if (!err)
		err = offer_level(w, cfg, LEVEL_WORKTREE);
	return err;
}

int
mvc_config_multi(
    struct mvc_repo *r, const char *key, mvc_setting_fn each, void *arg)
{
	struct wanted w = {.each = each, .arg = arg};
	MVC_OWN_MEM char *name = NULL;
	int err = normal_key(&name, key);

	w.key = name;
	return err ? err : offer_all(&w, r);
}

int
mvc_config_list(
    struct mvc_repo *r, const char *prefix, mvc_setting_fn each, void *arg)
{
	struct wanted w = {.prefix = prefix, .each = each, .arg = arg};

	return offer_all(&w, r);
}

/* ---- writing ---- */

static int
file_of(char **out, const struct mvc_repo *r, enum mvc_scope scope)
{
	MVC_OWN_MEM char *home = NULL, *xdg = NULL;
	int err;

	*out = NULL;
	if (scope == MVC_SCOPE_LOCAL)
		return mvc_git_textf(out, "%s/config", r->commondir);
	if (scope == MVC_SCOPE_SYSTEM) {
		err = system_file(out);
		return err || *out ? err
				   : mvc_fail(MVC_EINVALID,
					 "GIT_CONFIG_NOSYSTEM is set: there "
					 "is no system configuration");
	}
	err = home_file(&home);
	if (!err)
		err = xdg_file(&xdg);
	if (err)
		return err;
	if (xdg && mvc_file_exists(AT_FDCWD, xdg) &&
	    !(home && mvc_file_exists(AT_FDCWD, home)))
		*out = MVC_TAKE(xdg);
	else
		*out = MVC_TAKE(home);
	if (*out)
		return MVC_OK;
	return mvc_fail(
	    MVC_ENOTFOUND, "HOME is not set: there is no global configuration");
}

/* One of Git's configuration files being changed. */
struct edit {
	struct mvc_gitfile file;
	git_config *cfg;
};

static int
edit_begin(
    struct edit *e, struct mvc_repo *r, enum mvc_scope scope, const char *key)
{
	MVC_OWN_MEM char *path = NULL, *name = NULL;
	int err;

	*e = (struct edit){MVC_GITFILE_INIT, NULL};
	err = mvc_git_start();
	if (!err)
		err = normal_key(&name, key);
	if (!err && scope == MVC_SCOPE_LOCAL && !r)
		err = mvc_fail(
		    MVC_EINVALID, "there is no repository to configure here");
	if (!err)
		err = file_of(&path, r, scope);
	if (!err)
		err = mvc_gitfile_begin(&e->file, path);
	if (err)
		return err;
	err = git_config_open_ondisk(&e->cfg, e->file.tmp);
	return err < 0 ? mvc_git_fail(err, "read %s", path) : MVC_OK;
}

/* Kept if it went well so far. libgit2 wrote a file of the usual mode. */
static int
edit_end(
    struct edit *e, const struct mvc_repo *r, enum mvc_scope scope, int err)
{
	if (!err && e->file.old.st_mode)
		err = mvc_sys_chmod(
		    AT_FDCWD, e->file.tmp, e->file.old.st_mode & 0777);
	if (!err)
		err = mvc_gitfile_publish(&e->file);
	if (!err && scope == MVC_SCOPE_LOCAL)
		mvc_repo_share(r, "config");
	git_config_free(e->cfg);
	mvc_gitfile_release(&e->file);
	return err;
}

static int
project_edit(struct mvc_repo *r, const char *key, const char *value, bool add)
{
	MVC_OWN_MEM char *name = NULL;
	int err;

	if (!r)
		return mvc_fail(
		    MVC_EINVALID, "there is no repository to configure here");
	err = normal_key(&name, key);
	return err ? err : mvc_project_edit(r, name, value, add);
}

static int
set(git_config *cfg, const char *key, const char *value)
{
	int e = git_config_set_string(cfg, key, value);

	if (e == GIT_ERROR && git_error_last() &&
	    strstr(git_error_last()->message, "multivar"))
		return mvc_fail(MVC_EINVALID,
		    "%s has several values: unset it first, or add another",
		    key);
	return e < 0 ? mvc_git_fail(e, "set %s", key) : MVC_OK;
}

int
mvc_config_set(struct mvc_repo *r, enum mvc_scope scope, const char *key,
    const char *value)
{
	struct edit e;
	int err;

	if (scope == MVC_SCOPE_PROJECT)
		return project_edit(r, key, value, false);
	err = edit_begin(&e, r, scope, key);
	if (!err)
		err = set(e.cfg, key, value);
	return edit_end(&e, r, scope, err);
}

/* With a pattern that no value matches, none is replaced. (Patterns leak in
 * libgit2 1.5: only where there is something to match.) */
static int
add(git_config *cfg, const char *key, const char *value)
{
	MVC_GIT_OWN(git_config_entry) *old = NULL;
	int e;

	if (git_config_get_entry(&old, cfg, key) == GIT_ENOTFOUND)
		e = git_config_set_string(cfg, key, value);
	else
		e = git_config_set_multivar(cfg, key, "$^", value);
	return e < 0 ? mvc_git_fail(e, "add %s", key) : MVC_OK;
}

int
mvc_config_add(struct mvc_repo *r, enum mvc_scope scope, const char *key,
    const char *value)
{
	struct edit e;
	int err;

	if (scope == MVC_SCOPE_PROJECT)
		return project_edit(r, key, value, true);
	err = edit_begin(&e, r, scope, key);
	if (!err)
		err = add(e.cfg, key, value);
	return edit_end(&e, r, scope, err);
}

static int
unset(git_config *cfg, const char *key, enum mvc_scope scope)
{
	int e = git_config_delete_entry(cfg, key);

	if (e < 0 && e != GIT_ENOTFOUND)
		e = git_config_delete_multivar(cfg, key, ".*");
	if (e == GIT_ENOTFOUND)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is not set in the %s "
		    "configuration",
		    key, mvc_scope_name(scope));
	return e < 0 ? mvc_git_fail(e, "unset %s", key) : MVC_OK;
}

int
mvc_config_unset(struct mvc_repo *r, enum mvc_scope scope, const char *key)
{
	struct edit e;
	int err;

	if (scope == MVC_SCOPE_PROJECT)
		return project_edit(r, key, NULL, false);
	err = edit_begin(&e, r, scope, key);
	if (!err)
		err = unset(e.cfg, key, scope);
	return edit_end(&e, r, scope, err);
}
