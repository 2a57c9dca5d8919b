#include "util/name.h"

#include <criterion/criterion.h>
#include <string.h>

#define NJ "\xe2\x80\x8c" /* U+200C, zero width non-joiner */

static int
check(const char *name)
{
	return mvc_name_check(name, strlen(name));
}

/* The names that Git's own tests try (t1014, t1450, t7450, t0060), and kin. */
static const char *const refused[] = {
    "",
    ".",
    "..",
    "a/b",
    "/",
    ".git",
    ".GIT",
    ".Git",
    ".gIt",
    /* HFS+ */
    NJ ".Git",
    ".gI" NJ "T",
    ".GiT" NJ,
    ".g" NJ NJ "it",
    ".\xef\xbb\xbfgit",
    ".git\xe2\x80\xae",
    ".gi\xe2\x81\xaft",
    /* folders that fold case: every ignorable code point */
    ".g\xc2\xadit",
    ".git\xef\xb8\x8f",
    "\xf3\xa0\x80\x81.git",
    ".g\xcd\x8fit",
    ".gi\xe3\x85\xa4t",
    /* NTFS */
    "git~1",
    "GIT~1",
    "GiT~1",
    "git~1 ",
    "git~1.",
    "git~1:x",
    ".git.",
    ".git ",
    ".git. ",
    ".git . . .",
    ".git.   ",
    ".git::$INDEX_ALLOCATION",
    ".git:x",
    ".git...:alternate-stream",
    ".git ::$DATA",
    ".\\.GIT\\foobar",
    ".git\\foobar",
    "a\\.git",
    "..\\git~1\\x",
    ".git. \\config",
};

static const char *const allowed[] = {
    "a",
    "...",
    ".gitignore",
    ".gitattributes",
    ".gitmodules",
    ".gitx",
    ".gi",
    "git",
    "git~",
    "git~2",
    "git~10",
    "git~1x",
    "x.git",
    "a.git.",
    ".git-rewrite",
    ".github",
    ".git.x",
    ".git . x",
    " .git",
    ".mvc",
    "data.mvc",
    "a\\b",
    "tab\there",
    "new\nline",
    "sp ",
    "dot.",
    "a:b",
    ".g\xffit",
    "\xff\xfe",
    ".gi\xe2\x80",
    "\xc3\xa9t\xc3\xa9",
    ".g\xc3\xaft",
    "\xe6\x97\xa5\xe6\x9c\xac",
    ".git\xe2\x80\x8c\xc3\xa9",
};

Test(util_name, every_look_alike_of_dotgit_is_refused)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
		cr_assert_eq(check(refused[i]), MVC_EINVALID,
		    "'%s' was allowed", refused[i]);
}

Test(util_name, ordinary_names_are_allowed)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++)
		cr_assert_eq(
		    check(allowed[i]), MVC_OK, "'%s' was refused", allowed[i]);
}

Test(util_name, a_nul_inside_is_refused)
{
	cr_assert_eq(mvc_name_check("a\0b", 3), MVC_EINVALID);
	cr_assert_eq(mvc_name_check(".git\0", 5), MVC_EINVALID);
}

Test(util_name, length_is_bounded_at_255_bytes)
{
	char name[256];

	memset(name, 'n', sizeof(name));
	cr_assert_eq(mvc_name_check(name, 255), MVC_OK);
	cr_assert_eq(mvc_name_check(name, 256), MVC_EINVALID);
	memset(name, '.', sizeof(name));
	cr_assert_eq(mvc_name_check(name, 255), MVC_OK);
	memcpy(name, ".git", 4);
	cr_assert_eq(mvc_name_check(name, 255), MVC_EINVALID);
}
