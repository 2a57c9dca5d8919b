#include "scratch.h"

#include "work/scan.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct log {
	struct mvc_buf text;
	struct mvc_statupdate *update; /* records what it sees, if any */
};

static int
on_enter(void *arg, const char *path, bool empty,
    const struct mvc_stat_entry *cached)
{
	struct mvc_stat_entry e = {
	    .path = path, .path_len = strlen(path), .kind = MVC_ENTRY_DIR};
	struct log *l = arg;

	cr_assert_eq(mvc_buf_addf(&l->text, "%s%s/%s ", cached ? "" : "+", path,
			 empty ? "empty" : ""),
	    0);
	return l->update && !cached ? mvc_statupdate_set(l->update, &e, true)
				    : 0;
}

static int
on_leave(void *arg, const char *path)
{
	struct log *l = arg;

	return mvc_buf_addf(&l->text, "<%s ", path);
}

static int
on_file(void *arg, const struct mvc_scanned *f)
{
	static const char marks[] = "+=!?";
	struct log *l = arg;
	struct mvc_stat_entry e = f->now;

	cr_assert_str_eq(f->name,
	    strrchr(f->path, '/') ? strrchr(f->path, '/') + 1 : f->path);
	cr_assert(
	    faccessat(f->dir->fd, f->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	cr_assert_eq(
	    mvc_buf_addf(&l->text, "%c%s%s%s ", marks[f->verdict], f->path,
		f->now.kind == MVC_ENTRY_EXEC ? "*" : "", f->target ? "@" : ""),
	    0);
	return l->update ? mvc_statupdate_set(l->update, &e, true) : 0;
}

static int
on_missing(void *arg, const struct mvc_stat_entry *cached)
{
	struct log *l = arg;

	if (l->update)
		cr_assert_eq(mvc_statupdate_remove(l->update, cached->path), 0);
	return mvc_buf_addf(&l->text, "-%s ", cached->path);
}

static int
on_bad(void *arg, const char *path, int code, const char *text)
{
	struct log *l = arg;

	cr_assert_neq(code, 0);
	cr_assert_gt(strlen(text), 0);
	return mvc_buf_addf(&l->text, "bad:%s ", path);
}

static const struct mvc_scan_ops ops = {.enter = on_enter,
    .leave = on_leave,
    .file = on_file,
    .missing = on_missing,
    .bad = on_bad};

/* Scan the roots (NULL-ended); the answer is for free(). */
static char *
scan(const char *const *roots, bool trust_mode, bool record)
{
	struct log l = {.text = MVC_BUF_INIT(1 << 20)};
	MVC_OWN(mvc_statcache) *cache = NULL;
	MVC_OWN(mvc_statupdate) *u = NULL;
	MVC_OWN(mvc_scan) *s = NULL;
	struct mvc_scan_opts o = {.trust_mode = trust_mode};
	MVC_OWN_FD int top = open(".", O_RDONLY | O_DIRECTORY);
	struct mvc_ctx ctx;

	mvc_ctx_init(&ctx);
	o.ctx = &ctx;
	o.worktree = top;
	cr_assert_eq(mvc_statcache_open(&cache, ".git"), 0);
	o.cache = cache;
	if (record) {
		cr_assert_eq(mvc_statupdate_new(&u, cache), 0);
		l.update = u;
	}
	cr_assert_eq(mvc_scan_new(&s, &o, &ops, &l), 0);
	for (; *roots; roots++)
		cr_assert_eq(mvc_scan_root(s, *roots, strlen(*roots), NULL), 0,
		    "%s", mvc_error_text());
	cr_assert_eq(mvc_scan_wait(s), 0, "%s", mvc_error_text());
	if (u)
		cr_assert_eq(mvc_statupdate_commit(u), 0);
	return mvc_buf_take(&l.text);
}

static void
assert_scans(const char *root, const char *want)
{
	const char *roots[] = {root, NULL};
	char *got = scan(roots, true, false);

	cr_assert_str_eq(got, want);
	free(got);
}

static void
record(const char *root)
{
	const char *roots[] = {root, NULL};

	free(scan(roots, true, true));
	usleep(20000); /* so that it is older than what comes next */
}

static void
make_tree(void)
{
	scratch_write("d/a", "1");
	scratch_write("d/b/x", "2");
	scratch_write("d/b/y", "3");
	scratch_write("d/b-c", "4");
	cr_assert_eq(chmod("d/b-c", 0755), 0);
	cr_assert_eq(symlink("a", "d/l"), 0);
	cr_assert_eq(mkdir("d/void", 0777), 0);
	usleep(20000);
}

Test(work_scan, everything_is_new_and_in_path_order, .init = scratch_enter,
    .fini = scratch_leave)
{
	make_tree();
	assert_scans("d",
	    "+d/ +d/a +d/b/ +d/b/x +d/b/y <d/b +d/b-c* +d/l@ +d/void/empty "
	    "<d/void <d ");
	assert_scans("d/b", "+d/b/ +d/b/x +d/b/y <d/b ");
	assert_scans("d/b/x", "+d/b/x ");
	assert_scans("none", "");
	assert_scans("d/none/x", "");
}

Test(work_scan, what_is_unchanged_is_known_by_its_stat, .init = scratch_enter,
    .fini = scratch_leave)
{
	make_tree();
	record("d");
	assert_scans("d",
	    "d/ =d/a d/b/ =d/b/x =d/b/y <d/b =d/b-c* =d/l@ d/void/empty "
	    "<d/void <d ");
	assert_scans("d/b/x", "=d/b/x ");
}

Test(work_scan, changes_show, .init = scratch_enter, .fini = scratch_leave)
{
	make_tree();
	record("d");
	scratch_write("d/b/x", "5");
	scratch_write("d/c", "6");
	cr_assert_eq(unlink("d/a"), 0);
	cr_assert_eq(rmdir("d/void"), 0);
	cr_assert_eq(chmod("d/b-c", 0644), 0);
	cr_assert_eq(unlink("d/l"), 0);
	cr_assert_eq(symlink("b", "d/l"), 0);
	assert_scans("d",
	    "d/ -d/a d/b/ !d/b/x =d/b/y <d/b !d/b-c +d/c !d/l@ -d/void <d ");
	record("d");
	cr_assert_eq(system("rm -r d/b; echo 1 >d/b"), 0);
	assert_scans("d", "d/ !d/b =d/b-c =d/c =d/l@ <d ");
	cr_assert_eq(system("rm -r d/c; mkdir d/c; echo 1 >d/c/z"), 0);
	assert_scans("d", "d/ !d/b =d/b-c d/c/ +d/c/z <d/c =d/l@ <d ");
	cr_assert_eq(system("rm -r d"), 0);
	assert_scans("d", "-d -d/b -d/b/x -d/b/y -d/b-c -d/c -d/l ");
	assert_scans("d/b", "-d/b -d/b/x -d/b/y ");
}

Test(work_scan, a_mode_that_is_not_trusted_is_the_recorded_one,
    .init = scratch_enter, .fini = scratch_leave)
{
	const char *roots[] = {"d", NULL};
	char *got;

	scratch_write("d/a", "1");
	scratch_write("d/b", "1");
	cr_assert_eq(chmod("d/a", 0755), 0);
	usleep(20000);
	got = scan(roots, false, false);
	cr_assert_str_eq(got, "+d/ +d/a +d/b <d ");
	free(got);
	record("d");
	got = scan(roots, false, false);
	cr_assert_str_eq(got, "d/ =d/a* =d/b <d ");
	free(got);
}

Test(work_scan, several_roots_are_reported_in_turn, .init = scratch_enter,
    .fini = scratch_leave)
{
	const char *roots[] = {"d/b", "m", "none", "d/a", NULL};
	char *got;

	make_tree();
	scratch_write("m", "model");
	got = scan(roots, true, false);
	cr_assert_str_eq(got, "+d/b/ +d/b/x +d/b/y <d/b +m +d/a ");
	free(got);
}

Test(work_scan, mvcignore_hides, .init = scratch_enter, .fini = scratch_leave)
{
	make_tree();
	scratch_write(".mvcignore", "/d/a\n*.tmp\n");
	scratch_write("d/b/.mvcignore", "!keep.tmp\nx\n");
	scratch_write("d/b/keep.tmp", "");
	scratch_write("d/b/drop.tmp", "");
	scratch_write("d/void/x.tmp", "");
	scratch_write("d/.mvc-tmp-0123", "");
	assert_scans("d",
	    "+d/ +d/b/ +d/b/.mvcignore +d/b/keep.tmp +d/b/y <d/b +d/b-c* +d/l@ "
	    "+d/void/empty <d/void <d ");
}

Test(work_scan, what_cannot_be_tracked_is_told, .init = scratch_enter,
    .fini = scratch_leave)
{
	scratch_write("d/a", "1");
	cr_assert_eq(mkfifo("d/fifo", 0666), 0);
	scratch_write("d/sub/.git/HEAD", "");
	scratch_write("d/mod/.GIT", "");
	scratch_write("d/proj/.mvc/config", "");
	assert_scans("d",
	    "+d/ +d/a bad:d/fifo +d/mod/ bad:d/mod/.GIT <d/mod +d/proj/ "
	    "bad:d/proj/.mvc <d/proj +d/sub/ bad:d/sub/.git <d/sub <d ");
}

Test(work_scan, a_link_on_the_way_is_refused, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct log l = {.text = MVC_BUF_INIT(1 << 20)};
	MVC_OWN(mvc_statcache) *cache = NULL;
	MVC_OWN(mvc_scan) *s = NULL;
	MVC_OWN_FD int top = open(".", O_RDONLY | O_DIRECTORY);
	struct mvc_ctx ctx;
	struct mvc_scan_opts o = {.ctx = &ctx, .worktree = top};

	make_tree();
	cr_assert_eq(symlink("d", "way"), 0);
	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_statcache_open(&cache, ".git"), 0);
	o.cache = cache;
	cr_assert_eq(mvc_scan_new(&s, &o, &ops, &l), 0);
	cr_assert_eq(mvc_scan_root(s, "way/b", 5, NULL), MVC_EDENIED);
	cr_assert_eq(mvc_scan_root(s, "../x", 4, NULL), MVC_EINVALID);
}

/* The files that a scan reported of the folder d itself. */
static bool
are_in_order(char *got)
{
	const char *last = "";

	for (char *at = strtok(got, " "); at; at = strtok(NULL, " ")) {
		if (strncmp(at, "+d/", 3) || strchr(at + 3, '/'))
			continue;
		if (strcmp(last, at) >= 0)
			return false;
		last = at;
	}
	return *last;
}

Test(work_scan, many_names_are_all_seen_in_order, .init = scratch_enter,
    .fini = scratch_leave)
{
	const char *roots[] = {"d", NULL};
	char name[32], *got, *at;
	int n = 0;

	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "d/%s%d",
		    i % 3 ? "file-with-a-long-name-" : "", i);
		scratch_write(name, "");
		if (i % 500 == 0) {
			snprintf(name, sizeof(name), "d/dir%d/x", i);
			scratch_write(name, "");
		}
	}
	got = scan(roots, true, false);
	for (at = strstr(got, "+d/0"); (at = strstr(at, "+d/")); at++)
		n++;
	cr_assert_eq(n, 5000 + 20);
	cr_assert(are_in_order(got));
	free(got);
	record("d");
	got = scan(roots, true, false);
	cr_assert_null(strchr(got, '!'));
	cr_assert_null(strchr(got, '+'));
	free(got);
}
