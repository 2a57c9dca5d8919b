#include "git/foreign.h"
#include "git/repo.h"

#include <stdio.h>
#include "util/banned.h"

/* What `git ls-files` may print: four million entries of a usual length. */
#define LISTING_MAX (512u << 20)

#define ARGS_MAX 16

int
mvc_foreign_git(
    const struct mvc_repo *r, const char *const *what, struct mvc_run *run)
{
	MVC_OWN_MEM char *gitdir = NULL, *worktree = NULL, *index = NULL;
	const char *argv[ARGS_MAX] = {"git", "-c", "core.fsmonitor=false", "-c",
	    "core.hooksPath=/dev/null", "-c", "core.fsync=index"};
	size_t n = 7;
	int err;

	err = mvc_git_textf(&gitdir, "--git-dir=%s", r->gitdir);
	if (!err)
		err = mvc_git_textf(&worktree, "--work-tree=%s",
		    r->worktree ? r->worktree : r->gitdir);
	if (!err)
		err = mvc_git_textf(&index, "GIT_INDEX_FILE=%s", r->index_path);
	if (err)
		return err;
	argv[n++] = gitdir;
	argv[n++] = worktree;
	while (*what && n + 1 < ARGS_MAX)
		argv[n++] = *what++;
	run->argv = argv;
	run->env = index;
	run->dir = r->worktree;
	return mvc_run(run);
}

static int
run_git(const struct mvc_repo *r, const char *const *what, struct mvc_run *run)
{
	int err = mvc_foreign_git(r, what, run);

	if (err || run->status == 0)
		return err;
	return mvc_fail(strstr(run->err, ".lock'") ? MVC_EAGAIN : MVC_EIO,
	    "git, for the index %s: %s", r->index_path, run->err);
}

/* "H 100644 HEX 0\tPATH" as an entry; its path points into the line. */
static int
parse_entry(git_index_entry *e, const char *line)
{
	char hex[GIT_OID_HEXSZ + 1], tag;
	unsigned mode, stage;
	int path = 0;

	memset(e, 0, sizeof(*e));
	if (sscanf(line, "%c %o %40[0-9a-f] %u\t%n", &tag, &mode, hex, &stage,
		&path) != 4 ||
	    path == 0 || stage > 3 || git_oid_fromstr(&e->id, hex) < 0)
		return mvc_fail(MVC_EIO,
		    "git ls-files printed what cannot be read: %s", line);
	e->mode = mode;
	e->path = line + path;
	GIT_INDEX_ENTRY_STAGE_SET(e, stage);
	if (tag == 'S')
		e->flags_extended |= GIT_INDEX_ENTRY_SKIP_WORKTREE;
	return MVC_OK;
}

static int
take_listing(git_index *index, const struct mvc_buf *list)
{
	git_index_entry entry;
	int err = MVC_OK;

	for (size_t at = 0; !err && at < list->len;) {
		const char *line = list->data + at;

		err = parse_entry(&entry, line);
		at += strlen(line) + 1;
		/* git_index_add refuses modes that are no file's, as those of
		 * folders that a sparse index may hold. */
		if (!err && git_index_add(index, &entry) < 0)
			err = mvc_git_fail(-1, "index entry %s", entry.path);
	}
	return err;
}

int
mvc_foreign_read(git_index **out, const struct mvc_repo *r)
{
	static const char *const what[] = {
	    "ls-files", "-z", "-s", "-t", "--full-name", NULL};
	MVC_SCOPED(mvc_buf) list = MVC_BUF_INIT(LISTING_MAX);
	MVC_GIT_OWN(git_index) *index = NULL;
	struct mvc_run run = {.out = &list};
	int err;

	err = run_git(r, what, &run);
	if (err)
		return err;
	if (git_index_new(&index) < 0)
		return mvc_git_fail(-1, "make an index");
	err = take_listing(index, &list);
	if (!err)
		*out = MVC_TAKE(index);
	return err;
}

/* Gone first, so that no stage of a conflict stays. */
static int
add_line(struct mvc_buf *in, const struct mvc_index_change *c)
{
	char hex[GIT_OID_HEXSZ + 1];
	int err;

	err = mvc_buf_addf(in, "0 %040d\t%s", 0, c->path);
	if (!err)
		err = mvc_buf_add_char(in, 0);
	if (err || c->mode == 0)
		return err;
	git_oid_tostr(hex, sizeof(hex), &c->id);
	err = mvc_buf_addf(in, "%06o %s 0\t%s", c->mode, hex, c->path);
	return err ? err : mvc_buf_add_char(in, 0);
}

int
mvc_foreign_write(
    const struct mvc_repo *r, const struct mvc_index_change *changes, size_t n)
{
	static const char *const what[] = {
	    "update-index", "-z", "--index-info", NULL};
	MVC_SCOPED(mvc_buf) in = MVC_BUF_INIT(LISTING_MAX);
	struct mvc_run run = {.out = NULL};
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++)
		err = add_line(&in, &changes[i]);
	if (err)
		return err;
	run.in = in.data;
	run.n_in = in.len;
	return run_git(r, what, &run);
}
