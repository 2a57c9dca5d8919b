#include "scratch.h"

#include "work/ignoreblock.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define TOP "# mvc: data that mvc tracks, kept sorted\n"
#define END "# mvc: end\n"

static void
assert_edit(const char *text, const char *name, bool add, const char *want)
{
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1 << 20);
	bool changed;

	cr_assert_eq(
	    mvc_ignoreblock_edit(&out, text, strlen(text), name, add, &changed),
	    0);
	cr_assert_str_eq(out.data ? out.data : "", want);
	cr_assert_eq(changed, strcmp(text, want) != 0);
}

Test(work_ignoreblock, lines_come_and_go_in_order)
{
	assert_edit("", "m", true, TOP "/m\n" END);
	assert_edit(TOP "/m\n" END, "a", true, TOP "/a\n/m\n" END);
	assert_edit(TOP "/a\n/m\n" END, "m", true, TOP "/a\n/m\n" END);
	assert_edit(TOP "/a\n/m\n" END, "a", false, TOP "/m\n" END);
	assert_edit("x\n" TOP "/m\n" END "y\n", "m", false, "x\ny\n");
	assert_edit("x\n", "m", false, "x\n");
}

Test(work_ignoreblock, everything_else_stays)
{
	assert_edit("*.o", "m", true, "*.o\n" TOP "/m\n" END);
	assert_edit(" odd \r\n\r\n", "m", true,
	    " odd \r\n\r\n# mvc: data that mvc tracks, kept sorted\r\n"
	    "/m\r\n# mvc: end\r\n");
	assert_edit(
	    "a\n" TOP "/m\n" END "b", "a", true, "a\n" TOP "/a\n/m\n" END "b");
	assert_edit(
	    "# mvc: end\na\n", "m", true, "# mvc: end\na\n" TOP "/m\n" END);
}

Test(work_ignoreblock, what_a_union_merge_leaves_is_repaired)
{
	assert_edit(TOP "/m\n/a\n/m\n" END, "z", true, TOP "/a\n/m\n/z\n" END);
	assert_edit("x\n" TOP "/b\n" END TOP "/a\n" END "y\n", "b", true,
	    "x\n" TOP "/a\n/b\n" END "y\n");
	assert_edit(TOP "/b\nmine\n", "a", true, TOP "/a\n/b\n" END "mine\n");
}

/* Git ignores the name, and not the others. */
static void
assert_git_agrees(const char *name, const char *other)
{
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1 << 20);
	char want[600], got[600] = "";
	bool changed;
	size_t n;
	FILE *f;

	cr_assert_eq(
	    mvc_ignoreblock_edit(&out, "", 0, name, true, &changed), 0);
	scratch_write_bytes(".gitignore", out.data, out.len);
	f = fopen("paths", "w");
	fprintf(f, "%s%c%s%cs/%s%c", name, 0, other, 0, name, 0);
	fclose(f);
	f = popen("git check-ignore --no-index -z --stdin <paths", "r");
	n = fread(got, 1, sizeof(got) - 1, f);
	pclose(f);
	snprintf(want, sizeof(want), "%s", name);
	cr_assert_eq(n, strlen(want) + 1 + (strcmp(name, other) ? 0 : n / 2),
	    "'%s' '%s' got '%s'", name, other, got);
	cr_assert_str_eq(got, want);
}

Test(work_ignoreblock, git_ignores_just_that_name, .init = scratch_enter,
    .fini = scratch_leave)
{
	static const char *const parts[] = {"a", " ", "*", "?", "[", "]", "\\",
	    "!", "#", "\r", "\t", "\x7f", "\xc3\xa9", "-", "\"", "b", "\n"};
	uint64_t x = 88172645463325252u;
	char name[40], other[48];

	cr_assert_eq(system("git init -q ."), 0);
	for (int i = 0; i < 120; i++) {
		size_t n = 0;

		for (int k = 0; k < 1 + i % 5; k++) {
			const char *p;

			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			p = parts[(x >> 20) % 17];
			memcpy(name + n, p, strlen(p));
			n += strlen(p);
		}
		name[n] = 0;
		snprintf(other, sizeof(other), "%sx", name);
		assert_git_agrees(name, other);
	}
}
