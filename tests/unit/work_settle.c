#include "work/settle.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#define RUNNING "git/mvc/checkout-running"

static void
enter(void)
{
	scratch_enter();
	cr_assert_eq(mkdir("git", 0777), 0);
	cr_assert_eq(mkdir("git/mvc", 0777), 0);
}

static bool
doubts(int64_t modified)
{
	struct mvc_stat_entry e = {.modified = modified};
	struct mvc_settle s;

	mvc_settle_read(&s, "git");
	return mvc_settle_doubts(&s, &e);
}

TestSuite(work_settle, .init = enter, .fini = scratch_leave);

Test(work_settle, nothing_on_record_doubts_nothing)
{
	cr_assert_not(doubts(5));
}

Test(work_settle, checkout_of_another_boot_is_doubted_by_time)
{
	scratch_write(RUNNING, "another 10 20\n");
	cr_assert_not(doubts(9));
	cr_assert(doubts(10));
	cr_assert(doubts(20));
	cr_assert_not(doubts(21));
	scratch_write(RUNNING, "another 10 0\n");
	cr_assert(doubts(21));
}

Test(work_settle, record_that_did_not_reach_the_disk_doubts_everything)
{
	scratch_write(RUNNING, "");
	cr_assert(doubts(5));
	scratch_write(RUNNING, "another 10 2");
	cr_assert(doubts(5));
}

Test(work_settle, checkout_of_everything_ends_all_doubt)
{
	struct mvc_settle s;

	scratch_write(RUNNING, "another 10 0\n");
	mvc_settle_read(&s, "git");
	cr_assert_eq(mvc_settle_begin(&s, "git"), 0);
	cr_assert(doubts(11));
	cr_assert_eq(mvc_settle_end(&s, "git", true), 0);
	cr_assert_not(doubts(11));
}

Test(work_settle, checkout_that_had_nothing_to_write_ends_all_doubt_too)
{
	struct mvc_settle s;

	scratch_write(RUNNING, "another 10 0\n");
	mvc_settle_read(&s, "git");
	cr_assert_eq(mvc_settle_end(&s, "git", true), 0);
	cr_assert_not(doubts(11));
	cr_assert_eq(mvc_settle_end(&s, "git", true), 0);
}
