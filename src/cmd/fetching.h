/* Fetching, for fetch, pull, and what fetches by itself. */
#ifndef MVC_CMD_FETCHING_H
#define MVC_CMD_FETCHING_H

#include "cmd/env.h"
#include "work/wanted.h"

struct mvc_oidset;
struct mvc_ready;

struct mvc_fetching_opts {
	const char *remote; /* -r; NULL: the default */
	bool dry_run;
	uint64_t limit_rate; /* bytes a second; 0: any */
	bool trees_only;
	/* checkout, cat: no word when all is here or there is no remote; what
	 * goes wrong is only a note. */
	bool by_itself;
	bool sparse; /* only what mvc sparse wants here */
	struct mvc_ready *ready; /* to lay files ready in; may be NULL */
	/* Straight to the work tree: of the files in `only`, or all. */
	bool no_store;
	const struct mvc_oidset *only;
	bool no_word; /* of what came: more follows */
	uint64_t *came; /* result: objects; may be NULL */
	bool silent; /* what is printed is the user's data */
	/* Of what is whole by its root here; something of it is damaged. */
	bool heal;
	bool *healed; /* result: something came; NULL */
};

/*
 * Fetch what is wanted and not here, and say so (a line, or JSON unless
 * by_itself). MVC_EFINDING: some of it is missing, and was named.
 */
int mvc_fetching(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts) MVC_MUST;

/* Fetch what is wanted as the opts say, and put what env's words say: all that
 * could be had, whatever is missing. */
int mvc_fetch_and_put(struct mvc_env *env, struct mvc_wanted *wanted,
    struct mvc_fetching_opts *opts, bool force) MVC_MUST;

/*
 * What checkout, cat and their like do first: fetch what the work tree's
 * pointers at the paths (relative to it; none: all) say and is not here, if mvc.autofetch allows it and there is a remote.
 * Only that is an error which the caller could not go on after.
 */
int mvc_autofetch(struct mvc_env *env, char *const *paths, size_t n) MVC_MUST;
/* Where that was not enough: what is whole here by its root is read, and comes
 * anew where it is damaged or gone. *healed: something came. */
int mvc_autoheal(
    struct mvc_env *env, char *const *paths, size_t n, bool *healed) MVC_MUST;
/* The same of every version that is whole here by its root. */
int mvc_autoheal_all(struct mvc_env *env, bool *healed) MVC_MUST;
/* Trees alone, of what the work tree's pointers at the paths say, for who found
 * that one is not here: whether something came. An error's text stays. */
bool mvc_autofetch_trees(struct mvc_env *env, char *const *paths, size_t n);
/* The same of what a user named, in any revision; only its trees, or all. */
struct mvc_target;
int mvc_autofetch_target(
    struct mvc_env *env, const struct mvc_target *t, bool trees_only) MVC_MUST;
int mvc_autoheal_target(
    struct mvc_env *env, const struct mvc_target *t, bool *healed) MVC_MUST;

#endif
