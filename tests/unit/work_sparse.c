#include "scratch.h"

#include "work/sparse.h"

#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

static struct mvc_sparse *
with(const char *text)
{
	struct mvc_sparse *s;

	cr_assert_eq(mvc_sparse_write(".", text), 0);
	cr_assert_eq(mvc_sparse_open(&s, "."), 0);
	return s;
}

Test(work_sparse, without_patterns_all_is_wanted, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_sparse *s = with(NULL);

	cr_assert_null(s);
	cr_assert(mvc_sparse_wants(s, "d/x", false));
}

Test(work_sparse, a_pattern_takes_what_lies_below, .init = scratch_enter,
    .fini = scratch_leave)
{
	MVC_OWN(mvc_sparse) *s = with("/d/a\n*.json\n!secret.json\n");
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1000);

	cr_assert(mvc_sparse_wants(s, "d/a", true));
	cr_assert(mvc_sparse_wants(s, "d/a/b/c", false));
	cr_assert_not(mvc_sparse_wants(s, "d/b", false));
	cr_assert_not(mvc_sparse_wants(s, "d", true));
	cr_assert(mvc_sparse_wants(s, "d/b/x.json", false));
	cr_assert_not(mvc_sparse_wants(s, "d/a/secret.json", false));
	cr_assert_eq(mvc_sparse_read(&text, "."), 0);
	cr_assert_str_eq(text.data, "/d/a\n*.json\n!secret.json\n");
	cr_assert_eq(mvc_sparse_write(".", NULL), 0);
	cr_assert_neq(access("mvc/sparse", F_OK), 0);
}
