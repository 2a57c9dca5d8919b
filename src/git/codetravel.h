/*
 * Code trees between repositories: refs/mvc/code/TREE, sent to and fetched from
 * Git's remotes by git itself.
 */
#ifndef MVC_GIT_CODETRAVEL_H
#define MVC_GIT_CODETRAVEL_H

#include "git/gitid.h"

struct mvc_repo;

/* Where `git push` goes from here, for free(); NULL: there is no remote. */
int mvc_codetravel_remote(char **name, struct mvc_repo *r) MVC_MUST;
/* A remote's URL to push to, for free(); the name itself where it is none. */
int
mvc_codetravel_url(char **url, struct mvc_repo *r, const char *name) MVC_MUST;

/* Send these, which are kept here, in one push; no hook is run. MVC_EIO with
 * what git said. */
int mvc_codetravel_push(struct mvc_repo *r, const char *remote,
    const struct mvc_gitid *trees, size_t n) MVC_MUST;

/* Bring and keep those of these (ascending) that the remote has: *got. What
 * comes under a wrong name is MVC_ECORRUPT. */
int mvc_codetravel_fetch(size_t *got, struct mvc_repo *r, const char *remote,
    const struct mvc_gitid *trees, size_t n) MVC_MUST;

/* Whether a tree is here, and whether a ref keeps it. */
bool mvc_codetravel_has(struct mvc_repo *r, const struct mvc_gitid *tree);
bool mvc_codetravel_keeps(struct mvc_repo *r, const struct mvc_gitid *tree);

/*
 * The id of a commit's folder (n 0: it has none), and each file below it that
 * is not as it was in the folder `before` (n 0, or no longer here: each file).
 */
int mvc_codetravel_folder(struct mvc_gitid *out, struct mvc_repo *r,
    const struct mvc_gitid *commit, const char *path) MVC_MUST;
int mvc_codetravel_files(struct mvc_repo *r, const struct mvc_gitid *folder,
    const struct mvc_gitid *before,
    int (*each)(void *arg, const char *path, const struct mvc_gitid *blob),
    void *arg) MVC_MUST;

#endif
