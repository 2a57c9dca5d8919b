#include "pipeline/template.h"

#include <criterion/criterion.h>

#include <string.h>

static const char values[] =
    "{\"lr\":0.001,\"n\":3,\"on\":true,\"none\":null,\"s\":\"a b\","
    "\"l\":[1,[2,3],{\"x\":\"y\"}],\"o\":{\"p\":1,\"q\":{\"r\":\"it's\"},"
    "\"t\":true,\"f\":false,\"m\":[\"u v\",2,true]},\"empty\":{}}";

static int
resolve(struct mvc_buf *out, const char *text, bool options)
{
	MVC_OWN(mvc_jval) *scope = NULL;

	cr_assert_eq(mvc_jval_parse(&scope, values, strlen(values)), 0);
	return mvc_template_resolve(out, text, scope, options);
}

static void
assert_is(const char *text, const char *is)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(
	    resolve(&b, text, true), 0, "%s: %s", text, mvc_error_text());
	cr_assert_str_eq(b.data ? b.data : "", is);
}

static void
assert_refused(const char *text, const char *why)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1000);

	cr_assert_eq(resolve(&b, text, false), MVC_EINVALID, "%s", text);
	cr_assert(strstr(mvc_error_text(), why), "got: %s", mvc_error_text());
}

Test(pipeline_template, names_and_indices_are_put_in)
{
	assert_is("lr=${lr} ${ n }x${on}${s}", "lr=0.001 3xtruea b");
	assert_is("${l[0]}${l.1.0}${l[-1].x}${o[p]}", "12y1");
	assert_is("${none}", "None");
	assert_is("", "");
}

Test(pipeline_template, a_backslash_takes_it_back)
{
	assert_is(
	    "\\${lr} \\\\ \\x $HOME ${ $lr", "${lr} \\\\ \\x $HOME ${ $lr");
}

Test(pipeline_template, objects_become_options)
{
	assert_is("x ${o} ${empty}.",
	    "x --p 1 --q.r 'it'\"'\"'s' --t --m 'u v' 2 True .");
}

Test(pipeline_template, what_cannot_be_put_in_is_refused)
{
	assert_refused("${nothing}", "${nothing}: there is no value");
	assert_refused("${lr.x}", "no value");
	assert_refused("${l[9]}", "no value");
	assert_refused("${l[-4]}", "no value");
	assert_refused("${l[99999999999999999999]}", "no value");
	assert_refused("${}", "${} is no name");
	assert_refused("${.a}", "no name");
	assert_refused("${o..b}", "no name");
	assert_refused("${l[0}", "no name");
	assert_refused("a ${l}", "${l}: a list is no text");
	assert_refused("a ${o}", "an object is no text");
}

Test(pipeline_template, numbers_are_written_as_python_does)
{
	static const char *const pairs[][2] = {{"1e-5", "1e-05"},
	    {"0.0001", "0.0001"}, {"1e16", "1e+16"},
	    {"123456789012345.6", "123456789012345.6"}, {"2.0", "2.0"},
	    {"-0.1", "-0.1"}, {"1e15", "1000000000000000.0"},
	    {"1.5e300", "1.5e+300"}, {"0.1e0", "0.1"}, {"5e-324", "5e-324"},
	    {"0.0", "0.0"}};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(400);
		MVC_OWN(mvc_jval) *v = NULL;

		cr_assert_eq(
		    mvc_jval_parse(&v, pairs[i][0], strlen(pairs[i][0])), 0);
		cr_assert_eq(mvc_template_text(&b, v, false), 0);
		cr_assert_str_eq(b.data, pairs[i][1]);
	}
}

Test(pipeline_template, scopes_take_more_values_and_no_other_ones)
{
	MVC_OWN(mvc_jval) *a = NULL, *b = NULL, *c = NULL, *both = NULL, *no;

	cr_assert_eq(mvc_jval_parse(&a, "{\"x\":{\"y\":1}}", 13), 0);
	cr_assert_eq(mvc_jval_parse(&b, "{\"x\":{\"z\":2},\"w\":3}", 19), 0);
	cr_assert_eq(mvc_jval_parse(&c, "{\"x\":{\"y\":{}}}", 14), 0);
	cr_assert_eq(mvc_template_merge(&both, a, b), 0);
	cr_assert_eq(mvc_jval_count(mvc_jval_get(both, "x")), 2);
	/* Both stay as they were. */
	cr_assert_eq(mvc_jval_count(mvc_jval_get(a, "x")), 1);
	cr_assert_eq(mvc_template_merge(&no, both, c), MVC_EEXISTS);
	cr_assert_str_eq(mvc_error_text(), "x.y");
}
