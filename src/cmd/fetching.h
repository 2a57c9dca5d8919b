/* Fetching, for fetch, pull, and what fetches by itself. */
#ifndef MVC_CMD_FETCHING_H
#define MVC_CMD_FETCHING_H

#include "cmd/env.h"
#include "work/wanted.h"

struct mvc_fetching_opts {
	const char *remote; /* -r; NULL: the default */
	bool dry_run;
	bool trees_only;
	/* checkout, cat: no word when all is here or there is no remote; what
	 * goes wrong is only a note. */
	bool by_itself;
};

/*
 * Fetch what is wanted and not here, and say so (a line, or JSON unless
 * by_itself). MVC_EFINDING: some of it is missing, and was named.
 */
int mvc_fetching(struct mvc_env *env, struct mvc_wanted *wanted,
    const struct mvc_fetching_opts *opts) MVC_MUST;

#endif
