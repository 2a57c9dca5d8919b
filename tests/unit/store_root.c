#include "store/root.h"
#include "store/lines.h"

#include <criterion/criterion.h>
#include <string.h>

#define ID "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEAD "mvc root 1\n"
#define BODY "oid " ID "\ntype tree\nclaim whole\nsize 5\nfiles 2\n"

/* What parsing says of the text with its last line made right. */
static int
parse(struct mvc_root *r, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(32 << 20);

	cr_assert_eq(mvc_buf_add_str(&b, text), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	return mvc_root_parse(r, b.data, b.len);
}

static void
refuses(const char *text, int code, const char *says)
{
	struct mvc_root r;

	cr_assert_eq(parse(&r, text), code, "%s: %s", text, mvc_error_text());
	cr_assert_not_null(
	    strstr(mvc_error_text(), says), "%s: %s", text, mvc_error_text());
	cr_assert_null(r.segments);
}

Test(store_root, lines_are_read_in_any_order)
{
	struct mvc_root r;

	cr_assert_eq(parse(&r,
			 HEAD "files 2\nsegment " ID
			      "\npacked 9\nclaim part\nsize 5\ntype "
			      "file\noid " ID "\nsegment " ID "\n"),
	    0, "%s", mvc_error_text());
	cr_assert(r.part && !r.tree);
	cr_assert_eq(r.packed, 9);
	cr_assert_eq(r.n_segments, 2);
	mvc_root_release(&r);
}

Test(store_root, what_is_cut_short_anywhere_is_refused)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	struct mvc_root r;

	cr_assert_eq(mvc_buf_add_str(&b, HEAD BODY "segment " ID "\n"), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	cr_assert_eq(mvc_root_parse(&r, b.data, b.len), 0);
	mvc_root_release(&r);
	for (size_t n = 0; n < b.len; n++)
		cr_assert_lt(mvc_root_parse(&r, b.data, n), 0, "%zu", n);
}

Test(store_root, a_changed_byte_is_damage)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	struct mvc_root r;

	cr_assert_eq(mvc_buf_add_str(&b, HEAD BODY), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	for (size_t i = 0; i < b.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			cr_assert_eq(mvc_root_parse(&r, b.data, b.len),
			    MVC_ECORRUPT, "byte %zu, bit %d", i, bit);
			b.data[i] ^= (char)(1 << bit);
		}
}

Test(store_root, each_line_is_there_once)
{
	refuses(HEAD "type tree\nclaim whole\nsize 5\nfiles 2\n", MVC_ECORRUPT,
	    "lacks a line");
	refuses(HEAD BODY "size 6\n", MVC_ECORRUPT, "size twice");
	refuses(HEAD BODY "packed 6\npacked 6\n", MVC_ECORRUPT, "packed twice");
	refuses(HEAD, MVC_ECORRUPT, "lacks a line");
}

Test(store_root, later_versions_are_named_as_such)
{
	refuses("mvc root 2\n" BODY, MVC_EVERSION, "later version");
	refuses(HEAD BODY "colour red\n", MVC_EVERSION, "colour");
	refuses(HEAD "type link\n", MVC_EVERSION, "neither file nor tree");
}

Test(store_root, hostile_values_are_refused)
{
	refuses("mvc trash 1\n" BODY, MVC_ECORRUPT, "no root");
	refuses(HEAD BODY "segment 12\n", MVC_ECORRUPT, "hex digits");
	refuses(HEAD BODY "packed 18446744073709551616\n", MVC_ECORRUPT,
	    "no number");
	refuses(HEAD BODY "packed 01\n", MVC_ECORRUPT, "no number");
	refuses(HEAD BODY "packed -1\n", MVC_ECORRUPT, "no number");
	refuses(HEAD BODY "packed\n", MVC_ECORRUPT, "malformed");
	refuses(HEAD BODY "\n", MVC_ECORRUPT, "malformed");
}

Test(store_root, too_many_segments_are_refused_at_once)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(32 << 20);

	cr_assert_eq(mvc_buf_add_str(&b, HEAD BODY), 0);
	for (unsigned i = 0; i <= 65536; i++)
		cr_assert_eq(mvc_buf_addf(&b, "segment %064x\n", i), 0);
	refuses(b.data, MVC_ETOOBIG, "too many segments");
}
