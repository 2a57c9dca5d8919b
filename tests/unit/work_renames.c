#include "hash/digest.h"
#include "work/renames.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct mvc_entry
entry(const char *content)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_FILE, .files = 1};

	e.size = strlen(content);
	mvc_blake3(&e.id, content, e.size);
	return e;
}

static void
fill(
    struct mvc_renames *r, const char *const *deleted, const char *const *added)
{
	struct mvc_entry e;
	char path[] = "a";

	memset(r, 0, sizeof(*r));
	for (; *deleted; deleted++, path[0]++) {
		e = entry(*deleted);
		cr_assert_eq(mvc_renames_deleted(r, &e, path), 0);
	}
	for (; *added; added++) {
		e = entry(*added);
		cr_assert_eq(mvc_renames_added(r, &e), 0);
	}
	mvc_renames_same(r);
}

static void
assert_from(const struct mvc_renames *r, size_t i, const char *path)
{
	const struct mvc_half *h = mvc_renames_from(r, i);

	cr_assert_eq(!h, !path);
	if (h)
		cr_assert_str_eq(h->path, path);
}

Test(work_renames, each_deletion_goes_to_one_addition_in_order)
{
	static const char *const del[] = {"1", "2", "1", "3", "1", NULL};
	static const char *const add[] = {"1", "4", "1", "3", NULL};
	struct mvc_renames r;

	fill(&r, del, add);
	assert_from(&r, 0, "a");
	assert_from(&r, 1, NULL);
	assert_from(&r, 2, "c");
	assert_from(&r, 3, "d");
	assert_from(&r, 4, NULL);
	cr_assert(mvc_renames_went(&r, 0));
	cr_assert_not(mvc_renames_went(&r, 1));
	cr_assert(mvc_renames_went(&r, 2));
	cr_assert(mvc_renames_went(&r, 3));
	cr_assert_not(mvc_renames_went(&r, 4));
	cr_assert_not(mvc_renames_went(&r, 5));
	mvc_renames_release(&r);
}

Test(work_renames, empty_files_came_from_nowhere)
{
	static const char *const files[] = {"", NULL};
	struct mvc_renames r;

	fill(&r, files, files);
	assert_from(&r, 0, NULL);
	cr_assert_not(mvc_renames_went(&r, 0));
	mvc_renames_release(&r);
}
