/*
 * Settings, from the strongest layer to the weakest:
 *
 *     .git/config (and config.worktree)   local    this clone's
 *     .mvc/config                         project  committed: hostile
 *     ~/.gitconfig                        global
 *     /etc/gitconfig                      system
 *
 * (Environment variables stand above all; the caller looks at them.) A key is
 * written as Git writes it, "mvc.threads", "mvc.remote.lab.url": mvc's own
 * begin with "mvc.". In .mvc/config the sections remote and track may
 * leave that out: [remote "lab"] url there is mvc.remote.lab.url, and
 * [mvc "remote.lab"] url in .git/config overrides it. Git's own keys
 * ("user.name") can be read too, from Git's files only.
 *
 * The project layer knows only the keys that mvc_config_project_allows; others
 * there have no effect, and mvc_config_warnings tells of them. It is read from
 * the work tree (never through a link), else from HEAD, without [include].
 */
#ifndef MVC_GIT_CONFIG_H
#define MVC_GIT_CONFIG_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mvc_buf;
struct mvc_repo;

enum mvc_scope {
	MVC_SCOPE_SYSTEM,
	MVC_SCOPE_GLOBAL,
	MVC_SCOPE_PROJECT,
	MVC_SCOPE_LOCAL,
};
/* "system", "global", "project", "local". */
const char *mvc_scope_name(enum mvc_scope scope);

/* `r` may be NULL in all that follow: only global and system then. */

/* The strongest value, for free(); *out is NULL when it is not set. */
int mvc_config_string(char **out, struct mvc_repo *r, const char *key) MVC_MUST;
/* true/yes/on/1 … as Git reads them; `unset` when it is not set. */
int mvc_config_bool(
    bool *out, struct mvc_repo *r, const char *key, bool unset) MVC_MUST;
/* A number with k, m, g (powers of 1024) as Git reads it, and t. */
int mvc_config_int(
    int64_t *out, struct mvc_repo *r, const char *key, int64_t unset) MVC_MUST;

/* A value; strings are for the call only. */
struct mvc_setting {
	const char *key; /* section and name in lower case */
	const char *value;
	enum mvc_scope scope;
};
typedef int (*mvc_setting_fn)(void *arg, const struct mvc_setting *s);

/* Every value of a key, the weakest layer first, in file order within one. */
int mvc_config_multi(struct mvc_repo *r, const char *key, mvc_setting_fn each,
    void *arg) MVC_MUST;
/* Every value of every key that begins with prefix ("mvc.remote."), likewise;
 * only what counts in the project layer. */
int mvc_config_list(struct mvc_repo *r, const char *prefix, mvc_setting_fn each,
    void *arg) MVC_MUST;

/*
 * Write one file. set replaces the value (MVC_EINVALID when there are several,
 * or when the project layer does not allow the key); add adds one more;
 * unset removes all of them (MVC_ENOTFOUND). The project's file is rewritten
 * in place with its comments kept, and is not staged.
 */
int mvc_config_set(struct mvc_repo *r, enum mvc_scope scope, const char *key,
    const char *value) MVC_MUST;
int mvc_config_add(struct mvc_repo *r, enum mvc_scope scope, const char *key,
    const char *value) MVC_MUST;
int mvc_config_unset(
    struct mvc_repo *r, enum mvc_scope scope, const char *key) MVC_MUST;

/*
 * The text of a .mvc/config with one change, appended to out: the value set, or
 * (NULL) the variable gone; the same text where there is none. `key` is the
 * full name, section and name in lower case. MVC_EINVALID as for set.
 */
int mvc_config_project_text(struct mvc_buf *out, const char *text, size_t n,
    const char *key, const char *value) MVC_MUST;

/* Whether a committed file may set this key (full name, "mvc.id"). */
bool mvc_config_project_allows(const char *key);

/* One line for each thing in .mvc/config that has no effect, and why. */
int mvc_config_warnings(struct mvc_repo *r,
    void (*warn)(void *arg, const char *text), void *arg) MVC_MUST;

/* Read .mvc/config anew (somebody wrote it). */
int mvc_config_reload(struct mvc_repo *r) MVC_MUST;

#endif
