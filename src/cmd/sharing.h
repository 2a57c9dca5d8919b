/* What push, fetch and their like have in common. */
#ifndef MVC_CMD_SHARING_H
#define MVC_CMD_SHARING_H

#include "cmd/env.h"
#include "remote/far.h"
#include "store/formatfile.h"
#include "util/rate.h"
#include "work/remoteconf.h"
#include "work/wanted.h"

struct mvc_names;

/* A remote, opened. */
struct mvc_sharing {
	struct mvc_remoteconf conf;
	struct mvc_backend *backend;
	struct mvc_formatfile format;
	struct mvc_far *far;
	char *name; /* as it is printed: the name, else the URL */
	char *holder; /* mvc.id */
	char *who; /* what holders/ID is to say */
	char *cache; /* its folder */
	uint64_t start; /* ns */
	struct mvc_rate rate;
};
void mvc_sharing_release(struct mvc_sharing *s);

/* Open -r's remote (NULL: the default). With `make`, an empty place becomes a
 * store, and its id is written down. */
int mvc_sharing_open(struct mvc_sharing *s, struct mvc_env *env,
    const char *name, bool make) MVC_MUST;

/* From now on at most so many bytes a second (0: any); s stays where it is.
 * MVC_EUSAGE: so few that the other side would take it for dead. */
int mvc_sharing_limit(struct mvc_sharing *s, uint64_t bytes) MVC_MUST;
/* The option for it. */
#define MVC_OPT_LIMIT_RATE(T)                                 \
	MVC_OPT_SIZE(0, "limit-rate", T, limit_rate, "BYTES", \
	    "move at most so many bytes a second")

/*
 * Which remotes are meant: those given; MVC_REMOTE; else the default, and every
 * other that says which paths it takes. *out has "" for a default that is to be
 * asked for (and may not be there). For mvc_names_release.
 */
int mvc_sharing_targets(struct mvc_names *out, struct mvc_env *env,
    const struct mvc_strings *given) MVC_MUST;

/* Where a remote's cache lies: .git/mvc/remotes/NAME; of a URL, its hash. */
int mvc_sharing_cache(
    char **out, struct mvc_env *env, const struct mvc_remoteconf *c) MVC_MUST;

/* Nanoseconds since mvc_sharing_open. */
uint64_t mvc_sharing_took(const struct mvc_sharing *s);

/*
 * What the words say: [REV…] [--] [PATH…]; without any, HEAD. A word before
 * "--", or one that names no path here and is a revision, is a REV. `all`: of
 * every commit.
 */
int mvc_sharing_wanted(
    struct mvc_wanted *out, struct mvc_env *env, bool all) MVC_MUST;
/* How many of the words are revisions: they come first. */
int mvc_sharing_revs(size_t *n, struct mvc_env *env) MVC_MUST;
/* What the words, all of them paths, say of the work tree's pointers. */
int mvc_sharing_here(struct mvc_wanted *out, struct mvc_env *env) MVC_MUST;

#endif
