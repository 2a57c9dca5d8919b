#include "project.h"
#include "scratch.h"

#include "work/add.h"
#include "work/base.h"
#include "work/pointerfile.h"

#include <criterion/criterion.h>

static struct project p;

static void
add(const char *path)
{
	struct mvc_add_opts o = {.force = true};

	project_again(&p);
	cr_assert_eq(mvc_add(p.work, &path, 1, &o, NULL, NULL), 0, "%s",
	    mvc_error_text());
	project_again(&p);
}

/* d holds two folders; s, t and both hold the same as those and d. */
static void
enter(void)
{
	project_new(&p);
	sh("mkdir -p d/s d/t both; echo 1 >d/s/1; echo 2 >d/t/2; "
	   "cp -r d/s d/t .; cp -r d/s d/t both");
	add("s");
	add("t");
	add("both");
}

static void
leave(void)
{
	project_close(&p);
	scratch_leave();
}

static struct mvc_pointer
pointer_of(const char *path)
{
	struct mvc_pointer out;

	cr_assert_eq(mvc_pointer_read(&out, p.work->top, path), 0, "%s",
	    mvc_error_text());
	return out;
}

static struct mvc_stat_entry
find(const char *root, const struct mvc_pointer *pointer)
{
	struct mvc_stat_entry e;

	cr_assert_eq(mvc_base_find(&e, p.work, root, pointer), 0, "%s",
	    mvc_error_text());
	return e;
}

/* Of the version that the pointer names, with just these flags. */
static void
assert_base(const char *root, const struct mvc_pointer *pointer,
    const char *version, unsigned flags)
{
	struct mvc_stat_entry e = find(root, pointer);
	struct mvc_pointer want = pointer_of(version);

	cr_assert_eq(e.kind, MVC_ENTRY_DIR);
	cr_assert(
	    mvc_oid_eq(&e.oid, &want.oid), "%s is not of %s", root, version);
	cr_assert_eq(e.flags, flags, "flags %#x", e.flags);
	mvc_pointer_release(&want);
}

static void
assert_no_one_version(const char *root, const struct mvc_pointer *pointer)
{
	static const struct mvc_oid none;
	struct mvc_stat_entry e = find(root, pointer);

	cr_assert_eq(e.kind, MVC_ENTRY_DIR);
	cr_assert(mvc_oid_eq(&e.oid, &none));
	cr_assert_eq(e.flags, MVC_STAT_ROOT | MVC_STAT_PART);
}

static void
settle(const char *root)
{
	struct mvc_stat_entry base = find(root, NULL);

	cr_assert_eq(
	    mvc_base_settle(p.work, &base, 1), 0, "%s", mvc_error_text());
	project_again(&p);
}

TestSuite(work_base, .init = enter, .fini = leave);

Test(work_base, what_was_never_here_has_no_record)
{
	cr_assert_eq(find("elsewhere", NULL).kind, 0);
	cr_assert_eq(find("d", NULL).kind, 0);
}

Test(work_base, a_data_set_has_a_record_of_its_own)
{
	add("d");
	assert_base("d", NULL, "d.mvc", MVC_STAT_ROOT);
}

Test(work_base, a_part_of_a_data_set_is_of_its_version)
{
	add("d");
	assert_base("d/s", NULL, "s.mvc", MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	cr_assert_eq(find("d/nothing", NULL).kind, 0);
}

Test(work_base, several_are_of_no_one_version)
{
	add("d/s");
	add("d/t");
	assert_no_one_version("d", NULL);
}

Test(work_base, several_that_a_pointer_names_together_are_of_its_version)
{
	struct mvc_pointer both = pointer_of("both.mvc");
	struct mvc_pointer other = pointer_of("s.mvc");

	add("d/s");
	assert_no_one_version("d", &both); /* not all of it */
	add("d/t");
	assert_base("d", &both, "both.mvc", MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	assert_no_one_version("d", &other);
	mvc_pointer_release(&both);
	mvc_pointer_release(&other);
}

Test(work_base, a_part_that_is_settled_has_its_own_and_leaves_the_rest_mixed)
{
	add("d");
	settle("d/s");
	assert_base("d/s", NULL, "s.mvc", MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	/* Below d there are others now, which are not all of it. */
	assert_no_one_version("d", NULL);
	assert_no_one_version("d/t", NULL);
}

Test(work_base, several_that_are_settled_are_one)
{
	struct mvc_pointer both = pointer_of("both.mvc");
	struct mvc_stat_entry base;

	add("d/s");
	add("d/t");
	base = find("d", &both);
	cr_assert_eq(mvc_base_settle(p.work, &base, 1), 0);
	project_again(&p);
	assert_base("d", NULL, "both.mvc", MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	assert_base("d/s", NULL, "s.mvc", MVC_STAT_ROOT | MVC_STAT_PARTIAL);
	mvc_pointer_release(&both);
}
