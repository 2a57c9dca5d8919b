/*
 * What the configuration says of remotes:
 *
 *     mvc.remote              the default's name
 *     mvc.remote.NAME.url     storeid, endpoint, region, profile
 *     mvc.remote.NAME.paths   what goes there; any number
 *
 * in .git/config ([mvc "remote.NAME"]) and in .mvc/config ([remote "NAME"]),
 * each key from the strongest layer that has it.
 */
#ifndef MVC_WORK_REMOTECONF_H
#define MVC_WORK_REMOTECONF_H

#include "git/config.h"
#include "util/own.h"

struct mvc_backend;
struct mvc_ctx;
struct mvc_formatfile;
struct mvc_repo;

struct mvc_remoteconf {
	char *name;
	char *url;
	enum mvc_scope scope; /* of the url */
	char *storeid; /* the id of the store there; NULL: not known yet */
	char *endpoint, *region, *profile; /* S3; NULL: not said */
	char *paths; /* patterns, a line each; NULL: it takes everything */
};
void mvc_remoteconf_release(struct mvc_remoteconf *c);

/*
 * Whether a data set may go there. Patterns are Git's (gitignore(5)), of paths
 * from the top, "!" for what may not; the last that is of the path, or of a
 * folder that it lies in, decides. Where none is, it may if the first pattern
 * is one of "!", or there is none. *denied (may be NULL): one of "!" decided.
 */
int mvc_remoteconf_takes(bool *takes, bool *denied,
    const struct mvc_remoteconf *c, const char *path) MVC_MUST;

/* Whether it may name a remote: letters, digits, '-', '_', '.' inside; at most
 * 64 bytes. It is a folder's name and a part of a key. */
bool mvc_remoteconf_name_ok(const char *name);

/*
 * A remote by name. name NULL: MVC_REMOTE, else mvc.remote, else the only one
 * there is. A name with '/' or ':' in it is taken for a URL (its own name is
 * "" then). MVC_ENOTFOUND says what to type.
 */
int mvc_remoteconf_get(
    struct mvc_remoteconf *out, struct mvc_repo *r, const char *name) MVC_MUST;

/* Call each for every remote, by name; a non-zero answer ends it and is
 * returned. */
int mvc_remoteconf_each(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_remoteconf *c), void *arg) MVC_MUST;

/*
 * Open it and read the `format` of the store there. With `make`, one is made
 * where the place is empty and no store's id is written down. MVC_ENOTFOUND:
 * there is no store; MVC_EINVALID: it is another store than the configuration
 * says, or a committed path that nobody here has accepted. c and r must
 * outlive *out.
 */
int mvc_remoteconf_open(struct mvc_backend **out, struct mvc_formatfile *format,
    struct mvc_repo *r, struct mvc_ctx *ctx, const struct mvc_remoteconf *c,
    bool make) MVC_MUST;

/* The same in two steps: nothing that is there is believed before the second,
 * which may run beside others. */
int mvc_remoteconf_backend(struct mvc_backend **out, struct mvc_repo *r,
    struct mvc_ctx *ctx, const struct mvc_remoteconf *c, bool make) MVC_MUST;
int mvc_remoteconf_format(struct mvc_formatfile *format, struct mvc_backend *b,
    const struct mvc_remoteconf *c, bool make) MVC_MUST;

#endif
