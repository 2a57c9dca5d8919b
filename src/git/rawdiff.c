#include "git/rawdiff.h"
#include "git/history.h"
#include "git/repo.h"
#include "util/buf.h"
#include "util/run.h"
#include "util/sys.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include "util/banned.h"

/* A path, and the line before it. */
#define RECORD_MAX (1 << 20)

struct reading {
	mvc_rawdiff_fn each;
	void *arg;
	struct mvc_buf text; /* not taken yet */
	struct mvc_buf said; /* on its standard error */
};

static int
bad(const char *text)
{
	return mvc_fail(MVC_ECORRUPT, "git told of no change: %.60s", text);
}

/* ":100644 100644 ID ID M", then the path; both end in NUL. */
static int
take_record(struct reading *g, const char *line, const char *path)
{
	struct mvc_rawdiff d = {.path = path};
	char was[65], now[65], status;

	if (sscanf(line, ":%o %o %64[0-9a-f] %64[0-9a-f] %c", &d.was_mode,
		&d.now_mode, was, now, &status) != 5)
		return bad(line);
	if (mvc_gitid_parse(&d.was, was, strlen(was)) ||
	    mvc_gitid_parse(&d.now, now, strlen(now)))
		return bad(line);
	return g->each(g->arg, &d);
}

/* All records that are whole. */
static int
take_records(struct reading *g)
{
	const char *p = g->text.data, *end = p + g->text.len;
	int err = MVC_OK;

	while (!err && p < end) {
		const char *path = memchr(p, 0, (size_t)(end - p));
		const char *next;

		/* Commits are parted by empty ones. */
		if (path == p || *p == '\n') {
			p++;
			continue;
		}
		path = path ? path + 1 : end;
		next =
		    path < end ? memchr(path, 0, (size_t)(end - path)) : NULL;
		if (!next)
			break;
		err = take_record(g, p, path);
		p = next + 1;
	}
	if (!err && g->text.len) {
		g->text.len = (size_t)(end - p);
		memmove(g->text.data, p, g->text.len);
	}
	return err;
}

static int
take_some(int *fd, struct mvc_buf *to)
{
	char part[65536];
	ssize_t n = read(*fd, part, sizeof(part));

	if (n < 0 && errno == EINTR)
		return MVC_OK;
	if (n < 0)
		return mvc_fail_errno("read what git prints");
	if (n == 0) {
		close(*fd);
		*fd = -1;
	}
	return n == 0 ? MVC_OK : mvc_buf_add(to, part, (size_t)n);
}

static int
read_all(struct reading *g, struct mvc_child *c)
{
	int err = MVC_OK;

	while (!err && (c->out >= 0 || c->err >= 0)) {
		struct pollfd p[2] = {{.fd = c->out, .events = POLLIN},
		    {.fd = c->err, .events = POLLIN}};

		if (poll(p, 2, -1) < 0) {
			if (errno != EINTR)
				err = mvc_fail_errno("wait for git");
			continue;
		}
		if (p[0].revents)
			err = take_some(&c->out, &g->text);
		if (!err && p[0].revents)
			err = take_records(g);
		/* Of a long story its beginning is enough. */
		if (!err && p[1].revents && take_some(&c->err, &g->said))
			mvc_buf_clear(&g->said);
	}
	return err;
}

static int
run_git(struct mvc_repo *r, const char *const *argv, const char *in,
    mvc_rawdiff_fn each, void *arg)
{
	struct reading g = {.each = each,
	    .arg = arg,
	    .text = MVC_BUF_INIT(2 * RECORD_MAX),
	    .said = MVC_BUF_INIT(2 * RECORD_MAX)};
	struct mvc_run run = {
	    .dir = r->worktree ? r->worktree : r->gitdir, .argv = argv};
	struct mvc_child c = MVC_CHILD_INIT;
	int err = mvc_child_start(&c, &run);

	/* What it is told is short, and it reads all before it prints. */
	if (!err && in && *in)
		err = mvc_sys_write(c.in, in, strlen(in), "git's input");
	if (!err) {
		close(c.in);
		c.in = -1;
		err = read_all(&g, &c);
	}
	if (!err && mvc_child_end(&c, 10000) != 0)
		err = mvc_fail(MVC_EIO, "git %s: %.*s", argv[1],
		    g.said.data ? (int)strcspn(g.said.data, "\n") : 6,
		    g.said.data ? g.said.data : "failed");
	mvc_child_release(&c);
	mvc_buf_release(&g.text);
	mvc_buf_release(&g.said);
	return err;
}

/* The id of the tree without entries, of whichever hash this repository has. */
static int
empty_tree(char out[65], struct mvc_repo *r)
{
	const char *const argv[] = {
	    "git", "hash-object", "-t", "tree", "--stdin", NULL};
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(100);
	struct mvc_run run = {.dir = r->worktree ? r->worktree : r->gitdir,
	    .argv = argv,
	    .out = &text};
	int err = mvc_run_check(&run);

	if (!err)
		snprintf(
		    out, 65, "%.*s", (int)strcspn(text.data, "\n"), text.data);
	return err;
}

int
mvc_rawdiff_staged(struct mvc_repo *r, mvc_rawdiff_fn each, void *arg)
{
	struct mvc_gitid head;
	char from[65] = "HEAD";
	const char *const argv[] = {"git", "diff-index", "--cached", "--raw",
	    "-z", "--no-abbrev", "--no-renames", from, "--", NULL};
	int err = mvc_rev_resolve(&head, r, "HEAD");

	if (err == MVC_ENOTFOUND)
		err = empty_tree(from, r);
	return err ? err : run_git(r, argv, NULL, each, arg);
}

static bool
is_zeroes(const char *id)
{
	return id[strspn(id, "0")] == 0;
}

int
mvc_rawdiff_pointers(struct mvc_repo *r, const char *a, const char *b,
    mvc_rawdiff_fn each, void *arg)
{
	char from[65];
	const char *const argv[] = {"git", "diff-tree", "-r", "--raw", "-z",
	    "--no-abbrev", "--no-renames", is_zeroes(a) ? from : a, b, "--",
	    "*.mvc", NULL};
	int err = is_zeroes(a) ? empty_tree(from, r) : MVC_OK;

	return err ? err : run_git(r, argv, NULL, each, arg);
}

/* A remote's name as a pattern that is of no other. */
static int
seen_of(struct mvc_buf *out, const char *remote)
{
	int err = mvc_buf_add_str(out, "--remotes=");

	for (const char *p = remote; *p && !err; p++) {
		if (strchr("*?[\\", *p))
			err = mvc_buf_add_char(out, '\\');
		if (!err)
			err = mvc_buf_add_char(out, *p);
	}
	return err;
}

int
mvc_rawdiff_brought(struct mvc_repo *r, const char *remote, const char *revs,
    mvc_rawdiff_fn each, void *arg)
{
	MVC_SCOPED(mvc_buf) seen = MVC_BUF_INIT(1 << 16);
	int err = seen_of(&seen, *remote ? remote : "/");
	const char *const argv[] = {"git", "log", "--stdin",
	    "--format=", "--raw", "-z", "-m", "--root", "--full-history",
	    "--no-abbrev", "--no-renames", "--no-color", "--no-show-signature",
	    "--no-ext-diff", "--not", seen.data, "--", "*.mvc", NULL};

	return err ? err : run_git(r, argv, revs, each, arg);
}
