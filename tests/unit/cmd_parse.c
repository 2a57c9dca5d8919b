#include "cmd/parse.h"
#include "cmd/suggest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct args {
	bool all, brief;
	int side;
	const char *remote;
	int64_t depth;
	uint64_t size;
	struct mvc_strings label;
};

static const struct mvc_opt opts[] = {
    MVC_OPT_FLAG('a', "all", struct args, all, "everything"),
    MVC_OPT_FLAG('b', "brief", struct args, brief, "less"),
    MVC_OPT_SET(0, "ours", struct args, side, 2, "ours"),
    MVC_OPT_SET(0, "theirs", struct args, side, 3, "theirs"),
    MVC_OPT_STR('r', "remote", struct args, remote, "NAME", "where"),
    MVC_OPT_INT(0, "depth", struct args, depth, "N", "how deep"),
    MVC_OPT_SIZE(0, "size", struct args, size, "SIZE", "how large"),
    MVC_OPT_LIST('l', "label", struct args, label, "KEY", "labels"),
    MVC_OPT_END,
};

static const struct mvc_cmd test_cmd = {
    .name = "test",
    .summary = "for tests",
    .flags = MVC_CMD_JOBS | MVC_CMD_DRY_RUN,
    .opts = opts,
    .args_size = sizeof(struct args),
};

const struct mvc_cmd *const mvc_cmds[] = {&test_cmd, NULL};

struct parsed {
	struct args *a;
	struct mvc_common common;
	struct mvc_words words;
	char line[500];
};

/* Parse a line, split at spaces. */
static int
parse(struct parsed *p, const struct mvc_cmd *cmd, const char *line)
{
	char *argv[50], *save;
	int n = 0;

	memset(p, 0, sizeof(*p));
	p->a = calloc(1, sizeof(*p->a));
	memcpy(p->line, line, strlen(line) + 1);
	for (char *w = strtok_r(p->line, " ", &save); w;
	     w = strtok_r(NULL, " ", &save))
		argv[n++] = w;
	return mvc_parse(&p->words, cmd, p->a, &p->common, n, argv);
}

static void
release(struct parsed *p)
{
	mvc_words_release(&p->words);
	mvc_args_release(&test_cmd, p->a);
}

static void
assert_words(const struct parsed *p, const char *want)
{
	char got[500] = "";
	size_t n = 0;

	for (int i = 0; i < p->words.argc; i++)
		n += (size_t)snprintf(got + n, sizeof(got) - n, "%s%s",
		    i ? " " : "", p->words.argv[i]);
	cr_assert_str_eq(got, want);
	cr_assert_null(p->words.argv[p->words.argc]);
}

static void
assert_refused(const char *line, const char *says)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, line), MVC_EUSAGE, "%s", line);
	cr_assert_not_null(
	    strstr(mvc_error_text(), says), "%s: %s", line, mvc_error_text());
	release(&p);
}

Test(cmd_parse, options_and_words_may_be_mixed)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd,
			 "one -a two --remote lab --depth=-3 -nj4 three"),
	    0);
	assert_words(&p, "one two three");
	cr_assert(p.a->all && !p.a->brief);
	cr_assert_str_eq(p.a->remote, "lab");
	cr_assert_eq(p.a->depth, -3);
	cr_assert(p.common.dry_run);
	cr_assert_eq(p.common.jobs, 4);
	cr_assert_eq(p.words.dashdash, -1);
	release(&p);
}

Test(cmd_parse, letters_are_bundled_and_the_last_may_take_a_value)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "-abrlab -l x -ly --label=z"), 0);
	cr_assert(p.a->all && p.a->brief);
	cr_assert_str_eq(p.a->remote, "lab");
	cr_assert_eq(p.a->label.n, 3);
	cr_assert_str_eq(p.a->label.v[0], "x");
	cr_assert_str_eq(p.a->label.v[1], "y");
	cr_assert_str_eq(p.a->label.v[2], "z");
	release(&p);
}

Test(cmd_parse, after_two_dashes_all_are_words)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "REV -- -a --all - --"), 0);
	assert_words(&p, "REV -a --all - --");
	cr_assert_eq(p.words.dashdash, 1);
	cr_assert_not(p.a->all);
	release(&p);
}

Test(cmd_parse, a_single_dash_is_a_word)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "- -a"), 0);
	assert_words(&p, "-");
	cr_assert(p.a->all);
	release(&p);
}

Test(cmd_parse, a_command_may_end_options_at_its_first_word)
{
	struct mvc_cmd run = test_cmd;
	struct parsed p;

	run.flags |= MVC_CMD_FIRST_WORD;
	cr_assert_eq(parse(&p, &run, "-a python -b -- x"), 0);
	assert_words(&p, "python -b -- x");
	cr_assert(p.a->all && !p.a->brief);
	release(&p);
}

Test(cmd_parse, long_options_may_be_shortened_while_unique)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "--rem lab --th --dry"), 0);
	cr_assert_str_eq(p.a->remote, "lab");
	cr_assert_eq(p.a->side, 3);
	cr_assert(p.common.dry_run);
	release(&p);
	assert_refused("--d", "--d could be --depth or --dry-run");
}

Test(cmd_parse, the_last_of_a_kind_counts)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "--theirs --ours -r a -r b"), 0);
	cr_assert_eq(p.a->side, 2);
	cr_assert_str_eq(p.a->remote, "b");
	release(&p);
}

Test(cmd_parse, sizes_have_units)
{
	static const struct {
		const char *text;
		uint64_t size;
	} sizes[] = {
	    {"--size=0", 0},
	    {"--size=12", 12},
	    {"--size=1k", 1024},
	    {"--size=1K", 1024},
	    {"--size=2M", 2 << 20},
	    {"--size=2MiB", 2 << 20},
	    {"--size=2MB", 2000000},
	    {"--size=3T", UINT64_C(3) << 40},
	};
	struct parsed p;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		cr_assert_eq(parse(&p, &test_cmd, sizes[i].text), 0);
		cr_assert_eq(p.a->size, sizes[i].size, "%s", sizes[i].text);
		release(&p);
	}
	assert_refused("--size=k", "a size");
	assert_refused("--size=-1", "a size");
	assert_refused("--size=1x", "a size");
	assert_refused("--size=1kx", "a size");
	assert_refused("--size=20000000T", "a size");
	assert_refused("--size=99999999999999999999", "a size");
}

Test(cmd_parse, what_is_wrong_is_said)
{
	assert_refused("-x", "no option -x");
	assert_refused("-ax", "no option -x");
	assert_refused("--remotee", "did you mean --remote?");
	assert_refused("--remote", "needs a value: NAME");
	assert_refused("-r", "needs a value: NAME");
	assert_refused("--all=yes", "takes no value");
	assert_refused("--depth=x", "a whole number, not 'x'");
	assert_refused("--depth=1x", "a whole number");
	assert_refused("--depth=99999999999999999999", "a whole number");
	assert_refused("--=x", "could be");
}

Test(cmd_parse, help_is_noticed)
{
	struct parsed p;

	cr_assert_eq(parse(&p, &test_cmd, "a -h"), 0);
	cr_assert(p.words.help);
	release(&p);
}

Test(cmd_parse, a_commands_own_letter_wins)
{
	static const struct mvc_opt own[] = {
	    MVC_OPT_STR('n', "name", struct args, remote, "NAME", "stage"),
	    MVC_OPT_END,
	};
	struct mvc_cmd stage = test_cmd;
	struct parsed p;

	stage.opts = own;
	cr_assert_eq(parse(&p, &stage, "-n train --dry-run"), 0);
	cr_assert_str_eq(p.a->remote, "train");
	cr_assert(p.common.dry_run);
	release(&p);
}

Test(cmd_parse, suggestions_are_near_or_none)
{
	static const char *const words[] = {"add", "status", "checkout"};

	cr_assert_str_eq(mvc_suggest("statsu", words, 3), "status");
	cr_assert_str_eq(mvc_suggest("chekout", words, 3), "checkout");
	cr_assert_str_eq(mvc_suggest("ad", words, 3), "add");
	cr_assert_null(mvc_suggest("zzz", words, 3));
	cr_assert_null(mvc_suggest("", words, 3));
}
