#include "scratch.h"

#include "work/ignorefile.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint64_t state = 88172645463325252u;

static unsigned
dice(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 16) % n);
}

static bool
excludes(const char *rules, const char *path, bool is_dir)
{
	MVC_OWN(mvc_rules) *r = NULL;

	cr_assert_eq(mvc_rules_parse(&r, "", rules, strlen(rules)), 0);
	return mvc_rules_ask(r, path, is_dir) == MVC_RULE_EXCLUDE;
}

Test(work_ignorefile, plain_rules_do_what_gitignore_says)
{
	cr_assert(excludes("*.o\n", "a/b.o", false));
	cr_assert_not(excludes("*.o\n!b.o\n", "a/b.o", false));
	cr_assert(excludes("/a/*.o", "a/b.o", false));
	cr_assert_not(excludes("/*.o", "a/b.o", false));
	cr_assert(excludes("tmp/\n", "x/tmp", true));
	cr_assert_not(excludes("tmp/\n", "x/tmp", false));
	cr_assert(excludes("**/x/**\n", "a/x/b/c", false));
	cr_assert(excludes("a/**/b\n", "a/b", false));
	cr_assert(excludes("x\\ \n", "x ", false));
	cr_assert(excludes("x  \r\n", "x", false));
	cr_assert(excludes("\\#x\n", "#x", false));
	cr_assert(excludes("[a-c]?[![:digit:]]\n", "bxx", false));
	cr_assert_not(excludes("[a-c]?[![:digit:]]\n", "bx1", false));
}

Test(work_ignorefile, hostile_patterns_end_soon, .timeout = 5)
{
	char pattern[400] = "", text[400] = "";

	for (int i = 0; i < 60; i++)
		memcpy(pattern + 4 * i, "*a*a", 5);
	memset(text, 'a', 399);
	cr_assert_not(mvc_wildmatch(pattern, text, true) &&
	    mvc_wildmatch("*b", text, true));
	for (int i = 0; i < 60; i++)
		memcpy(pattern + 5 * i, "**/*a", 6);
	memcpy(pattern + 300, "b", 2);
	for (int i = 3; i < 399; i += 4)
		text[i] = '/';
	cr_assert_not(mvc_wildmatch(pattern, text, true));
}

/* A pattern, or a path, of parts that make odd meetings likely. */
static void
random_rule(char *out, size_t size)
{
	static const char *const parts[] = {"a", "b", "ab", "*", "**", "/", "/",
	    "?", "[ab]", "[!a]", "[a-b]", "\\a", "\\*", "*/", "**/", "/**",
	    "b/", " ", "[[:alpha:]]", "[]a]", "[a", ".", "\\ "};
	size_t n = 0;

	if (dice(5) == 0)
		out[n++] = '!';
	if (dice(8) == 0)
		out[n++] = '/';
	for (unsigned i = 0, k = 1 + dice(5); i < k && n + 20 < size; i++) {
		const char *p = parts[dice(sizeof(parts) / sizeof(*parts))];

		memcpy(out + n, p, strlen(p));
		n += strlen(p);
	}
	out[n] = 0;
}

static void
random_path(char *out)
{
	static const char *const names[] = {
	    "a", "b", "ab", "ba", "aab", "*", "b.", "a b", "a ", "]"};
	size_t n = 0;

	for (unsigned i = 0, k = 1 + dice(4); i < k; i++) {
		const char *p = names[dice(sizeof(names) / sizeof(*names))];

		if (i)
			out[n++] = '/';
		memcpy(out + n, p, strlen(p));
		n += strlen(p);
	}
	out[n] = 0;
}

/* Whether a path or a folder above it is excluded; of the paths
 * only the folder "a" exists; Git takes the others for files. */
static bool
excluded_at_all(const struct mvc_ignore *ig, const char *path)
{
	char part[4096];

	snprintf(part, sizeof(part), "%s", path);
	for (char *s = strchr(part, '/'); s; s = strchr(s + 1, '/')) {
		*s = 0;
		if (mvc_ignore_excludes(ig, part, true))
			return true;
		*s = '/';
	}
	return mvc_ignore_excludes(ig, path, !strcmp(path, "a"));
}

#define PATHS 60

static void
one_round(unsigned round)
{
	MVC_SCOPED(mvc_ignore) ig = MVC_IGNORE_INIT;
	struct mvc_rules *r;
	char text[2][512] = {"", ""}, rule[128], line[300], want[300];
	static char paths[PATHS][64];
	FILE *f;

	for (int file = 0; file < 2; file++) {
		for (unsigned i = 0, n = 1 + dice(4); i < n; i++) {
			random_rule(rule, sizeof(rule));
			snprintf(text[file] + strlen(text[file]), 120, "%s%s",
			    rule, dice(9) ? "\n" : "\r\n");
		}
		scratch_write(file ? "a/.gitignore" : ".gitignore", text[file]);
		cr_assert_eq(mvc_rules_parse(&r, file ? "a" : "", text[file],
				 strlen(text[file])),
		    0);
		cr_assert_eq(mvc_ignore_push(&ig, r), 0);
	}
	f = fopen("paths", "w");
	cr_assert_not_null(f);
	for (int i = 0; i < PATHS; i++) {
		random_path(paths[i]);
		fprintf(f, "%s\n", paths[i]);
	}
	fclose(f);
	f = popen("git check-ignore --no-index -v -n --stdin <paths", "r");
	cr_assert_not_null(f);
	for (int i = 0; i < PATHS; i++) {
		const char *tab;
		bool git;

		cr_assert_not_null(fgets(line, sizeof(line), f));
		line[strcspn(line, "\n")] = 0;
		tab = strchr(line, '\t');
		snprintf(want, sizeof(want), "%.*s", (int)(tab - line), line);
		/* SOURCE:LINE:PATTERN, or "::" */
		git = strcmp(want, "::") &&
		    strchr(strchr(want, ':') + 1, ':')[1] != '!';
		cr_assert_eq(excluded_at_all(&ig, paths[i]), git,
		    "round %u path '%s' git says %s\nrules:\n%sin a/:\n%s",
		    round, paths[i], line, text[0], text[1]);
	}
	pclose(f);
}

Test(work_ignorefile, random_rules_agree_with_git, .init = scratch_enter,
    .fini = scratch_leave)
{
	cr_assert_eq(system("git init -q . && mkdir a"), 0);
	for (unsigned round = 0; round < 150; round++)
		one_round(round);
}
