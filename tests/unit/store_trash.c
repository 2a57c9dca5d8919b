#include "store/trash.h"
#include "store/lines.h"

#include <criterion/criterion.h>
#include <string.h>

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "mvc trash 1\n"
#define SPANS "grace 1209600\nkeep 31536000\n"

static int
parse(struct mvc_trash_list *l, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);

	cr_assert_eq(mvc_buf_add_str(&b, text), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	return mvc_trash_list_parse(l, b.data, b.len);
}

static void
refuses(const char *text, int code, const char *says)
{
	struct mvc_trash_list l;

	cr_assert_eq(parse(&l, text), code, "%s: %s", text, mvc_error_text());
	cr_assert_not_null(
	    strstr(mvc_error_text(), says), "%s: %s", text, mvc_error_text());
	cr_assert_null(l.names);
}

Test(store_trash, names_of_all_kinds_are_read)
{
	struct mvc_trash_list l;

	cr_assert_eq(parse(&l,
			 HEAD "keep 7\npack " ID "\nsegment " ID
			      "\nroot a/b~c\ngrace 0\n"),
	    0, "%s", mvc_error_text());
	cr_assert_eq(l.n, 3);
	cr_assert_eq(l.grace, 0);
	cr_assert_eq(l.keep, 7);
	cr_assert_str_eq(l.names[2].key, "a/b~c");
	mvc_trash_list_release(&l);
}

/* Swept at once, it would delete what is still in its grace. */
Test(store_trash, a_list_without_its_grace_is_refused)
{
	refuses(HEAD "keep 31536000\n", MVC_ECORRUPT, "lacks a line");
	refuses(HEAD "grace 1209600\n", MVC_ECORRUPT, "lacks a line");
	refuses(HEAD SPANS "grace 1\n", MVC_ECORRUPT, "twice");
	refuses(HEAD SPANS "keep 0\n", MVC_ECORRUPT, "twice");
}

Test(store_trash, spans_whose_sums_wrap_are_refused)
{
	refuses(HEAD "grace 18446744073709551615\nkeep 1\n", MVC_ECORRUPT,
	    "no time");
	refuses(HEAD "grace 1\nkeep 9223372036854775807\n", MVC_ECORRUPT,
	    "no time");
}

Test(store_trash, what_is_cut_short_or_changed_is_refused)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	struct mvc_trash_list l;

	cr_assert_eq(mvc_buf_add_str(&b, HEAD SPANS "pack " ID "\n"), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	for (size_t n = 0; n < b.len; n++)
		cr_assert_lt(mvc_trash_list_parse(&l, b.data, n), 0);
	for (size_t i = 0; i < b.len; i++) {
		b.data[i] ^= (char)(1 << i % 8);
		cr_assert_lt(mvc_trash_list_parse(&l, b.data, b.len), 0);
		b.data[i] ^= (char)(1 << i % 8);
	}
}

Test(store_trash, hostile_lines_are_refused)
{
	refuses("mvc trash 2\n" SPANS, MVC_EVERSION, "later version");
	refuses("mvc trash ", MVC_ECORRUPT, "damaged");
	refuses("mvc trash 1", MVC_ECORRUPT, "damaged");
	refuses(HEAD SPANS "holder x\n", MVC_EVERSION, "holder");
	refuses(HEAD SPANS "pack ../../../etc/passwd\n", MVC_ECORRUPT,
	    "hex digits");
	refuses(HEAD SPANS "segment " ID "0\n", MVC_ECORRUPT, "hex digits");
}
