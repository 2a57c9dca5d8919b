/* --local, --project, --global, --system: which layer of configuration. */
#ifndef MVC_CMD_SCOPE_H
#define MVC_CMD_SCOPE_H

#include "cmd/cmd.h"
#include "git/config.h"

/* In the struct of arguments: `int scope`, 0 when not given. */
#define MVC_SCOPE_GIVEN(scope) ((int)(scope) + 1)
#define MVC_SCOPE_OR(given, otherwise) \
	((given) ? (enum mvc_scope)((given)-1) : (otherwise))

#define MVC_OPT_LOCAL(T)                                                    \
	MVC_OPT_SET(0, "local", T, scope, MVC_SCOPE_GIVEN(MVC_SCOPE_LOCAL), \
	    "for this clone: .git/config")
#define MVC_OPT_PROJECT(T)                  \
	MVC_OPT_SET(0, "project", T, scope, \
	    MVC_SCOPE_GIVEN(MVC_SCOPE_PROJECT), "for everybody: .mvc/config")
#define MVC_OPT_GLOBAL(T)                                                     \
	MVC_OPT_SET(0, "global", T, scope, MVC_SCOPE_GIVEN(MVC_SCOPE_GLOBAL), \
	    "for you: ~/.gitconfig")
#define MVC_OPT_SYSTEM(T)                                                     \
	MVC_OPT_SET(0, "system", T, scope, MVC_SCOPE_GIVEN(MVC_SCOPE_SYSTEM), \
	    "for all users of this machine: /etc/gitconfig")

#endif
