#include "work/fold.h"

#include <criterion/criterion.h>

Test(work_fold, case_does_not_tell_names_apart)
{
	cr_assert_eq(mvc_fold_cmp("Read.ME", "rEAD.me"), 0);
	cr_assert_eq(mvc_fold_cmp("ÄÉ", "äé"), 0);
	cr_assert_eq(mvc_fold_cmp("ΩЖЁ", "ωжё"), 0);
	cr_assert_neq(mvc_fold_cmp("a", "b"), 0);
	cr_assert_neq(mvc_fold_cmp("a", "a1"), 0);
	cr_assert_neq(mvc_fold_cmp("×", "÷"), 0);
	cr_assert_neq(mvc_fold_cmp("[", "{"), 0);
}

Test(work_fold, an_accent_in_one_character_is_one_in_two)
{
	cr_assert_eq(mvc_fold_cmp("caf\u00e9.jpg", "cafe\u0301.jpg"), 0);
	cr_assert_eq(mvc_fold_cmp("\u00c5", "a\u030a"), 0);
	cr_assert_eq(mvc_fold_cmp("\u00ff", "Y\u0308"), 0);
	cr_assert_neq(mvc_fold_cmp("\u00e9", "e"), 0);
	cr_assert_neq(mvc_fold_cmp("\u00f8", "o\u0308"), 0);
}

Test(work_fold, bytes_that_are_no_text_stand_for_themselves)
{
	cr_assert_eq(mvc_fold_cmp("\xff\xc3", "\xff\xc3"), 0);
	cr_assert_neq(mvc_fold_cmp("\xff", "\xfe"), 0);
	cr_assert_neq(mvc_fold_cmp("\xe9", "\u00e9"), 0);
}

Test(work_fold, finds_two_that_are_one_wherever_they_are)
{
	const char *one[] = {"b", "A", "c", "d", "a"};
	const char *none[] = {"b", "A", "c", "a1"};
	size_t i;

	cr_assert(mvc_fold_find(&i, one, 5));
	cr_assert_eq(mvc_fold_cmp(one[i], "a"), 0);
	cr_assert_eq(mvc_fold_cmp(one[i + 1], "a"), 0);
	cr_assert_not(mvc_fold_find(&i, none, 4));
	cr_assert_not(mvc_fold_find(&i, none, 1));
	cr_assert_not(mvc_fold_find(&i, none, 0));
}
