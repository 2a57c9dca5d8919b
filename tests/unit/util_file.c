#include "scratch.h"
#include "util/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void
assert_file_holds(const char *path, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(100);

	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, path), 0);
	cr_assert_str_eq(b.data ? b.data : "", text);
}

static void
assert_no_temporary_in(const char *folder)
{
	DIR *d = opendir(folder);

	cr_assert_not_null(d);
	for (struct dirent *e; (e = readdir(d));)
		cr_assert(strncmp(e->d_name, MVC_TMP_PREFIX,
			      strlen(MVC_TMP_PREFIX)) != 0,
		    "%s was left", e->d_name);
	closedir(d);
}

Test(util_file, is_replaced_whole_with_its_mode, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct stat st;

	cr_assert_eq(mvc_file_mkdirs(AT_FDCWD, "a/b", 0777), 0);
	cr_assert_eq(mvc_file_replace(AT_FDCWD, "a/b/f", "first", 5, 0600), 0);
	cr_assert_eq(mvc_file_replace(AT_FDCWD, "a/b/f", "2nd", 3, 0600), 0);
	assert_file_holds("a/b/f", "2nd");
	cr_assert_eq(stat("a/b/f", &st), 0);
	cr_assert_eq(st.st_mode & 07777, 0600);
	assert_no_temporary_in("a/b");
}

Test(util_file, replaces_a_link_and_never_writes_through_it,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct stat st;

	scratch_write("target", "kept");
	cr_assert_eq(symlink("target", "f"), 0);
	cr_assert_eq(mvc_file_replace(AT_FDCWD, "f", "new", 3, 0644), 0);
	assert_file_holds("target", "kept");
	cr_assert_eq(lstat("f", &st), 0);
	cr_assert(S_ISREG(st.st_mode));
}

Test(util_file, a_failed_replace_leaves_the_old_one_and_no_temporary,
    .init = scratch_enter, .fini = scratch_leave)
{
	scratch_write("f/in-the-way", "");
	cr_assert_lt(mvc_file_replace(AT_FDCWD, "f", "new", 3, 0644), 0);
	assert_file_holds("f/in-the-way", "");
	assert_no_temporary_in(".");
	cr_assert_eq(
	    mvc_file_replace(AT_FDCWD, "no/f", "new", 3, 0644), MVC_ENOTFOUND);
}

Test(util_file, over_the_readers_maximum_is_refused, .init = scratch_enter,
    .fini = scratch_leave)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(3);

	scratch_write("f", "four");
	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, "f"), MVC_ETOOBIG);
	cr_assert_eq(
	    mvc_file_read(&b, AT_FDCWD, "/proc/self/stat"), MVC_ETOOBIG);
	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, "."), MVC_EINVALID);
	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, "none"), MVC_ENOTFOUND);
}

Test(util_file, files_without_a_size_are_read_to_their_end)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);

	cr_assert_eq(mvc_file_read(&b, AT_FDCWD, "/proc/self/status"), 0);
	cr_assert_not_null(strstr(b.data, "ctxt_switches"));
}

Test(util_file, folders_are_made_with_their_parents_once, .init = scratch_enter,
    .fini = scratch_leave)
{
	cr_assert_eq(mvc_file_mkdirs(AT_FDCWD, "x/y/z", 0755), 0);
	cr_assert_eq(mvc_file_mkdirs(AT_FDCWD, "x/y/z", 0755), 0);
	cr_assert(mvc_file_exists(AT_FDCWD, "x/y/z"));
	scratch_write("file", "");
	cr_assert_eq(mvc_file_mkdirs(AT_FDCWD, "file", 0755), MVC_EEXISTS);
}

Test(util_file, an_uncommitted_temporary_goes, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;

	cr_assert_eq(mvc_tmpfile_open(&t, AT_FDCWD, ".", 0644), 0);
	cr_assert(mvc_file_exists(AT_FDCWD, t.name));
	mvc_tmpfile_release(&t);
	assert_no_temporary_in(".");
	mvc_tmpfile_release(&t);
}
