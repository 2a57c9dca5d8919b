/*
 * Two things hide: .mvcignore hides content from mvc, Git's rules hide
 * pointers from Git.
 */
#include "cmd/env.h"
#include "git/ignore.h"
#include "git/repo.h"
#include "work/hidden.h"
#include "work/pointer.h"
#include "work/typed.h"
#include "util/banned.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

struct ignore_args {
	bool from_stdin, zero, all;
};

static const struct mvc_opt ignore_opts[] = {
    MVC_OPT_FLAG(
	'a', "all", struct ignore_args, all, "also paths that nothing hides"),
    MVC_OPT_FLAG(0, "stdin", struct ignore_args, from_stdin,
	"paths from standard input, one a line"),
    MVC_OPT_FLAG(
	'z', "zero", struct ignore_args, zero, "paths end by NUL, in and out"),
    MVC_OPT_END,
};

struct asking {
	struct mvc_env *env;
	const struct ignore_args *a;
	int worktree;
	uint64_t hidden;
};

static void
answer(struct asking *q, const char *path, const char *why)
{
	q->hidden += why != NULL;
	if (!why && !q->a->all)
		return;
	if (q->a->zero)
		mvc_print(q->env, "%s%c%s%c", why ? why : "", 0, path, 0);
	else
		mvc_print(q->env, "%s\t%s\n", why ? mvc_name(q->env, why) : "",
		    mvc_name(q->env, path));
}

static int
ask(struct asking *q, const char *arg)
{
	MVC_OWN_MEM char *path = NULL, *why = NULL;
	size_t n = strlen(arg);
	struct stat st;
	bool is_dir, ignored = false;
	int err;

	err = mvc_typed_path(&path, q->env->repo, arg);
	if (err)
		return err;
	is_dir = (n && arg[n - 1] == '/') ||
	    (fstatat(q->worktree, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		S_ISDIR(st.st_mode));
	if (mvc_pointer_is_path(path) && !is_dir)
		err = mvc_ignore_check(&ignored, &why, q->env->repo, path);
	else if (*path)
		err = mvc_hidden(&why, q->worktree, path, 0, is_dir);
	if (!err)
		answer(q, arg, why);
	return err;
}

static int
ask_stdin(struct asking *q)
{
	MVC_SCOPED(mvc_buf) line = MVC_BUF_INIT(1 << 20);
	int stop = q->a->zero ? 0 : '\n', c, err = MVC_OK;

	do {
		mvc_buf_clear(&line);
		while (!err && (c = getc_unlocked(stdin)) != EOF && c != stop)
			err = mvc_buf_add_char(&line, (char)c);
		if (!err && line.len)
			err = ask(q, line.data);
		/* Whoever asks waits for the answer. */
		if (!err)
			fflush(stdout);
	} while (!err && c != EOF);
	if (!err && ferror(stdin))
		err = mvc_fail_errno("read standard input");
	return err;
}

static int
check_ignore_run(struct mvc_env *env, const void *args)
{
	struct asking q = {.env = env, .a = args};
	MVC_OWN_FD int fd = -1;
	int err = MVC_OK;

	if (!q.a->from_stdin == !env->argc)
		return mvc_fail(MVC_EUSAGE, "paths, or --stdin");
	fd = open(env->repo->worktree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return mvc_fail_errno("open %s", env->repo->worktree);
	q.worktree = fd;
	if (q.a->from_stdin)
		err = ask_stdin(&q);
	for (int i = 0; !err && i < env->argc; i++)
		err = ask(&q, env->argv[i]);
	return !err && !q.hidden ? MVC_EFINDING : err;
}

const struct mvc_cmd mvc_cmd_check_ignore = {
    .name = "check-ignore",
    .summary = "say which rule hides a path",
    .usage = "PATH...\n--stdin <PATHS",
    .group = MVC_GROUP_PLUMBING,
    .flags = MVC_CMD_NEED_WORKTREE,
    .max = -1,
    .opts = ignore_opts,
    .args_size = sizeof(struct ignore_args),
    .run = check_ignore_run,
};
