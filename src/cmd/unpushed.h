/* What remotes were not seen to have, of what may go there. */
#ifndef MVC_CMD_UNPUSHED_H
#define MVC_CMD_UNPUSHED_H

#include "cmd/env.h"

struct mvc_unpushed {
	char *remote; /* its name; NULL: there is none; for free() */
	size_t n; /* versions that pointers in the work tree name */
	uint64_t bytes; /* of them, as files */
};

/* Of what lies here and is whole; without asking the remote (NULL: the
 * default). */
int mvc_unpushed_count(
    struct mvc_unpushed *out, struct mvc_env *env, const char *remote) MVC_MUST;

/* What the default remote was seen to have (kind 1), and its name, NULL where
 * there is none; for mvc_oidset_release and free(). */
struct mvc_oidset;
int
mvc_pushed(struct mvc_oidset *out, char **remote, struct mvc_env *env) MVC_MUST;

#endif
