#include "text/json.h"
#include "text/utf8.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static void
assert_wrote(struct mvc_json *j, struct mvc_buf *b, const char *text)
{
	cr_assert_eq(mvc_json_finish(j), 0);
	cr_assert_str_eq(b->data ? b->data : "", text);
	mvc_buf_release(b);
}

Test(text_json, puts_commas_between_values_only)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_json j;

	mvc_json_init_buf(&j, &b);
	mvc_json_object(&j);
	mvc_json_key_str(&j, "a", "x");
	mvc_json_key(&j, "list");
	mvc_json_array(&j);
	mvc_json_u64(&j, UINT64_MAX);
	mvc_json_i64(&j, INT64_MIN);
	mvc_json_object(&j);
	mvc_json_end(&j);
	mvc_json_array(&j);
	mvc_json_end(&j);
	mvc_json_null(&j);
	mvc_json_end(&j);
	mvc_json_key_bool(&j, "yes", true);
	mvc_json_key_u64(&j, "n", 0);
	mvc_json_key_str(&j, "none", NULL);
	mvc_json_end(&j);
	mvc_json_newline(&j);
	assert_wrote(&j, &b,
	    "{\"a\":\"x\",\"list\":[18446744073709551615,"
	    "-9223372036854775808,{},[],null],\"yes\":true,\"n\":0,"
	    "\"none\":null}\n");
}

Test(text_json, escapes_controls_and_bytes_that_are_no_utf8)
{
	/* quote, backslash, controls, DEL, C1, e acute, a clef, a lone
	 * continuation, an overlong '/', a surrogate, a cut character */
	static const char bytes[] = "\"\\\n\x01\x7f\xc2\x9b \xc3\xa9 "
				    "\xf0\x9d\x84\x9e\x80\xc0\xaf"
				    "\xed\xa0\x80\xe2\x82";
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_json j;

	mvc_json_init_buf(&j, &b);
	mvc_json_bytes(&j, bytes, sizeof(bytes) - 1);
	assert_wrote(&j, &b,
	    "\"\\\"\\\\\\n\\u0001\\u007f\\u009b \xc3\xa9 "
	    "\xf0\x9d\x84\x9e\\udc80\\udcc0\\udcaf"
	    "\\udced\\udca0\\udc80\\udce2\\udc82\"");
}

Test(text_json, keeps_a_nul_within_bytes)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_json j;

	mvc_json_init_buf(&j, &b);
	mvc_json_bytes(&j, "a\0b", 3);
	assert_wrote(&j, &b, "\"a\\u0000b\"");
}

Test(text_json, doubles_read_back_the_same)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_json j;

	mvc_json_init_buf(&j, &b);
	mvc_json_array(&j);
	mvc_json_double(&j, 0.1);
	mvc_json_double(&j, 1.0 / 3);
	mvc_json_double(&j, -2e300);
	mvc_json_double(&j, (double)NAN);
	mvc_json_double(&j, (double)INFINITY);
	mvc_json_end(&j);
	assert_wrote(&j, &b, "[0.1,0.3333333333333333,-2e+300,null,null]");
}

Test(text_json, long_output_arrives_whole)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_json j;
	char text[5001];

	memset(text, 'x', 5000);
	text[5000] = 0;
	mvc_json_init_buf(&j, &b);
	mvc_json_array(&j);
	for (int i = 0; i < 100; i++)
		mvc_json_str(&j, text);
	mvc_json_end(&j);
	cr_assert_eq(mvc_json_finish(&j), 0);
	cr_assert_eq(b.len, 100 * 5002 + 99 + 2);
	mvc_buf_release(&b);
}

static int
fail_second(void *arg, const void *p, size_t n)
{
	int *calls = arg;

	return ++*calls == 2 ? mvc_fail(MVC_ENOSPACE, "full") : MVC_OK;
}

Test(text_json, the_first_error_is_kept_with_its_text)
{
	struct mvc_json j;
	int calls = 0;

	mvc_json_init(&j, fail_second, &calls);
	mvc_json_array(&j);
	for (int i = 0; i < 10000; i++)
		mvc_json_str(&j, "text");
	mvc_fail(MVC_EIO, "something else");
	cr_assert_eq(mvc_json_finish(&j), MVC_ENOSPACE);
	cr_assert_str_eq(mvc_error_text(), "full");
	cr_assert_eq(calls, 2);
}

Test(text_json, utf8_is_read_strictly)
{
	uint32_t c;

	cr_assert_eq(mvc_utf8_next(&c, "\xf4\x8f\xbf\xbf", 4), 4);
	cr_assert_eq(c, 0x10ffff);
	cr_assert_eq(mvc_utf8_next(&c, "\xf4\x90\x80\x80", 4), 0);
	cr_assert_eq(mvc_utf8_next(&c, "\xf0\x8f\xbf\xbf", 4), 0);
	cr_assert_eq(mvc_utf8_next(&c, "\xff", 1), 0);
	cr_assert_eq(mvc_utf8_next(&c, "\xc3", 1), 0);
	cr_assert_eq(mvc_utf8_next(&c, "\xc3\xa9", 2), 2);
	cr_assert_eq(c, 0xe9);
}

Test(text_json, pretty_is_a_line_for_each_value)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);
	struct mvc_json j;

	mvc_json_init_buf(&j, &b);
	j.pretty = true;
	mvc_json_object(&j);
	mvc_json_key(&j, "a");
	mvc_json_array(&j);
	mvc_json_u64(&j, 1);
	mvc_json_object(&j);
	mvc_json_end(&j);
	mvc_json_end(&j);
	mvc_json_key(&j, "b");
	mvc_json_array(&j);
	mvc_json_end(&j);
	mvc_json_end(&j);
	cr_assert_eq(mvc_json_finish(&j), 0);
	cr_assert_str_eq(
	    b.data, "{\n\t\"a\": [\n\t\t1,\n\t\t{}\n\t],\n\t\"b\": []\n}");
}
