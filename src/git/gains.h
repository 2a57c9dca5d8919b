/*
 * What each commit brought in: the pointers and records (.mvc/runs/) that its
 * tree has and those of its parents have not, at the same path and with the
 * same bytes. So what is at a path of some commit was brought in by that commit
 * or by one of its ancestors.
 */
#ifndef MVC_GIT_GAINS_H
#define MVC_GIT_GAINS_H

#include "git/gitid.h"

struct mvc_repo;

/* Longer files are told of, but not read. */
#define MVC_GAIN_MAX (2 << 20)

/* All is for the call only, here and below. */
struct mvc_gains_commit {
	struct mvc_gitid id;
	const struct mvc_gitid *parents;
	size_t n; /* 0 of a boundary */
	int64_t time; /* of the committer, seconds since 1970 */
	bool boundary; /* a shallow clone's history ends here */
};

struct mvc_gain {
	const char *path; /* "a/b.mvc", ".mvc/runs/aa/bb.json" */
	const char *p; /* its bytes, a NUL after them; NULL: too long */
	size_t n;
};

/* A non-zero answer of commit or gain stops and is returned. */
struct mvc_gains_ops {
	/* Neither it nor its ancestors are walked. */
	bool (*known)(void *arg, const struct mvc_gitid *commit);
	/* After all its parents, which were known or have been told. */
	int (*commit)(void *arg, const struct mvc_gains_commit *c);
	/* Of the commit told last. */
	int (*gain)(void *arg, const struct mvc_gain *g);
	void *arg;
};

/* From the tips back. MVC_EAGAIN in a partial clone where objects are to be
 * fetched first. */
int mvc_history_gains(struct mvc_repo *r, const struct mvc_gitid *tips,
    size_t n, const struct mvc_gains_ops *ops) MVC_MUST;

/* HEAD and the commits that refs name, tags peeled; some more than once.
 * Not those of refs/mvc/code, which are no commits. */
int mvc_history_tips(struct mvc_repo *r,
    int (*each)(void *arg, const struct mvc_gitid *commit), void *arg) MVC_MUST;

#endif
