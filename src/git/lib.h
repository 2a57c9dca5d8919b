/* Inside room git: libgit2 set up, its errors and ids turned into ours. */
#ifndef MVC_GIT_LIB_H
#define MVC_GIT_LIB_H

#include "git/gitid.h"
#include "util/buf.h"

#include <git2.h>

struct mvc_repo;

/* Set libgit2 up, once for the process; it is never shut down. */
int mvc_git_start(void) MVC_MUST;

/* A failure of libgit2 (its answer `code`) as ours: "TEXT: its message". */
int mvc_git_fail(int code, const char *fmt, ...) MVC_PRINTF(2, 3);

static inline void
mvc_gitid_from(struct mvc_gitid *out, const git_oid *oid)
{
	out->n = GIT_OID_RAWSZ;
	memcpy(out->b, oid->id, GIT_OID_RAWSZ);
}

/* MVC_EVERSION for ids that this libgit2 does not have. */
int mvc_gitid_to(git_oid *out, const struct mvc_gitid *id) MVC_MUST;

/* asprintf with an error made; for free(). */
int mvc_git_textf(char **out, const char *fmt, ...) MVC_MUST MVC_PRINTF(2, 3);

/* Drop "." and "..", doubled '/' and the last one, in place. False when it
 * leads out at the top. */
bool mvc_path_normalise(char *path);

/* Append the blob; `missing` as mvc_git_missing says. */
int mvc_git_blob(
    struct mvc_buf *out, struct mvc_repo *r, const git_oid *id) MVC_MUST;

/* An object is not here: why, and what to do (MVC_EAGAIN in a partial clone,
 * else MVC_ENOTFOUND). */
int mvc_git_missing(struct mvc_repo *r, const char *kind, const git_oid *id);

/* All layers of Git's own files; r may be NULL. */
int mvc_git_config(git_config **out, const struct mvc_repo *r) MVC_MUST;

/* What the parsed .mvc/config holds goes (config.c). */
struct mvc_settings;
void mvc_settings_free(struct mvc_settings *s);

/* libgit2's own types, freed by scope. */
#define MVC_GIT_OWN(T) __attribute__((cleanup(T##_ownp))) T
#define MVC_GIT_OWN_DEFINE(T)              \
	static inline void T##_ownp(T **p) \
	{                                  \
		T##_free(*p);              \
	}
MVC_GIT_OWN_DEFINE(git_blob)
MVC_GIT_OWN_DEFINE(git_commit)
MVC_GIT_OWN_DEFINE(git_config)
MVC_GIT_OWN_DEFINE(git_config_entry)
MVC_GIT_OWN_DEFINE(git_config_iterator)
MVC_GIT_OWN_DEFINE(git_index)
MVC_GIT_OWN_DEFINE(git_object)
MVC_GIT_OWN_DEFINE(git_odb)
MVC_GIT_OWN_DEFINE(git_odb_object)
MVC_GIT_OWN_DEFINE(git_repository)
MVC_GIT_OWN_DEFINE(git_tree)
MVC_GIT_OWN_DEFINE(git_tree_entry)

#endif
