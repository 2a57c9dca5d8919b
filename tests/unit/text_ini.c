#include "text/ini.h"
#include "util/buf.h"

#include <criterion/criterion.h>
#include <string.h>

static int
write_down(void *arg, const struct mvc_ini_var *v)
{
	return mvc_buf_addf(arg, "%s|%s|%s\n", v->section, v->key, v->value);
}

static void
reads(const char *text, const char *want)
{
	struct mvc_buf b = MVC_BUF_INIT(10000);

	cr_assert_eq(mvc_ini_parse(text, strlen(text), write_down, &b), 0, "%s",
	    mvc_error_text());
	cr_assert_str_eq(b.data ? b.data : "", want);
	mvc_buf_release(&b);
}

static void
refuses(const char *text, const char *why)
{
	struct mvc_buf b = MVC_BUF_INIT(10000);

	cr_assert_eq(
	    mvc_ini_parse(text, strlen(text), write_down, &b), MVC_EINVALID);
	cr_assert_str_eq(mvc_error_text(), why);
	mvc_buf_release(&b);
}

Test(text_ini, sections_keys_and_values_are_trimmed)
{
	reads("a=1\n[ default ]\r\n Region = eu-west-1 \r\n[profile lab]\n"
	      "key=a=b\n",
	    "|a|1\ndefault|region|eu-west-1\nprofile lab|key|a=b\n");
}

Test(text_ini, comments_are_whole_lines_or_after_a_space)
{
	reads("# no\n; no\n[s]\na = x # no\nb = x#y ; no\nc = #z\n",
	    "s|a|x\ns|b|x#y\n");
}

Test(text_ini, lines_further_in_belong_to_a_key_without_value)
{
	reads("[p]\ns3 =\n  addressing_style = path\n\tmax=2\nregion = r\n"
	      "  odd = 1\n",
	    "p|s3.addressing_style|path\np|s3.max|2\np|region|r\np|odd|1\n");
}

Test(text_ini, a_fault_names_its_line_and_quotes_nothing)
{
	refuses("a=1\nsecret\n", "line 2: no '='");
	refuses("[secret\n", "line 1: a section without ']'");
	refuses("= secret\n", "line 1: no name before '='");
}

Test(text_ini, what_is_too_long_is_refused)
{
	char text[2 * MVC_INI_MAX];

	memset(text, 'x', sizeof(text));
	memcpy(text, "a=", 2);
	text[sizeof(text) - 1] = 0;
	refuses(text, "line 1: a value is too long");
	text[1] = 'b';
	text[sizeof(text) - 2] = '=';
	refuses(text, "line 1: a name is too long");
}
