#include "cmd/human.h"

#include <criterion/criterion.h>

#define S UINT64_C(1000000000)

Test(cmd_human, sizes_have_two_digits_or_three)
{
	cr_assert_str_eq(mvc_human_size(0).s, "0 B");
	cr_assert_str_eq(mvc_human_size(999).s, "999 B");
	cr_assert_str_eq(mvc_human_size(1000).s, "1.0 kB");
	cr_assert_str_eq(mvc_human_size(9949).s, "9.9 kB");
	cr_assert_str_eq(mvc_human_size(9951).s, "10 kB");
	cr_assert_str_eq(mvc_human_size(999499).s, "999 kB");
	cr_assert_str_eq(mvc_human_size(999500).s, "1.0 MB");
	cr_assert_str_eq(mvc_human_size(740000000).s, "740 MB");
	cr_assert_str_eq(mvc_human_size(9800000000).s, "9.8 GB");
	cr_assert_str_eq(mvc_human_size(UINT64_MAX).s, "18 EB");
}

Test(cmd_human, counts_have_commas)
{
	cr_assert_str_eq(mvc_human_count(0).s, "0");
	cr_assert_str_eq(mvc_human_count(999).s, "999");
	cr_assert_str_eq(mvc_human_count(1000).s, "1,000");
	cr_assert_str_eq(mvc_human_count(100000).s, "100,000");
	cr_assert_str_eq(
	    mvc_human_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
	cr_assert_str_eq(mvc_human_files(1).s, "1 file");
	cr_assert_str_eq(mvc_human_files(1204).s, "1,204 files");
}

Test(cmd_human, times_have_two_units_at_most)
{
	cr_assert_str_eq(mvc_human_time(0).s, "0 ms");
	cr_assert_str_eq(mvc_human_time(17400000).s, "17 ms");
	cr_assert_str_eq(mvc_human_time(S / 10).s, "0.1 s");
	cr_assert_str_eq(mvc_human_time(9949 * (S / 1000)).s, "9.9 s");
	cr_assert_str_eq(mvc_human_time(9951 * (S / 1000)).s, "10 s");
	cr_assert_str_eq(mvc_human_time(38 * S).s, "38 s");
	cr_assert_str_eq(mvc_human_time(59600 * (S / 1000)).s, "1 min 0 s");
	cr_assert_str_eq(mvc_human_time(72 * S).s, "1 min 12 s");
	cr_assert_str_eq(mvc_human_time(14 * 60 * S).s, "14 min");
	cr_assert_str_eq(mvc_human_time(7325 * S).s, "2 h 2 min");
	cr_assert_str_eq(mvc_human_rate(412000000, S).s, "412 MB/s");
	cr_assert_str_eq(mvc_human_rate(1, 0).s, "0 B/s");
}

static void
assert_shown(const char *name, size_t n, const char *as)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(mvc_human_name(&b, name, n), 0);
	cr_assert_str_eq(b.data ? b.data : "", as);
}

Test(cmd_human, a_sentence_keeps_its_quotes_and_loses_its_controls)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(mvc_human_text(&b,
			 "no \"a\nb\" in 'c\033[m' \xff \xc2\x9b "
			 "\xe2\x80\xae \xc3\xa9"),
	    0);
	cr_assert_str_eq(b.data,
	    "no \"a\\nb\" in 'c\\033[m' \\377 \\302\\233 "
	    "\\342\\200\\256 \xc3\xa9");
}

Test(cmd_human, what_cannot_be_seen_in_a_name_is_shown)
{
	assert_shown("a\xe2\x80\x8b", 4, "\"a\\342\\200\\213\"");
	assert_shown("\xe2\x80\x8d", 3, "\"\\342\\200\\215\"");
	assert_shown("\xef\xbb\xbf", 3, "\"\\357\\273\\277\"");
	assert_shown("\xe2\x81\xa0", 3, "\"\\342\\201\\240\"");
	assert_shown("\xc2\xad", 2, "\"\\302\\255\"");
	assert_shown("\xd8\x9c", 2, "\"\\330\\234\"");
	assert_shown("\xe2\x81\xa6", 3, "\"\\342\\201\\246\"");
	assert_shown("\xf3\xa0\x81\x81", 4, "\"\\363\\240\\201\\201\"");
	/* A space has a width; so has what stands beside those. */
	assert_shown("\xc2\xa0", 2, "\xc2\xa0");
	assert_shown("\xe2\x80\x94", 3, "\xe2\x80\x94");
	assert_shown("\xe2\x9d\xa4\xef\xb8\x8f", 6, "\xe2\x9d\xa4\xef\xb8\x8f");
}

Test(cmd_human, names_cannot_command_a_terminal)
{
	assert_shown("", 0, "");
	assert_shown("plain name", 10, "plain name");
	assert_shown("caf\xc3\xa9", 5, "caf\xc3\xa9");
	assert_shown("a\033[2J\n", 6, "\"a\\033[2J\\n\"");
	assert_shown("\xc2\x9b", 2, "\"\\302\\233\"");
	assert_shown("\xff\x7f", 2, "\"\\377\\177\"");
	assert_shown("\"\\", 2, "\"\\\"\\\\\"");
}
