#include "lineage/strace.h"

#include <criterion/criterion.h>
#include <stdio.h>

static void
assert_opened(const char *text, const char *path, bool writes)
{
	char line[256];
	bool w, unfinished;
	char *is;

	snprintf(line, sizeof(line), "%s", text);
	is = mvc_strace_line(line, &w, &unfinished);
	if (path)
		cr_assert(is && !strcmp(is, path), "%s", text);
	else
		cr_assert_null(is, "%s", text);
	cr_assert_eq(w, writes, "%s", text);
}

Test(lineage_strace, a_result_is_the_path)
{
	assert_opened(
	    "openat(AT_FDCWD</r>, \"a\", O_RDONLY) = 3</r/a>", "/r/a", false);
	assert_opened(
	    "open(\"a\", O_WRONLY|O_CREAT, 0666) = 3</r/a>", "/r/a", true);
	assert_opened("<... openat resumed>) = 31</r/a>", "/r/a", false);
}

Test(lineage_strace, a_failure_and_other_lines_are_no_path)
{
	assert_opened("openat(3</r>, \"a\", O_RDONLY) = -1 ENOENT (No such)",
	    NULL, false);
	assert_opened("execve(\"/a\", [\"a\", \">\"], 0x7 /* 3 vars */) = 0",
	    NULL, false);
	assert_opened("= 3<socket:[7]>", NULL, false);
	assert_opened("</r>", NULL, false);
	assert_opened(">", NULL, false);
	assert_opened("", NULL, false);
	assert_opened("= 3</r/a>(deleted)", NULL, false);
}

Test(lineage_strace, a_hostile_name_is_itself)
{
	assert_opened(
	    "openat(5</r>, \"a<b>\\\"c) = 3<x>\\n\", O_RDONLY) = "
	    "3</r/a\\74b\\76\\\"c) = 3\\74x\\76\\n\\303\\251\\1\\x41>",
	    "/r/a<b>\"c) = 3<x>\n\303\251\001A", false);
	assert_opened("open(\"O_WRONLY\", O_RDONLY) = 3</r/O_WRONLY>",
	    "/r/O_WRONLY", false);
	assert_opened("x = 3</r/a\\>", "/r/a", false);
	assert_opened("x = 3</r/a\\x4>", "/r/ax4", false);
}

Test(lineage_strace, an_unfinished_call_says_what_it_is_for)
{
	char line[] = "openat(5</r>, \"a\", O_WRONLY <unfinished ...>";
	bool writes, unfinished;

	cr_assert_null(mvc_strace_line(line, &writes, &unfinished));
	cr_assert(writes && unfinished);
}
