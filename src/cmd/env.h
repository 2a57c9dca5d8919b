/*
 * struct mvc_env: what a command gets: its words, the common options, the
 * library's context, and the repository and the store, opened when first
 * asked for.
 */
#ifndef MVC_CMD_ENV_H
#define MVC_CMD_ENV_H

#include "cmd/cmd.h"
#include "cmd/out.h"
#include "cmd/parse.h"
#include "util/ctx.h"

struct mvc_repo;
struct mvc_store;

struct mvc_env {
	const struct mvc_cmd *cmd;
	const struct mvc_verb *verb; /* NULL when the command has none */
	char **argv; /* the words (after the verb), NULL after the last */
	int argc;
	int dashdash; /* how many of them stood before "--"; -1: no "--" */
	struct mvc_common common;
	bool threads_given; /* by -j or MVC_JOBS: mvc.threads is not read */
	int status; /* the exit status where run() succeeds; of another's */
	struct mvc_ctx ctx;
	struct mvc_out out;
	struct mvc_repo *repo; /* NULL until opened */
	struct mvc_store *store; /* NULL until opened */
};

void mvc_env_init(struct mvc_env *env, const struct mvc_cmd *cmd);
void mvc_env_release(struct mvc_env *env);

/* Threads (-j, MVC_JOBS, mvc.threads for commands that have -j, the machine),
 * memory and trace. */
int mvc_env_start(struct mvc_env *env) MVC_MUST;

/* Open what the command's flags say that it needs. */
int mvc_env_need(struct mvc_env *env, unsigned flags) MVC_MUST;

/* Close them again. */
void mvc_env_close(struct mvc_env *env);

/* The repository, env->repo from now on; MVC_ENOTFOUND says to `mvc init`. */
int mvc_env_repo(struct mvc_env *env) MVC_MUST;
/* Where the store is: MVC_STORE, mvc.store, else .git/mvc; for free(). A
 * relative MVC_STORE is below the current folder, a relative mvc.store below
 * the work tree (bare: the repository). */
int mvc_env_store_path(char **out, struct mvc_env *env) MVC_MUST;
/* The store, env->store from now on; opens the repository too. */
int mvc_env_store(struct mvc_env *env) MVC_MUST;

#endif
