#include "git/refs.h"

#include <criterion/criterion.h>

static void
assert_same(const char *a, const char *b)
{
	cr_assert(mvc_refs_same(a, b), "%s, %s", a, b);
	cr_assert(mvc_refs_same(b, a), "%s, %s", b, a);
}

static void
assert_other(const char *a, const char *b)
{
	cr_assert_not(mvc_refs_same(a, b), "%s, %s", a, b);
	cr_assert_not(mvc_refs_same(b, a), "%s, %s", b, a);
}

Test(git_refs, one_repository_is_reached_in_several_ways)
{
	assert_same("https://h.org/a/b.git", "git@h.org:a/b");
	assert_same("ssh://git@h.org:22/a/b", "git@H.org:/a/b.git/");
	assert_same("/srv/a", "/srv/a/.git");
	assert_same("file:///srv/a.git", "/srv/a");
}

Test(git_refs, others_are_others)
{
	assert_other("https://h.org/a/b", "https://h.org/a/c");
	assert_other("https://h.org/a/b", "https://i.org/a/b");
	assert_other("https://h.org/a/b", "/a/b");
	assert_other("/srv/a", "/srv/a.b");
	assert_other("", "/srv/a");
	assert_other("", "https://h.org/a");
}
