#include "git/drivers.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

static bool
installed(struct mvc_repo *r)
{
	bool yes;

	assert_done(mvc_drivers_check(&yes, r));
	return yes;
}

static struct mvc_repo *
make(void)
{
	sh("git init -q r");
	cr_assert_eq(chdir("r"), 0);
	return git_open();
}

Test(git_drivers, installed_twice_and_uninstalled_leave_no_trace, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("git config user.name x && cp .git/config before");
	cr_assert_not(installed(r));
	assert_done(mvc_drivers_install(r, MVC_SCOPE_LOCAL));
	assert_done(mvc_drivers_install(r, MVC_SCOPE_LOCAL));
	cr_assert(installed(r));
	assert_sh("mvc merge-driver %O %A %B %P\n",
	    "git config --get-all merge.mvc.driver");
	assert_done(mvc_drivers_uninstall(r, MVC_SCOPE_LOCAL));
	assert_done(mvc_drivers_uninstall(r, MVC_SCOPE_LOCAL));
	cr_assert_not(installed(r));
	sh("git config --list --file before >a && "
	   "git config --list --file .git/config >b && cmp a b");
}

Test(git_drivers, what_was_there_comes_back, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("git config merge.mvc.driver 'mine %%A \"%%B\"'");
	assert_done(mvc_drivers_install(r, MVC_SCOPE_LOCAL));
	cr_assert(installed(r));
	assert_done(mvc_drivers_uninstall(r, MVC_SCOPE_LOCAL));
	assert_sh("merge.mvc.driver mine %A \"%B\"\n",
	    "git config --get-regexp 'mvc.*'");
}

Test(git_drivers, global_install_serves_every_repository, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	assert_done(mvc_drivers_install(NULL, MVC_SCOPE_GLOBAL));
	cr_assert(installed(r));
	assert_done(mvc_drivers_uninstall(r, MVC_SCOPE_LOCAL));
	cr_assert(installed(r));
	sh("git config merge.mvc.driver mine");
	assert_done(mvc_drivers_uninstall(NULL, MVC_SCOPE_GLOBAL));
	assert_sh("mine\n", "git config merge.mvc.driver");
}
