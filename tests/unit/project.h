/*
 * A project in the scratch folder: a Git repository with a store, opened. A
 * test that changes the index or the store by other means opens it anew.
 */
#ifndef MVC_TESTS_PROJECT_H
#define MVC_TESTS_PROJECT_H

#include "gitrepo.h"
#include "work/work.h"

struct project {
	struct mvc_ctx ctx;
	struct mvc_repo *repo;
	struct mvc_store *store;
	struct mvc_work *work;
};

/* A scratch folder (git_enter) with git init and a store, opened. */
void project_new(struct project *p);
void project_open(struct project *p);
void project_close(struct project *p);
/* Close and open: what other commands would see. */
void project_again(struct project *p);

/* A shell command prints just that. */
#define assert_prints(command, want) assert_sh(want, "%s", command)

#endif
