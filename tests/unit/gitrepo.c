#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[PATH_MAX];

static void
forget_environment(void)
{
	static const char *const names[] = {"GIT_DIR", "GIT_WORK_TREE",
	    "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_CEILING_DIRECTORIES",
	    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "XDG_CONFIG_HOME"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
}

void
git_enter(void)
{
	scratch_enter();
	forget_environment();
	cr_assert_not_null(getcwd(top, sizeof(top)));
	cr_assert_not_null(realpath(".", top));
	setenv("HOME", top, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "Ada", 1);
	setenv("GIT_AUTHOR_EMAIL", "ada@example.org", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0100", 1);
	setenv("GIT_COMMITTER_NAME", "Ada", 1);
	setenv("GIT_COMMITTER_EMAIL", "ada@example.org", 1);
	setenv("GIT_COMMITTER_DATE", "1700000000 +0100", 1);
	scratch_write(".gitconfig",
	    "[init]\n\tdefaultBranch = main\n"
	    "[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
	    "[protocol \"file\"]\n\tallow = always\n"
	    "[advice]\n\tdetachedHead = false\n\tnestedTag = false\n");
}

const char *
git_top(void)
{
	return top;
}

static void
command(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);

	cr_assert(n > 0 && (size_t)n < size);
}

void
sh(const char *fmt, ...)
{
	char line[8192];
	va_list ap;

	va_start(ap, fmt);
	command(line, sizeof(line), fmt, ap);
	va_end(ap);
	cr_assert_eq(system(line), 0, "%s", line);
}

void
assert_sh(const char *expected, const char *fmt, ...)
{
	char line[8192], got[65536];
	va_list ap;
	size_t n;
	FILE *f;

	va_start(ap, fmt);
	command(line, sizeof(line), fmt, ap);
	va_end(ap);
	f = popen(line, "r");
	cr_assert_not_null(f);
	n = fread(got, 1, sizeof(got) - 1, f);
	got[n] = 0;
	cr_assert_eq(pclose(f), 0, "%s", line);
	cr_assert_str_eq(got, expected, "%s: %s", line, got);
}

struct mvc_repo *
git_open(void)
{
	struct mvc_repo *r;

	assert_done(mvc_repo_open(&r, NULL));
	return r;
}

void
assert_done(int err)
{
	cr_assert_eq(err, 0, "%d: %s", err, mvc_error_text());
}

void
assert_refused(int err, int code, const char *part)
{
	cr_assert_eq(err, code, "%d: %s", err, mvc_error_text());
	cr_assert_not_null(
	    strstr(mvc_error_text(), part), "%s", mvc_error_text());
}
