/* What push and fetch --with-git, and clone, share. */
#ifndef MVC_CMD_WITHGIT_PRIV_H
#define MVC_CMD_WITHGIT_PRIV_H

#include "cmd/withgit.h"
#include "hash/digest.h"
#include "hash/oidset.h"
#include "remote/githistory.h"

/* The history of a remote beside that of here. */
struct withgit_sides {
	struct mvc_sharing *s;
	const char *gitdir;
	struct mvc_githistory there;
	struct mvc_buf known; /* ids of there that are here, lines */
	struct mvc_buf refs; /* of here: "OID NAME" lines */
};

void withgit_sides_init(struct withgit_sides *out, const struct mvc_env *env,
    struct mvc_sharing *s);
void withgit_sides_release(struct withgit_sides *b);
/* Read `there` and `known`. */
int withgit_sides_read(struct withgit_sides *b) MVC_MUST;
/* Read `refs`. */
int withgit_sides_refs(struct withgit_sides *b) MVC_MUST;

/* Whether one of the text's lines is this. */
bool withgit_has_line(const struct mvc_buf *text, const char *line);

/* Bundles, brought one by one into a repository. */
struct withgit_taking {
	struct mvc_backend *b;
	const char *holder, *gitdir;
	struct mvc_oidset done; /* kind 1: bundles taken in before */
	uint64_t bytes;
	int fd;
	struct mvc_digest digest;
};

/* Bring those that are not `done`. */
int withgit_take_parts(
    struct withgit_taking *t, const struct mvc_githistory *h) MVC_MUST;

#endif
