/*
 * Two things hide: .mvcignore hides content from mvc, Git's rules hide
 * pointers from Git.
 */
#include "cmd/env.h"
#include "git/ignore.h"
#include "git/repo.h"
#include "util/beneath.h"
#include "work/listing.h"
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
text_of(char **why, const struct mvc_rule_found *r)
{
	struct mvc_buf b = MVC_BUF_INIT(MVC_IGNORE_MAX * 2);
	int err;

	err = mvc_buf_addf(&b, "%s%s%s:%u: %s%s", r->base, *r->base ? "/" : "",
	    MVC_IGNORE_FILE, r->line, r->text, r->dir_only ? "/" : "");
	if (err)
		mvc_buf_release(&b);
	else
		*why = mvc_buf_take(&b);
	return err;
}

/* The rules of a folder on the way; one that is not there has none. */
static int
push_rules(struct asking *q, struct mvc_ignore *ig, const char *folder)
{
	MVC_OWN_FD int fd = -1;
	bool pushed;
	int err;

	if (!*folder)
		return mvc_listing_rules(ig, q->worktree, "", &pushed);
	err = mvc_beneath_open(
	    &fd, q->worktree, folder, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return MVC_OK;
	return mvc_listing_rules(ig, fd, folder, &pushed);
}

/* From the top down: what lies in a hidden folder is hidden. */
static int
ask_content(struct asking *q, char *path, bool is_dir, char **why)
{
	struct mvc_ignore ig = MVC_IGNORE_INIT;
	struct mvc_rule_found rule;
	bool hides = false;
	int err = push_rules(q, &ig, "");

	for (char *slash = path; !err && slash && !hides;) {
		slash = strchr(slash + (slash != path), '/');
		if (slash)
			*slash = 0;
		if (mvc_ignore_find(
			&ig, path, slash ? true : is_dir, &rule, &hides) &&
		    hides)
			err = text_of(why, &rule);
		if (slash && !hides && !err)
			err = push_rules(q, &ig, path);
		if (slash)
			*slash = '/';
	}
	mvc_ignore_release(&ig);
	return err;
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
		err = ask_content(q, path, is_dir, &why);
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
