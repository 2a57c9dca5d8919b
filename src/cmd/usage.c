#include "cmd/usage.h"
#include "cmd/parse.h"
#include "util/banned.h"

#define COLUMN 26 /* of the explanations */

static int
add_form(struct mvc_buf *out, const struct mvc_cmd *cmd, const char *verb,
    const char *words, size_t n)
{
	bool options = cmd->opts ||
	    (cmd->flags & (MVC_CMD_JSON | MVC_CMD_JOBS | MVC_CMD_DRY_RUN));

	return mvc_buf_addf(out, "%s mvc %s%s%s%s%s%.*s\n",
	    out->len ? "      " : "usage:", cmd->name,
	    options ? " [options]" : "", verb ? " " : "", verb ? verb : "",
	    n ? " " : "", (int)n, words);
}

int
mvc_usage_line(struct mvc_buf *out, const struct mvc_cmd *cmd)
{
	const char *at = cmd->usage ? cmd->usage : "";
	int err = MVC_OK;

	for (const struct mvc_verb *v = cmd->verbs; v && v->name && !err; v++)
		err = add_form(out, cmd, v->name, v->usage, strlen(v->usage));
	if (cmd->verbs && !*at)
		return err;
	for (;;) {
		size_t n = strcspn(at, "\n");

		if (!err)
			err = add_form(out, cmd, NULL, at, n);
		if (err || !at[n])
			return err;
		at += n + 1;
	}
}

static int
add_row(struct mvc_buf *out, size_t start, const char *text)
{
	int err = MVC_OK;

	if (out->len - start > COLUMN - 2)
		err = mvc_buf_addf(out, "\n%*s", COLUMN, "");
	else
		while (out->len - start < COLUMN && !err)
			err = mvc_buf_add_char(out, ' ');
	return err ? err : mvc_buf_addf(out, "%s\n", text);
}

static int
add_option(struct mvc_buf *out, const struct mvc_opt *o)
{
	size_t start = out->len;
	int err;

	err = o->letter ? mvc_buf_addf(out, "    -%c, ", o->letter)
			: mvc_buf_add_str(out, "        ");
	if (!err)
		err = mvc_buf_addf(out, "--%s%s%s", o->name, o->arg ? " " : "",
		    o->arg ? o->arg : "");
	return err ? err : add_row(out, start, o->help);
}

static int
add_verbs(struct mvc_buf *out, const struct mvc_verb *v)
{
	size_t start;
	int err = MVC_OK;

	for (; v && v->name && !err; v++) {
		start = out->len;
		err = mvc_buf_addf(out, "    %s", v->name);
		if (!err)
			err = add_row(out, start, v->summary);
		if (!err && !v[1].name)
			err = mvc_buf_add_char(out, '\n');
	}
	return err;
}

int
mvc_usage_full(struct mvc_buf *out, const struct mvc_cmd *cmd)
{
	struct mvc_opt_ref opts[MVC_OPTS_MAX];
	size_t n = mvc_opts_of(opts, cmd, NULL, NULL);
	int err;

	err = mvc_usage_line(out, cmd);
	if (!err)
		err = mvc_buf_addf(out, "\n%c%s.\n\n", cmd->summary[0] & ~0x20,
		    cmd->summary + 1);
	if (!err)
		err = add_verbs(out, cmd->verbs);
	for (size_t i = 0; i < n && !err; i++)
		err = add_option(out, &opts[i].opt);
	return err;
}

static int
add_group(struct mvc_buf *out, enum mvc_cmd_group group, const char *title)
{
	bool first = true;
	size_t start;
	int err = MVC_OK;

	for (size_t i = 0; mvc_cmds[i] && !err; i++) {
		const struct mvc_cmd *c = mvc_cmds[i];

		if (c->group != group || (c->flags & MVC_CMD_HIDDEN))
			continue;
		if (first)
			err = mvc_buf_addf(out, "\n%s\n", title);
		first = false;
		start = out->len;
		if (!err)
			err = mvc_buf_addf(out, "    %s", c->name);
		if (!err)
			err = add_row(out, start, c->summary);
	}
	return err;
}

int
mvc_usage_all(struct mvc_buf *out)
{
	static const char *const titles[] = {
	    [MVC_GROUP_SETUP] = "set up",
	    [MVC_GROUP_DAILY] = "daily",
	    [MVC_GROUP_SHARING] = "sharing and keeping",
	    [MVC_GROUP_WORK] = "work",
	    [MVC_GROUP_TRUST] = "trust",
	    [MVC_GROUP_PLUMBING] = "plumbing",
	};
	int err;

	err = mvc_buf_add_str(out,
	    "usage: mvc [-C DIR] COMMAND [options] [words]\n"
	    "       mvc --version\n"
	    "\nmvc versions datasets and models beside the code that made "
	    "them.\n");
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles) && !err; i++)
		err = add_group(out, (enum mvc_cmd_group)i, titles[i]);
	if (!err)
		err = mvc_buf_add_str(out,
		    "\nmvc COMMAND -h lists a command's options, "
		    "mvc help COMMAND shows its manual.\n");
	return err;
}
