#include "git/ignore.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

static void
assert_rule(struct mvc_repo *r, const char *path, const char *rule)
{
	MVC_OWN_MEM char *why = NULL;
	bool ignored;

	assert_done(mvc_ignore_check(&ignored, &why, r, path));
	cr_assert_eq(ignored, rule != NULL, "%s", path);
	if (rule)
		cr_assert_str_eq(why, rule);
	else
		cr_assert_null(why);
}

Test(git_ignore, rule_that_hides_a_path_is_cited, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && mkdir -p r/sub");
	cr_assert_eq(chdir("r"), 0);
	scratch_write(".gitignore", "# c\n*.mvc\n!keep.mvc\n/data/\n");
	scratch_write("sub/.gitignore", "x*\n");
	scratch_write(".git/info/exclude", "hidden\n");
	r = git_open();
	assert_rule(r, "a.mvc", ".gitignore:2: *.mvc");
	assert_rule(r, "keep.mvc", NULL);
	assert_rule(r, "sub/xy", "sub/.gitignore:1: x*");
	assert_rule(r, "data/", ".gitignore:4: /data/");
	assert_rule(r, "plain", NULL);
	assert_rule(r, "-n", NULL);
	cr_assert_eq(access("hidden", F_OK), -1);
	assert_rule(r, "hidden", ".git/info/exclude:1: hidden");
}

Test(git_ignore, answer_stands_without_git_to_cite_the_rule, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	MVC_OWN_MEM char *path = strdup(getenv("PATH"));

	sh("git init -q r && echo '*.mvc' >r/.gitignore");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	setenv("PATH", "relative::.", 1);
	assert_rule(r, "a.mvc", "");
	setenv("PATH", path, 1);
}

Test(git_ignore, global_excludes_file_counts, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	bool ignored;

	sh("git init -q r && echo 'g*' >excludes && "
	   "git config --global core.excludesFile \"$PWD/excludes\"");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	assert_done(mvc_ignore_check(&ignored, NULL, r, "gone"));
	cr_assert(ignored);
}
