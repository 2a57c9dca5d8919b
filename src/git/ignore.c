#include "git/ignore.h"
#include "git/foreign.h"
#include "git/repo.h"

#include <stdio.h>
#include "util/banned.h"

/* "FILE\0LINE\0PATTERN\0PATH\0" as one text; "" where git found no rule. */
static int
rule_text(char **out, const struct mvc_repo *r, const struct mvc_buf *b)
{
	const char *file = b->data, *line, *pattern;
	const char *end = b->data + b->len;
	size_t top = strlen(r->worktree);

	line = file + strlen(file) + 1;
	if (line >= end)
		return mvc_git_textf(out, "%s", "");
	pattern = line + strlen(line) + 1;
	if (pattern >= end)
		return mvc_git_textf(out, "%s", "");
	if (!strncmp(file, r->worktree, top) && file[top] == '/')
		file += top + 1;
	return mvc_git_textf(out, "%s:%s: %s", file, line, pattern);
}

/* Asked only where libgit2 says that the path is ignored; where git itself
 * disagrees, git is right. */
static int
explain(bool *ignored, char **why, struct mvc_repo *r, const char *path)
{
	static const char *const what[] = {
	    "check-ignore", "-v", "-z", "--no-index", "--stdin", NULL};
	MVC_SCOPED(mvc_buf) said = MVC_BUF_INIT(1 << 16);
	struct mvc_run run = {
	    .in = path, .n_in = strlen(path) + 1, .out = &said};
	int err = mvc_foreign_git(r, what, &run);

	if (!err && run.status == 1)
		*ignored = false;
	if (!*ignored)
		return MVC_OK;
	if (err || run.status || !said.len)
		return mvc_git_textf(why, "%s", "");
	return rule_text(why, r, &said);
}

int
mvc_ignore_check(
    bool *ignored, char **why, struct mvc_repo *r, const char *path)
{
	int err, answer;

	*ignored = false;
	if (why)
		*why = NULL;
	err = mvc_repo_need_worktree(r);
	if (err)
		return err;
	err = git_ignore_path_is_ignored(&answer, r->git, path);
	if (err < 0)
		return mvc_git_fail(
		    err, "look up the ignore rules for %s", path);
	*ignored = answer != 0;
	return *ignored && why ? explain(ignored, why, r, path) : MVC_OK;
}
