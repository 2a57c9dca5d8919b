/* The merge driver for pointers, in Git's configuration. */
#ifndef MVC_GIT_DRIVERS_H
#define MVC_GIT_DRIVERS_H

#include "git/config.h"

/* Register (local, global or system); again is harmless. What another value
 * stood there is remembered beside it. `r` may be NULL but for local. */
int mvc_drivers_install(struct mvc_repo *r, enum mvc_scope scope) MVC_MUST;
/* Unregister what install put there, and put back what was before. */
int mvc_drivers_uninstall(struct mvc_repo *r, enum mvc_scope scope) MVC_MUST;
/* Whether Git finds the driver here, from whichever layer. */
int mvc_drivers_check(bool *installed, struct mvc_repo *r) MVC_MUST;

#endif
