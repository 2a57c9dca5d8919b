#include "git/gitbundle.h"
#include "util/file.h"
#include "util/run.h"
#include "util/banned.h"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for a path");
}

int
mvc_git_refs(const char *gitdir, struct mvc_buf *out)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "for-each-ref",
	    "--format=%(objectname) %(refname)", "refs/heads/", "refs/tags/",
	    NULL};
	struct mvc_run run = {.argv = argv, .out = out};

	return mvc_run_check(&run);
}

int
mvc_git_commits(const char *gitdir, struct mvc_buf *out)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "rev-list", "--all",
	    "--reflog", "HEAD", NULL};
	struct mvc_run run = {.argv = argv, .out = out};

	return mvc_run_check(&run);
}

int
mvc_git_head(const char *gitdir, char **out)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(4096);
	const char *argv[] = {
	    "git", "--git-dir", gitdir, "symbolic-ref", "-q", "HEAD", NULL};
	struct mvc_run run = {.argv = argv, .out = &text};
	int err = mvc_run(&run);

	*out = NULL;
	if (err || run.status || text.len < 2)
		return err;
	text.data[text.len - 1] = 0;
	*out = mvc_buf_take(&text);
	return *out ? MVC_OK : no_memory();
}

int
mvc_git_known(
    const char *gitdir, const struct mvc_buf *oids, struct mvc_buf *out)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "cat-file",
	    "--batch-check=%(objectname)", NULL};
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	struct mvc_run run = {
	    .argv = argv, .out = &text, .in = oids->data, .n_in = oids->len};
	int err = oids->len ? mvc_run_check(&run) : MVC_OK;

	/* "OID", or "OID missing". */
	for (char *p = text.data; !err && p && *p;) {
		size_t n = strcspn(p, "\n");

		if (strcspn(p, " \n") == n)
			err = mvc_buf_add(out, p, n + (p[n] == '\n'));
		p += n + (p[n] == '\n');
	}
	return err;
}

int
mvc_git_is_before(bool *is, const char *gitdir, const char *a, const char *b)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "merge-base",
	    "--is-ancestor", a, b, NULL};
	struct mvc_run run = {.argv = argv};
	int err = mvc_run(&run);

	/* Tags of what is no commit are before nothing. */
	*is = !err && run.status == 0;
	return err;
}

int
mvc_gitbundle_name(char **out, const char *folder)
{
	uint64_t tag;
	int err = mvc_random(&tag, sizeof(tag));

	*out = NULL;
	if (!err &&
	    asprintf(out, "%s/" MVC_TMP_PREFIX "%016llx.bundle", folder,
		(unsigned long long)tag) < 0) {
		*out = NULL;
		err = no_memory();
	}
	return err;
}

int
mvc_gitbundle_create(const char *gitdir, const char *path,
    const struct mvc_buf *revs, bool *empty)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "bundle", "create",
	    "-q", path, "--stdin", NULL};
	struct mvc_run run = {
	    .argv = argv, .in = revs->data, .n_in = revs->len};
	int err = mvc_run(&run);

	*empty = !err && run.status && strstr(run.err, "empty bundle");
	if (err || !run.status || *empty)
		return err;
	return mvc_fail(MVC_EIO, "git bundle create: %s", run.err);
}

int
mvc_gitbundle_apply(const char *gitdir, const char *path)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "-c",
	    "transfer.fsckObjects=true", "bundle", "unbundle", path, NULL};
	struct mvc_run run = {.argv = argv};
	int err = mvc_run(&run);

	if (err || !run.status)
		return err;
	return mvc_fail(MVC_ECORRUPT,
	    "git does not take a part of the history: %s", run.err);
}

int
mvc_git_set_refs(const char *gitdir, const struct mvc_buf *lines)
{
	const char *argv[] = {
	    "git", "--git-dir", gitdir, "update-ref", "--stdin", NULL};
	struct mvc_run run = {
	    .argv = argv, .in = lines->data, .n_in = lines->len};

	return mvc_run_check(&run);
}

int
mvc_git_check(const char *gitdir)
{
	const char *argv[] = {"git", "--git-dir", gitdir, "fsck",
	    "--connectivity-only", "--no-dangling", "--no-progress", NULL};
	struct mvc_run run = {.argv = argv};
	int err = mvc_run(&run);

	if (err || !run.status)
		return err;
	return mvc_fail(MVC_ECORRUPT, "the history is not whole: %s", run.err);
}

int
mvc_git_checkout(const char *gitdir, const char *worktree, const char *branch)
{
	const char *head[] = {
	    "git", "--git-dir", gitdir, "symbolic-ref", "HEAD", branch, NULL};
	const char *reset[] = {"git", "--git-dir", gitdir, "--work-tree",
	    worktree, "reset", "-q", "--hard", NULL};
	struct mvc_run run = {.argv = head};
	int err = mvc_run_check(&run);

	run.argv = reset;
	return err ? err : mvc_run_check(&run);
}
