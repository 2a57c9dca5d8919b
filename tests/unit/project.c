#include "project.h"

#include <criterion/criterion.h>

void
project_open(struct project *p)
{
	mvc_ctx_init(&p->ctx);
	cr_assert_eq(mvc_repo_open(&p->repo, NULL), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_store_open(&p->store, &p->ctx, ".git/mvc"), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(mvc_work_open(&p->work, &p->ctx, p->repo, p->store), 0,
	    "%s", mvc_error_text());
}

void
project_new(struct project *p)
{
	git_enter();
	sh("git init -q -b main . && echo /.gitconfig >.git/info/exclude");
	cr_assert_eq(
	    mvc_store_create(".git/mvc", 0), 0, "%s", mvc_error_text());
	project_open(p);
}

void
project_close(struct project *p)
{
	mvc_work_free(p->work);
	mvc_store_free(p->store);
	mvc_repo_free(p->repo);
}

void
project_again(struct project *p)
{
	project_close(p);
	project_open(p);
}
