/* What `mvc import` does, by what it is given. */
#ifndef MVC_CMD_IMPORTING_H
#define MVC_CMD_IMPORTING_H

#include "cmd/env.h"

struct mvc_import_args {
	const char *output, *rev, *remote;
	bool checkout;
};

/* A file whose name is an archive's: .tar, .tar.gz, .tgz, .tar.zst, .zip. */
bool mvc_import_is_archive(const char *word);
int mvc_import_archive(struct mvc_env *env, const struct mvc_import_args *a,
    const char *word) MVC_MUST;

/* A path of a repository, or a file at a URL, as env's words say. */
int
mvc_import_data(struct mvc_env *env, const struct mvc_import_args *a) MVC_MUST;

/* What is tracked at a path, as the user types it, into the work tree. */
int mvc_import_put(struct mvc_env *env, const char *typed, bool force) MVC_MUST;

#endif
