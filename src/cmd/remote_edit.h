/* Writing down which remotes there are, in .mvc/config (and staged) or in
 * .git/config. */
#ifndef MVC_CMD_REMOTE_EDIT_H
#define MVC_CMD_REMOTE_EDIT_H

#include "git/config.h"

struct mvc_env;

/* Changes of variables, made together. */
struct mvc_remote_edit {
	struct {
		char key[160];
		char *value; /* NULL: unset */
	} v[64];
	size_t n;
};
void mvc_remote_edit_release(struct mvc_remote_edit *e);

/* One more: mvc.remote.NAME.VAR; name NULL: mvc.remote, the default. */
int mvc_remote_edit_add(struct mvc_remote_edit *e, const char *name,
    const char *var, const char *value) MVC_MUST;

/* Make them in one layer; those of .mvc/config are staged too. */
int mvc_remote_edit_apply(struct mvc_env *env, const struct mvc_remote_edit *e,
    enum mvc_scope scope) MVC_MUST;

/*
 * For each layer that can be written, changes that move (to) or remove (to
 * NULL) all that it says of remote `from`, and of it as the default.
 */
int mvc_remote_edit_move(
    struct mvc_env *env, const char *from, const char *to) MVC_MUST;

#endif
