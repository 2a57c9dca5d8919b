#include "cmd/env.h"
#include "cmd/suggest.h"
#include "cmd/usage.h"
#include "util/banned.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

/* An absolute path of the program, from the absolute folders of PATH. */
static bool
find_program(char *out, size_t size, const char *name)
{
	const char *at = getenv("PATH");

	for (; at && *at; at += *at == ':') {
		size_t n = strcspn(at, ":");

		if (at[0] == '/' && n < INT_MAX &&
		    (size_t)snprintf(out, size, "%.*s/%s", (int)n, at, name) <
			size &&
		    access(out, X_OK) == 0)
			return true;
		at += n;
	}
	return false;
}

/* Does not return when there is a terminal and a man to show the page. */
static void
show_manual(const char *topic)
{
	char program[4096], page[64];

	if (!isatty(STDOUT_FILENO) ||
	    !find_program(program, sizeof(program), "man"))
		return;
	snprintf(page, sizeof(page), "mvc-%.40s", topic);
	signal(SIGPIPE, SIG_DFL);
	execl(program, "man", "--", page, (char *)NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Where the page of a command, or of a topic, is installed. */
static bool
find_manual(char *out, size_t size, const char *topic)
{
	static const char sections[] = "157";

	for (const char *s = sections; *s && !strchr(topic, '/'); s++) {
		snprintf(out, size, "%s/man%c/mvc-%.40s.%c", MVC_MANDIR, *s,
		    topic, *s);
		if (access(out, R_OK) == 0)
			return true;
	}
	return false;
}

static int
help_on(struct mvc_buf *text, const char *topic)
{
	const struct mvc_cmd *cmd = mvc_cmd_find(topic);
	char manual[4096];

	if (find_manual(manual, sizeof(manual), topic)) {
		show_manual(topic);
		if (!cmd)
			return mvc_buf_addf(
			    text, "The manual page is %s\n", manual);
	}
	return cmd ? mvc_usage_full(text, cmd) : mvc_no_command(topic);
}

static int
help_run(struct mvc_env *env, const void *args)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(1 << 16);
	int err;

	err = env->argc ? help_on(&text, env->argv[0]) : mvc_usage_all(&text);
	if (!err)
		mvc_print(env, "%s", text.data);
	return err;
}

const struct mvc_cmd mvc_cmd_help = {
    .name = "help",
    .summary = "list the commands, or show the manual of one",
    .usage = "[COMMAND]",
    .group = MVC_GROUP_SETUP,
    .max = 1,
    .run = help_run,
};
