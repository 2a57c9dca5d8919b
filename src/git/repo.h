/*
 * struct mvc_repo: an open Git repository, seen from one work tree.
 *
 * For one thread at a time (another thread opens its own). The fields are
 * read-only for callers and live as long as it does. Errors of libgit2 come
 * out as mvc's, with its text.
 */
#ifndef MVC_GIT_REPO_H
#define MVC_GIT_REPO_H

#include "util/error.h"
#include "util/own.h"

#include <stdbool.h>
#include <sys/types.h>

struct git_repository;
struct mvc_settings;

struct mvc_repo {
	char *worktree; /* absolute, no '/' at its end; NULL when bare */
	char *gitdir; /* of this work tree, absolute, no '/' at its end */
	char *commondir; /* shared by all work trees; often the same */
	char *prefix; /* cwd below worktree: "" or "a/b/" (ends in '/') */
	char *index_path; /* GIT_INDEX_FILE, else gitdir/index */
	bool bare;
	bool shallow; /* history stops at a boundary */
	bool partial; /* objects may be missing until Git fetches them */
	bool linked; /* a work tree made by `git worktree add` */
	bool filemode; /* core.fileMode: the executable bit is to be trusted */
	bool ignorecase; /* core.ignoreCase */
	/* core.sharedRepository: bits to add to a file's mode (0660, 0664);
	 * folders get the matching x and setgid too. 0: leave it to umask. */
	mode_t shared;
	struct git_repository *git; /* room git only */
	struct mvc_settings *settings; /* room git only: .mvc/config, parsed */
};

/*
 * Open the repository that `start` lies in. With start NULL: from the current
 * folder and GIT_DIR, GIT_WORK_TREE, GIT_INDEX_FILE, GIT_CEILING_DIRECTORIES,
 * as git does. MVC_ENOTFOUND: there is none; MVC_EDENIED: it is somebody
 * else's and not in safe.directory; MVC_EVERSION: it has an extension that
 * libgit2 cannot read (named).
 */
int mvc_repo_open(struct mvc_repo **out, const char *start) MVC_MUST;
void mvc_repo_free(struct mvc_repo *r);
MVC_OWN_DEFINE(mvc_repo)

/* `git init` in the folder (made if need be), honouring init.defaultBranch,
 * init.templateDir; then open. Harmless where there is one. */
int mvc_repo_init(struct mvc_repo **out, const char *dir) MVC_MUST;

/* Give what libgit2 wrote below commondir, by umask alone, the rights that
 * core.sharedRepository asks for. */
void mvc_repo_share(const struct mvc_repo *r, const char *name);

/* MVC_EINVALID with a text for the user when there is no work tree. */
int mvc_repo_need_worktree(const struct mvc_repo *r) MVC_MUST;

/*
 * A path as the user types it (relative to the current folder, or absolute)
 * as one relative to the work tree, '/'-separated, without "." and ".." and
 * '/' at its end; "" is the work tree itself. For free(). It need not exist;
 * links in it are not followed, but those above the work tree are. MVC_EINVALID
 * when it lies outside or in .git.
 */
int
mvc_repo_path(char **out, const struct mvc_repo *r, const char *arg) MVC_MUST;

/* One work tree of the repository; strings are for the call only. */
struct mvc_worktree {
	const char *gitdir; /* its own Git directory */
	const char *path; /* absolute; NULL when bare, or gone */
	bool main;
};
/* Every work tree, the main one first (also when bare). A non-zero answer of
 * `each` stops and is returned. */
int mvc_repo_worktrees(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_worktree *w), void *arg) MVC_MUST;

/*
 * This clone's holder id: 32 lower-case hex digits, mvc.clone in .git/config,
 * made on first need (MVC_ENOTFOUND instead with `make` false). out has 33
 * bytes.
 */
int mvc_repo_clone_id(char *out, struct mvc_repo *r, bool make) MVC_MUST;

/* 32 random hex digits and a NUL, as mvc.id and mvc.clone hold. */
int mvc_repo_random_id(char *out) MVC_MUST;

/* The version of the libgit2 that is linked: "1.5.1". */
void mvc_libgit2_version(char out[32]);

#endif
