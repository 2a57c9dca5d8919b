#include "work/source.h"

#include <criterion/criterion.h>
#include <string.h>

#define C "0123456789abcdef0123456789abcdef01234567"

static void
says(const char *text, const char *url, const char *rev, const char *path)
{
	MVC_OWN_MEM char *again = NULL;
	struct mvc_source_words s;

	cr_assert_eq(mvc_source_parse(&s, text), 0, "%s", mvc_error_text());
	cr_assert_str_eq(s.url, url);
	cr_assert_str_eq(s.rev, rev);
	cr_assert_str_eq(s.path, path);
	cr_assert_eq(mvc_source_format(&again, s.url, s.rev, s.path), 0);
	cr_assert_str_eq(again, text);
	mvc_source_words_release(&s);
}

static void
refuses(const char *text)
{
	struct mvc_source_words s;

	cr_assert_eq(mvc_source_parse(&s, text), MVC_EINVALID, "%s", text);
	cr_assert_null(s.url);
}

Test(work_source, three_words_with_whatever_bytes_come_back)
{
	says("git@host:r main:" C " a/b", "git@host:r", "main:" C, "a/b");
	says("/a%20b " C " 100%25", "/a b", C, "100%");
	says("https://x/y \"e%20t\" .", "https://x/y", "\"e t\"", ".");
	says("x %0A%7F y", "x", "\n\x7f", "y");
}

Test(work_source, what_is_not_three_words_is_refused)
{
	refuses("");
	refuses("a b");
	refuses("a b c d");
	refuses("a  c");
	refuses(" a b c");
	refuses("a b c ");
	refuses("a b %");
	refuses("a b %2");
	refuses("a b %g0");
	refuses("a b %00");
}

Test(work_source, an_unknown_version_is_a_dash)
{
	MVC_OWN_MEM char *text = NULL;

	cr_assert_eq(mvc_source_format(&text, "s3://a/b", "", "."), 0);
	cr_assert_str_eq(text, "s3://a/b - .");
}

static void
is(const char *text, bool git, bool file, const char *name)
{
	MVC_OWN_MEM char *got = NULL;
	struct mvc_source_words s;

	cr_assert_eq(mvc_source_parse(&s, text), 0);
	cr_assert_eq(mvc_source_is_git(&s), git, "%s", text);
	cr_assert_eq(mvc_source_is_file(&s), file, "%s", text);
	cr_assert_eq(mvc_source_name(&got, &s), 0);
	if (git && name)
		cr_assert_str_eq(got, name);
	else if (git)
		cr_assert_null(got);
	if (git)
		cr_assert_str_eq(mvc_source_commit(&s), C);
	mvc_source_words_release(&s);
}

Test(work_source, repositories_files_and_archives_are_told_apart)
{
	is("u feature/x:" C " a/b", true, false, "feature/x");
	is("u " C " a", true, false, NULL);
	is("https://x/y \"e\" .", false, true, NULL);
	is("s3://x/y - .", false, true, NULL);
	is("x.tar " C " .", false, false, NULL);
	is("u main a", false, false, NULL);
}
