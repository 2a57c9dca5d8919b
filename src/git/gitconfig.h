/*
 * Git's config syntax in memory, for hostile input: sections, subsections,
 * quoting, comments, continued lines; [include] is a section like any other.
 * Pure and thread-safe.
 */
#ifndef MVC_GIT_GITCONFIG_H
#define MVC_GIT_GITCONFIG_H

#include "util/error.h"

#include <stddef.h>

#define MVC_GITCONFIG_MAX (1 << 20) /* bytes of a file */
#define MVC_GITCONFIG_KEY_MAX 1024 /* bytes of section.sub.name */
#define MVC_GITCONFIG_VALUE_MAX 65536 /* bytes of a value */

struct mvc_gitconfig_var {
	const char *key; /* "section.name" or "section.sub.name"; section
			      and name in lower case, sub as it is */
	const char *value; /* NULL where there is no '=': true */
	unsigned line; /* of the key, from 1 */
	/* Bytes of the text that a rewrite of this variable replaces. */
	size_t start, end;
};

/*
 * Call each(var) in file order; its strings are for the call only, NUL-ended,
 * without NUL inside. MVC_EINVALID names the line; MVC_ETOOBIG. A non-zero
 * answer of each stops and is returned.
 */
int mvc_gitconfig_parse(const char *text, size_t n,
    int (*each)(void *arg, const struct mvc_gitconfig_var *var),
    void *arg) MVC_MUST;

#endif
