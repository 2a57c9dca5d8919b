#include "cmd/withgit_priv.h"
#include "git/gitbundle.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

struct only {
	char holder[33];
	struct mvc_buf all;
	unsigned n;
};

static int
on_holder(void *arg, const char *holder)
{
	struct only *o = arg;

	snprintf(o->holder, sizeof(o->holder), "%s", holder);
	o->n++;
	return mvc_buf_addf(&o->all, "%s%s", o->all.len ? ", " : "", holder);
}

static int
find_holder(char holder[33], struct mvc_backend *b)
{
	struct only o = {.all = MVC_BUF_INIT(1 << 20)};
	int err = mvc_githistory_holders(b, on_holder, &o);

	if (!err && o.n == 0)
		err = mvc_fail(MVC_ENOTFOUND,
		    "%s has data, and no Git history: mvc push --with-git "
		    "puts it there",
		    b->url);
	if (!err && o.n > 1)
		err = mvc_fail(MVC_EUSAGE,
		    "%s has the history of %u repositories: say which by "
		    "--holder: %s",
		    b->url, o.n, o.all.data);
	memcpy(holder, o.holder, sizeof(o.holder));
	mvc_buf_release(&o.all);
	return err;
}

static int
set_refs(const struct mvc_githistory *h, const char *gitdir)
{
	MVC_SCOPED(mvc_buf) lines = MVC_BUF_INIT(MVC_GIT_TEXT_MAX);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < h->n_refs; i++)
		err = mvc_buf_addf(
		    &lines, "create %s %s\n", h->refs[i].name, h->refs[i].oid);
	if (!err)
		err = mvc_git_set_refs(gitdir, &lines);
	return err ? err : mvc_git_check(gitdir);
}

/* The branch asked for, else as there, else any. */
static int
choose_branch(char **out, const struct mvc_githistory *h, const char *branch)
{
	const char *head = h->head;

	*out = NULL;
	if (branch) {
		if (asprintf(out, "refs/heads/%s", branch) < 0)
			*out = NULL;
		else if (!mvc_githistory_ref(h, *out))
			return mvc_fail(MVC_ENOTFOUND,
			    "there is no branch %s there", branch);
	} else {
		bool found = head && mvc_githistory_ref(h, head);

		for (size_t i = 0; !found && i < h->n_refs; i++)
			if (!strncmp(h->refs[i].name, "refs/heads/", 11)) {
				head = h->refs[i].name;
				found = true;
			}
		*out = strdup(found ? head : "");
	}
	return *out ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory for a name");
}

static int
fill(struct withgit_taking *t, const char *branch, const char *dir)
{
	MVC_OWN(mvc_repo) *repo = NULL;
	MVC_OWN_MEM char *name = NULL;
	struct mvc_githistory h;
	int err = mvc_githistory_read(&h, t->b, t->holder);

	if (!err)
		err = choose_branch(&name, &h, branch);
	if (!err)
		err = mvc_repo_init(&repo, dir);
	if (!err) {
		t->gitdir = repo->gitdir;
		err = withgit_take_parts(t, &h);
	}
	if (!err)
		err = set_refs(&h, repo->gitdir);
	if (!err && *name)
		err = mvc_git_checkout(repo->gitdir, repo->worktree, name);
	mvc_githistory_release(&h);
	return err;
}

int
mvc_withgit_clone(struct mvc_backend *b, const char *holder, const char *branch,
    const char *dir)
{
	char only[33] = "";
	struct withgit_taking t = {.b = b, .holder = holder ? holder : only};
	int err = MVC_OK;

	if (mvc_file_exists(AT_FDCWD, dir) && mvc_sys_rmdir(AT_FDCWD, dir))
		return mvc_fail(
		    MVC_EEXISTS, "%s is there already, and not empty", dir);
	if (!holder)
		err = find_holder(only, b);
	if (!err)
		err = fill(&t, branch, dir);
	mvc_oidset_release(&t.done);
	if (err && mvc_file_exists(AT_FDCWD, dir))
		return mvc_fail_prefix(
		    err, "%s is left unfinished: remove it; why", dir);
	return err;
}
