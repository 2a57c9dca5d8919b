#include "text/yaml.h"

#include "text/json.h"

#include <criterion/criterion.h>

static void
assert_is(const char *yaml, const char *json)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	MVC_OWN(mvc_jval) *v = NULL;
	struct mvc_json j;

	cr_assert_eq(mvc_yaml_parse(&v, yaml, strlen(yaml)), 0, "%s: %s", yaml,
	    mvc_error_text());
	mvc_json_init_buf(&j, &b);
	cr_assert_eq(mvc_jval_write(&j, v), 0);
	cr_assert_eq(mvc_json_finish(&j), 0);
	cr_assert_str_eq(b.data, json);
}

static void
assert_refused(const char *yaml, const char *why)
{
	struct mvc_jval *v;

	cr_assert_eq(
	    mvc_yaml_parse(&v, yaml, strlen(yaml)), MVC_EINVALID, "%s", yaml);
	cr_assert_null(v);
	cr_assert(strstr(mvc_error_text(), why), "got: %s", mvc_error_text());
}

Test(text_yaml, scalars_are_what_they_look_like)
{
	assert_is("[1, -2, +3, 0x1f, 0o17, 007]", "[1,-2,3,31,15,7]");
	assert_is("[1.5, 1e-3, .5, 1., 1e5]", "[1.5,0.001,0.5,1,100000]");
	assert_is("[true, False, null, ~, ]", "[true,false,null,null]");
	assert_is("[yes, no, on, 1_000, 12:30, 1.2.3, e5, -, .]",
	    "[\"yes\",\"no\",\"on\",\"1_000\",\"12:30\",\"1.2.3\",\"e5\",\"-\","
	    "\".\"]");
	assert_is("['1', \"true\", !!str 2]", "[\"1\",\"true\",\"2\"]");
	assert_is("- |\n  two\n  lines\n", "[\"two\\nlines\\n\"]");
}

Test(text_yaml, mappings_and_sequences_lie_within_each_other)
{
	assert_is("b: 1\na:\n  - x: 1\n  - [2, 3]\n",
	    "{\"a\":[{\"x\":1},[2,3]],\"b\":1}");
	assert_is("", "{}");
	assert_is("# nothing\n", "{}");
	assert_is("--- 7\n", "7");
	assert_is("1: one\n", "{\"1\":\"one\"}");
}

Test(text_yaml, aliases_are_what_they_stand_for)
{
	assert_is("a: &x [1, 2]\nb: *x\n", "{\"a\":[1,2],\"b\":[1,2]}");
	assert_refused("a: *x\n", "line 1, column 4: an alias");
	assert_refused("a: &x [*x]\n", "an alias");
}

Test(text_yaml, bombs_are_refused)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);

	cr_assert_eq(mvc_buf_add_str(&b, "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"), 0);
	for (int i = 1; i < 20; i++)
		cr_assert_eq(mvc_buf_addf(&b,
				 "a%d: &a%d "
				 "[*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n",
				 i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
				 i - 1, i - 1),
		    0);
	assert_refused(b.data, "more than 100,000 values");
	mvc_buf_clear(&b);
	for (int i = 0; i < 100; i++)
		cr_assert_eq(mvc_buf_add_char(&b, '['), 0);
	assert_refused(b.data, "too many levels");
	mvc_buf_clear(&b);
	/* Levels that only aliases make. */
	cr_assert_eq(mvc_buf_add_str(&b, "a0: &a0 [1]\n"), 0);
	for (int i = 1; i < 40; i++)
		cr_assert_eq(
		    mvc_buf_addf(&b, "a%d: &a%d [*a%d]\n", i, i, i - 1), 0);
	assert_refused(b.data, "too many levels");
}

Test(text_yaml, what_is_not_supported_is_named)
{
	assert_refused(
	    "a: 1\na: 2\n", "line 2, column 1: a key that was there");
	assert_refused("x: &x {a: 1}\ny:\n  <<: *x\n", "merge key");
	assert_refused("? [a]\n: 1\n", "a key that is no text");
	assert_refused("a: !!python/object:x y\n", "a tag");
	assert_refused("a: \"x\\0y\"\n", "a NUL");
	assert_refused("--- 1\n--- 2\n", "a second document");
	assert_refused("a: [1\n", "line 2");
	assert_refused("a: b: c\n", "line 1");
	assert_refused("a: \xff\n", "line 1");
}
