#include "hash/digest.h"
#include "work/similar.h"

#include <criterion/criterion.h>

static struct mvc_oid
chunk(int n)
{
	struct mvc_oid id;

	mvc_blake3(&id, &n, sizeof(n));
	return id;
}

static void
add(struct mvc_similar *s, size_t file, int from, int to)
{
	for (int n = from; n < to; n++) {
		struct mvc_oid id = chunk(n);

		cr_assert_eq(mvc_similar_add(s, file, &id), 0);
	}
}

static void
count(struct mvc_similar *s, int from, int to)
{
	for (int n = from; n < to; n++) {
		struct mvc_oid id = chunk(n);

		cr_assert_eq(mvc_similar_count(s, &id, 100), 0);
	}
}

Test(work_similar, the_file_that_shares_most_is_found)
{
	MVC_OWN(mvc_similar) *s = NULL;
	size_t file;

	cr_assert_eq(mvc_similar_new(&s), 0);
	add(s, 7, 0, 10);
	add(s, 8, 10, 40);
	count(s, 5, 20);
	cr_assert_eq(mvc_similar_best(s, &file), 1000);
	cr_assert_eq(file, 8);
	count(s, 0, 12);
	cr_assert_eq(mvc_similar_best(s, &file), 1000, "counted anew");
	cr_assert_eq(file, 7);
}

Test(work_similar, nothing_shared_is_no_file)
{
	MVC_OWN(mvc_similar) *s = NULL;
	size_t file;

	cr_assert_eq(mvc_similar_new(&s), 0);
	count(s, 0, 3);
	cr_assert_eq(mvc_similar_best(s, &file), 0);
	add(s, 1, 10, 12);
	count(s, 0, 3);
	cr_assert_eq(mvc_similar_best(s, &file), 0);
}

Test(work_similar, a_chunk_of_several_files_counts_for_the_first)
{
	MVC_OWN(mvc_similar) *s = NULL;
	size_t file;

	cr_assert_eq(mvc_similar_new(&s), 0);
	add(s, 2, 0, 3);
	add(s, 1, 0, 3);
	count(s, 0, 3);
	cr_assert_eq(mvc_similar_best(s, &file), 300);
	cr_assert_eq(file, 1);
}

Test(work_similar, half_of_the_larger_file_is_enough)
{
	cr_assert(mvc_similar_enough(50, 100, 80));
	cr_assert(mvc_similar_enough(50, 80, 100));
	cr_assert_not(mvc_similar_enough(49, 100, 80));
	cr_assert(mvc_similar_enough(UINT64_MAX / 2 + 1, UINT64_MAX, 1));
}
