#include "project.h"
#include "scratch.h"

#include "work/add.h"
#include "work/status.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static struct project p;
static char said[8192];

static int
on_file(void *arg, const struct mvc_status_file *f)
{
	static const char marks[] = "+!-x";
	size_t n = strlen(said);

	(void)arg;
	cr_assert_eq(f->text != NULL, f->what == MVC_STATUS_BAD);
	snprintf(said + n, sizeof(said) - n, "%c%s ", marks[f->what], f->path);
	return 0;
}

static int
on_root(void *arg, const struct mvc_status_root *r)
{
	size_t n = strlen(said);

	(void)arg;
	cr_assert_eq(r->code != 0, r->pointer == NULL);
	snprintf(said + n, sizeof(said) - n, "[%s +%d !%d -%d", r->path,
	    (int)r->files[MVC_STATUS_ADDED], (int)r->files[MVC_STATUS_MODIFIED],
	    (int)r->files[MVC_STATUS_DELETED]);
	n = strlen(said);
	if (r->absent)
		snprintf(said + n, sizeof(said) - n, " ?%d", (int)r->absent);
	n = strlen(said);
	snprintf(said + n, sizeof(said) - n, "%s%s%s%s] ",
	    r->other_version ? " other" : "", r->missing ? " missing" : "",
	    r->sparse ? " sparse" : "",
	    r->code == MVC_ECONFLICT       ? " conflict"
		: r->code == MVC_ENOTFOUND ? " gone"
		: r->code                  ? " bad"
					   : "");
	return 0;
}

static int
status(const char *path)
{
	static const struct mvc_status_ops ops = {
	    .file = on_file, .root = on_root};

	said[0] = 0;
	project_again(&p);
	return mvc_status(p.work, &path, path ? 1 : 0, &ops);
}

#define assert_status(path, want)                                      \
	do {                                                           \
		cr_assert_eq(status(path), 0, "%s", mvc_error_text()); \
		cr_assert_str_eq(said, want, "said: %s", said);        \
	} while (0)

static void
add(const char *path)
{
	struct mvc_add_opts o = {.vanished = true, .force = true};

	project_again(&p);
	cr_assert_eq(mvc_add(p.work, &path, 1, &o, NULL, NULL), 0, "%s",
	    mvc_error_text());
	sh("sleep 0.02");
}

static void
make_data(void)
{
	scratch_write("d/a", "one");
	scratch_write("d/b/x", "two");
	scratch_write("d/b/y", "three");
	scratch_write("f", "file");
	sh("ln -s b/x d/link; mkdir d/void; sleep 0.02");
	add("d");
	add("f");
}

static void
enter(void)
{
	project_new(&p);
}

static void
leave(void)
{
	project_close(&p);
	scratch_leave();
}

TestSuite(work_status, .init = enter, .fini = leave);

Test(work_status, nothing_tracked_says_nothing)
{
	assert_status(NULL, "");
	cr_assert_eq(status("x"), MVC_ENOTFOUND);
}

Test(work_status, unchanged_roots_are_clean)
{
	make_data();
	assert_status(NULL, "[d +0 !0 -0] [f +0 !0 -0] ");
	assert_status("f", "[f +0 !0 -0] ");
	assert_status("d/b", "[d/b +0 !0 -0] ");
}

Test(work_status, changes_show_by_path_and_in_sum)
{
	make_data();
	sh("echo 1 >d/new; echo 222 >d/b/x; rm d/a; rm d/link; ln -s z d/link; "
	   "chmod +x d/b/y; echo 2 >f; mkfifo d/pipe");
	assert_status(NULL,
	    "-d/a !d/b/x !d/b/y !d/link +d/new xd/pipe [d +1 !3 -1] "
	    "!f [f +0 !1 -0] ");
	assert_status("d/b", "!d/b/x !d/b/y [d/b +0 !2 -0] ");
}

Test(work_status, a_touched_file_is_clean_and_known_afterwards)
{
	struct stat before, after;

	make_data();
	sh("touch d/a; sleep 0.02");
	assert_status(NULL, "[d +0 !0 -0] [f +0 !0 -0] ");
	cr_assert_eq(stat(".git/mvc/statcache.delta", &before), 0);
	assert_status(NULL, "[d +0 !0 -0] [f +0 !0 -0] ");
	cr_assert_eq(stat(".git/mvc/statcache.delta", &after), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
}

Test(work_status, same_size_and_time_do_not_hide_an_edit)
{
	make_data();
	sh("touch -r d/a ref; printf 0ne >d/a; touch -r ref d/a");
	assert_status("d", "!d/a [d +0 !1 -0] ");
}

Test(work_status, without_the_cache_content_tells)
{
	make_data();
	sh("rm .git/mvc/statcache*; echo 2 >d/new; printf 0ne >d/a; rm d/b/x");
	assert_status(NULL, "!d/a +d/new [d +1 !1 -0 ?1] [f +0 !0 -0] ");
	sh("rm .git/mvc/statcache*; rm -r d f");
	assert_status(NULL, "[d +0 !0 -0 ?4] [f +0 !0 -0 ?1] ");
}

Test(work_status, another_version_in_the_pointer_shows)
{
	make_data();
	sh("cp d.mvc v1; echo 2 >d/a; sleep 0.02");
	add("d");
	sh("cp v1 d.mvc");
	assert_status("d", "[d +0 !0 -0 other] ");
}

Test(work_status, what_the_store_lacks_shows)
{
	make_data();
	sh("rm -r .git/mvc/packs/* .git/mvc/segments/* .git/mvc/roots/*");
	assert_status(NULL, "[d +0 !0 -0 missing] [f +0 !0 -0 missing] ");
}

Test(work_status, pointers_that_cannot_be_read_are_told)
{
	make_data();
	sh("printf '<<<<<<< HEAD\\n' >d.mvc; rm f.mvc");
	assert_status(NULL, "[d +0 !0 -0 conflict] [f +0 !0 -0 gone] ");
}

Test(work_status, sparse_patterns_are_told)
{
	make_data();
	cr_assert_eq(mvc_sparse_write(".git", "/d/b\n"), 0);
	sh("rm -r .git/mvc/statcache* d/a d/link f");
	assert_status(NULL, "[d +0 !0 -0 ?2 sparse] [f +0 !0 -0 ?1 sparse] ");
}
