#include "git/gitconfig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
print(void *arg, const struct mvc_gitconfig_var *v)
{
	char *out = arg;
	size_t n = strlen(out);

	snprintf(out + n, 4096 - n, "%u %s=%s|", v->line, v->key,
	    v->value ? v->value : "(true)");
	return 0;
}

static void
assert_parsed(const char *text, const char *want)
{
	char got[4096] = "";

	cr_assert_eq(mvc_gitconfig_parse(text, strlen(text), print, got), 0);
	cr_assert_str_eq(got, want);
}

static void
assert_bad(const char *text)
{
	char got[4096] = "";

	cr_assert_eq(mvc_gitconfig_parse(text, strlen(text), print, got),
	    MVC_EINVALID, "%s", text);
}

Test(git_gitconfig, reads_sections_quotes_comments_and_continued_lines)
{
	assert_parsed("", "");
	assert_parsed("\xef\xbb\xbf# c\n[A]\nB = c d  ; e\n", "3 a.b=c d|");
	assert_parsed("[a \"X y\\\"\\\\\"] b", "1 a.X y\"\\.b=(true)|");
	assert_parsed("[a.B] c=", "1 a.b.c=|");
	assert_parsed("[a]\r\nb = 1\r\nc = 2\r\n", "2 a.b=1|3 a.c=2|");
	assert_parsed(
	    "[a] b = \" x ; \" y\\\n z\nc = 1", "1 a.b= x ;  y z|3 a.c=1|");
	assert_parsed("[a] b = \\t\\n\\b\\\\\\\"", "1 a.b=\t\n\b\\\"|");
	assert_parsed("[a] b = x\"  \"", "1 a.b=x  |");
	assert_parsed("[a] b = x\" y\"z \"q\" ", "1 a.b=x yz q|");
	assert_parsed("[a]\n  # only a comment", "");
}

Test(git_gitconfig, refuses_what_git_refuses)
{
	assert_bad("b = 1");
	assert_bad("[a");
	assert_bad("[]");
	assert_bad("[a \"b]\nc=1");
	assert_bad("[a b]\nc=1");
	assert_bad("[a \"b\"\n]");
	assert_bad("[a]\n1b = 2");
	assert_bad("[a]\nb c = 2");
	assert_bad("[a]\nb # comment");
	assert_bad("[a]\nb = \"x");
	assert_bad("[a]\nb = \\x");
	assert_bad("[a]\nb = \\");
	assert_bad("[a]\n<<<<<<< HEAD");
	assert_bad("[a b\"");
}

Test(git_gitconfig, bounds_lengths_and_refuses_nul)
{
	size_t n = MVC_GITCONFIG_VALUE_MAX + 100;
	char *text = malloc(n), got[4096] = "";

	memset(text, 'x', n);
	memcpy(text, "[a]b=", 5);
	cr_assert_eq(mvc_gitconfig_parse(text, n, print, got), MVC_ETOOBIG);
	memset(text, 'x', n);
	text[0] = '[';
	cr_assert_eq(mvc_gitconfig_parse(text, n, print, got), MVC_ETOOBIG);
	cr_assert_eq(
	    mvc_gitconfig_parse("[a]b=\0c", 7, print, got), MVC_EINVALID);
	cr_assert_eq(
	    mvc_gitconfig_parse(text, MVC_GITCONFIG_MAX + 1, print, got),
	    MVC_ETOOBIG);
	free(text);
}
