/*
 * mvc [-C DIR] COMMAND …: finds the command, parses its words by its table,
 * runs it, turns its result into a message and an exit status. Nothing is
 * opened before a command needs it.
 */
#include "cmd/env.h"
#include "cmd/suggest.h"
#include "cmd/usage.h"
#include "util/trace.h"
#include "util/banned.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* Closed standard handles would be given to the next file that is opened,
 * and our messages would go into it. */
static void
fill_standard_handles(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static int
report(const struct mvc_cmd *cmd, int err)
{
	MVC_SCOPED(mvc_buf) usage = MVC_BUF_INIT(1 << 16);
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(4 * MVC_ERROR_MAX);

	if (err == MVC_OK || err == MVC_EFINDING)
		return mvc_exit_of(err);
	fflush(stdout);
	fprintf(stderr, "mvc%s%s: %s\n", cmd ? " " : "", cmd ? cmd->name : "",
	    mvc_human_text(&text, mvc_error_text()) || !text.data ? "no memory"
								  : text.data);
	if (err == MVC_EUSAGE && cmd && !mvc_usage_line(&usage, cmd))
		fputs(usage.data, stderr);
	return mvc_exit_of(err);
}

static int
check_count(const char *what, const char *usage, int n, int min, int max)
{
	if (n >= min && (max < 0 || n <= max))
		return MVC_OK;
	if (max == 0)
		return mvc_fail(MVC_EUSAGE, "%s takes no words", what);
	if (n < min)
		return mvc_fail(MVC_EUSAGE, "%s needs %.*s", what,
		    (int)strcspn(usage, "\n"), usage);
	return mvc_fail(MVC_EUSAGE, "%s takes %s%d word%s, not %d", what,
	    min == max ? "" : "at most ", max, max == 1 ? "" : "s", n);
}

static int
check_own_count(const struct mvc_env *env)
{
	const struct mvc_cmd *c = env->cmd;

	return check_count(
	    "it", c->usage ? c->usage : "", env->argc, c->min, c->max);
}

/* Which function, with which words: the command's own or a verb's. */
static int
choose(int (**run)(struct mvc_env *, const void *), struct mvc_env *env)
{
	const char *names[32];
	const char *meant;
	size_t n = 0;

	*run = env->cmd->run;
	if (!env->cmd->verbs)
		return check_own_count(env);
	for (const struct mvc_verb *v = env->cmd->verbs; v->name; v++) {
		names[n++] = v->name;
		if (env->argc == 0 || strcmp(v->name, env->argv[0]))
			continue;
		env->verb = v;
		env->argv++;
		env->argc--;
		if (env->dashdash > 0)
			env->dashdash--;
		*run = v->run;
		return check_count(
		    v->name, v->usage, env->argc, v->min, v->max);
	}
	if (*run)
		return check_own_count(env);
	if (env->argc == 0)
		return mvc_fail(MVC_EUSAGE, "say what to do");
	meant = mvc_suggest(env->argv[0], names, n);
	return mvc_fail(MVC_EUSAGE, "it cannot '%s'%s%s%s", env->argv[0],
	    meant ? "; did you mean '" : "", meant ? meant : "",
	    meant ? "'?" : "");
}

static int
run(struct mvc_env *env, const void *args)
{
	int (*fn)(struct mvc_env *, const void *);
	char phase[64];
	uint64_t start;
	int err;

	err = choose(&fn, env);
	if (!err)
		err = mvc_env_start(env);
	if (err)
		return err;
	start = mvc_trace_start(env->ctx.trace);
	err = mvc_env_need(env, env->cmd->flags);
	if (!err)
		err = fn(env, args);
	snprintf(phase, sizeof(phase), "%s.total", env->cmd->name);
	mvc_trace_end(env->ctx.trace, start, phase, env->ctx.progress.items,
	    env->ctx.progress.bytes);
	return err;
}

static int
print_usage(struct mvc_env *env)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1 << 16);
	int err = mvc_usage_full(&text, env->cmd);

	if (!err)
		mvc_print(env, "%s", text.data);
	return err;
}

static int
run_command(const struct mvc_cmd *cmd, int argc, char **argv)
{
	struct mvc_words words;
	struct mvc_env env;
	void *args;
	int err, end;

	mvc_env_init(&env, cmd);
	args = calloc(1, cmd->args_size ? cmd->args_size : 1);
	if (!args)
		return report(cmd, mvc_fail(MVC_ENOMEM, "no memory"));
	err = mvc_parse(&words, cmd, args, &env.common, argc, argv);
	env.argv = words.argv;
	env.argc = words.argc;
	env.dashdash = words.dashdash;
	if (!err)
		err = words.help ? print_usage(&env) : run(&env, args);
	/* What was printed before a failure is written too; an error of that
	 * must not hide the first one. */
	if (err && err != MVC_EFINDING) {
		end = report(cmd, err);
		(void)!mvc_out_finish(&env);
	} else {
		int write_err = mvc_out_finish(&env);

		end = report(cmd, write_err ? write_err : err);
		if (end == 0)
			end = env.status;
	}
	mvc_env_release(&env);
	mvc_words_release(&words);
	mvc_args_release(cmd, args);
	return end;
}

/* -C DIR, which may be repeated; what is left begins with the command. */
static int
global_options(int *argc, char ***argv)
{
	while (*argc >= 1 && !strcmp((*argv)[0], "-C")) {
		if (*argc < 2)
			return mvc_fail(MVC_EUSAGE, "-C needs a folder");
		if ((*argv)[1][0] && chdir((*argv)[1]) < 0)
			return mvc_fail_errno("-C %s", (*argv)[1]);
		*argv += 2;
		*argc -= 2;
	}
	return MVC_OK;
}

static const char *
command_for(const char *word)
{
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		return "version";
	if (!strcmp(word, "--help") || !strcmp(word, "-h"))
		return "help";
	return word;
}

int
main(int argc, char **argv)
{
	const struct mvc_cmd *cmd;
	const char *word;
	int err;

	fill_standard_handles();
	/* Write errors are looked at; a child that ends early is not our
	 * end. */
	signal(SIGPIPE, SIG_IGN);
	argv += argc > 0;
	argc -= argc > 0;
	err = global_options(&argc, &argv);
	if (err)
		return report(NULL, err);
	if (argc == 0) {
		run_command(mvc_cmd_find("help"), 0, argv);
		return mvc_exit_of(MVC_EUSAGE);
	}
	word = command_for(argv[0]);
	if (word[0] == '-')
		return report(NULL,
		    mvc_fail(MVC_EUSAGE,
			"no option %s before the command; mvc help", word));
	cmd = mvc_cmd_find(word);
	if (!cmd)
		return report(NULL, mvc_no_command(word));
	return run_command(cmd, argc - 1, argv + 1);
}
