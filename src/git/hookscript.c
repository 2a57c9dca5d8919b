#include "git/hookscript.h"

#include <string.h>
#include "util/banned.h"

static const char head[] =
    "#!/bin/sh\n"
    "# mvc hook: made by mvc install; mvc install --uninstall takes it out.\n";

const char *const mvc_hook_names[] = {
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "pre-commit",
    "pre-push",
    NULL,
};

const char *const mvc_hook_others[] = {
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-commit",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-merge-commit",
    "pre-rebase",
    "prepare-commit-msg",
    "sendemail-validate",
    NULL,
};

static bool
is_in(const char *const *list, const char *name)
{
	while (*list && strcmp(*list, name))
		list++;
	return *list != NULL;
}

/* In single quotes. */
static int
quote(struct mvc_buf *out, const char *s)
{
	int err = MVC_OK;

	for (; *s && !err; s++)
		err = *s == '\'' ? mvc_buf_add_str(out, "'\\''")
				 : mvc_buf_add_char(out, *s);
	return err;
}

/*
 * Which hook runs first. The pre-commit framework, installed over ours, runs
 * ours as the one before it: its own older self must not run once more then.
 */
static int
say_former(struct mvc_buf *out, const char *name, const char *former)
{
	int err;

	if (!former)
		return mvc_buf_addf(out,
		    "before=\"${0%%/*}/%s" MVC_HOOK_BEFORE "\"\n"
		    "[ -z \"${PRE_COMMIT_RUNNING_LEGACY-}\" ] ||\n"
		    "\t! grep -qs pre-commit.com \"$before\" || before=\n",
		    name);
	err = mvc_buf_add_str(out, "before='");
	if (!err)
		err = quote(out, former);
	return err ? err : mvc_buf_addf(out, "/%s'\n", name);
}

static const char *
without_mvc(const char *name)
{
	if (!strcmp(name, "pre-commit"))
		return "command -v mvc >/dev/null || {\n"
		       "\techo 'mvc is not installed (not in PATH): the data of "
		       "this commit is not checked.' >&2\n"
		       "\techo 'Install it; .mvc/README says what it is for.' "
		       ">&2\n"
		       "\texit 0\n"
		       "}\n";
	if (!strcmp(name, "pre-push"))
		return "command -v mvc >/dev/null || {\n"
		       "\techo 'mvc is not installed (not in PATH): the data "
		       "that these commits name cannot be sent first, so "
		       "nothing is pushed.' >&2\n"
		       "\techo 'Install it, see .mvc/README; or push commits "
		       "without their data: git push --no-verify' >&2\n"
		       "\texit 1\n"
		       "}\n";
	return "command -v mvc >/dev/null || exit $status\n";
}

/* One that Git asks, and whose status it heeds. */
static int
asking(struct mvc_buf *out, const char *name)
{
	int err;

	if (!strcmp(name, "pre-push"))
		err = mvc_buf_addf(out,
		    "if [ -x \"$before\" ]; then\n"
		    "\tin=$(cat; echo .)\n"
		    "\tprintf %%s \"${in%%.}\" | \"$before\" \"$@\" || exit\n"
		    "fi\n%s"
		    "[ -n \"${in-}\" ] || exec mvc hook %s \"$@\"\n"
		    "printf %%s \"${in%%.}\" | mvc hook %s \"$@\"\n",
		    without_mvc(name), name, name);
	else
		err = mvc_buf_addf(out,
		    "[ ! -x \"$before\" ] || \"$before\" \"$@\" || exit\n"
		    "%sexec mvc hook %s \"$@\"\n",
		    without_mvc(name), name);
	return err;
}

/* One that Git tells afterwards: the status is that of the one before. */
static int
telling(struct mvc_buf *out, const char *name)
{
	/* What Git says on standard input is for the one before alone. */
	return mvc_buf_addf(out,
	    "status=0\n"
	    "[ ! -x \"$before\" ] || \"$before\" \"$@\" || status=$?\n"
	    "%smvc hook %s \"$@\" </dev/null\n"
	    "exit $status\n",
	    without_mvc(name), name);
}

int
mvc_hook_script(struct mvc_buf *out, const char *name, const char *former)
{
	int err = mvc_buf_add_str(out, head);

	if (!err)
		err = say_former(out, name, former);
	if (err)
		return err;
	if (!is_in(mvc_hook_names, name))
		return mvc_buf_add_str(
		    out, "[ ! -x \"$before\" ] || exec \"$before\" \"$@\"\n");
	return strncmp(name, "post-", 5) ? asking(out, name)
					 : telling(out, name);
}

bool
mvc_hook_is_ours(const struct mvc_buf *text)
{
	static const char mark[] = "#!/bin/sh\n# mvc hook:";

	return text->len >= sizeof(mark) - 1 &&
	    !memcmp(text->data, mark, sizeof(mark) - 1);
}
