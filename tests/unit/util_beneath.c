#include "scratch.h"
#include "util/beneath.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From now on openat2 fails with this errno in this process. */
static void
forbid_openat2(int with)
{
	struct sock_filter code[] = {
	    BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)with),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {sizeof(code) / sizeof(*code), code};

	cr_assert_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	cr_assert_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), 0);
	cr_assert_eq(syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0), -1);
	cr_assert_eq(errno, with);
}

static void
assert_opens(int dir, const char *path, int flags)
{
	int fd;

	cr_assert_eq(mvc_beneath_open(&fd, dir, path, flags, 0644), 0, "%s: %s",
	    path, mvc_error_text());
	cr_assert_geq(fd, 0);
	cr_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void
assert_refuses(int dir, const char *path, int code, const char *says)
{
	const char *name;
	int fd = 7;

	cr_assert_eq(
	    mvc_beneath_open(&fd, dir, path, O_RDONLY, 0), code, "%s", path);
	cr_assert_eq(fd, -1);
	cr_assert_not_null(strstr(mvc_error_text(), says), "%s says: %s", path,
	    mvc_error_text());
	if (code == MVC_EINVALID || code == MVC_ETOOBIG)
		cr_assert_eq(
		    mvc_beneath_parent(&fd, &name, dir, path, true), code);
}

static void
assert_parents_are_made(int dir)
{
	const char *name;
	int fd;

	cr_assert_eq(mvc_beneath_parent(&fd, &name, dir, "n/o/new", false),
	    MVC_ENOTFOUND);
	cr_assert_eq(mvc_beneath_parent(&fd, &name, dir, "n/o/new", true), 0);
	cr_assert_str_eq(name, "new");
	cr_assert_eq(mkdirat(fd, name, 0777), 0);
	close(fd);
	cr_assert_eq(access("in/n/o/new", F_OK), 0);
	cr_assert_eq(mvc_beneath_parent(&fd, &name, dir, "top", true), 0);
	cr_assert_str_eq(name, "top");
	close(fd);
	cr_assert_eq(mvc_beneath_parent(&fd, &name, dir, "out/x/new", true),
	    MVC_EDENIED);
	cr_assert_eq(access("outside/x", F_OK), -1, "wrote through a link");
}

static void
assert_stays_beneath(void)
{
	char longest[300];
	int dir;

	scratch_write("in/a/b/file", "x");
	scratch_write("outside/secret", "x");
	cr_assert_eq(symlink("../outside", "in/out"), 0);
	cr_assert_eq(symlink("a", "in/inner"), 0);
	cr_assert_eq(symlink("file", "in/a/b/link"), 0);
	dir = open("in", O_RDONLY | O_DIRECTORY);
	cr_assert_geq(dir, 0);
	assert_opens(dir, "a/b/file", O_RDONLY);
	assert_opens(dir, "a/b", O_RDONLY | O_DIRECTORY);
	assert_opens(dir, "a/b/made", O_RDWR | O_CREAT | O_EXCL);
	assert_refuses(dir, "out/secret", MVC_EDENIED, "out is a symbolic");
	assert_refuses(dir, "inner/b/file", MVC_EDENIED, "inner is a symb");
	assert_refuses(dir, "a/b/link", MVC_EDENIED, "a/b/link is a symb");
	assert_refuses(dir, "a/none/file", MVC_ENOTFOUND, "a/none");
	assert_refuses(dir, "a/b/file/x", MVC_ENOTFOUND, "a/b/file");
	assert_refuses(dir, "../outside/secret", MVC_EINVALID, "below");
	assert_refuses(dir, "a/../../outside/secret", MVC_EINVALID, "below");
	assert_refuses(dir, "a/..", MVC_EINVALID, "below");
	assert_refuses(dir, "/etc/passwd", MVC_EINVALID, "below");
	assert_refuses(dir, "a//b", MVC_EINVALID, "below");
	assert_refuses(dir, "a/./b", MVC_EINVALID, "below");
	assert_refuses(dir, "a/", MVC_EINVALID, "below");
	assert_refuses(dir, "", MVC_EINVALID, "below");
	memset(longest, 'l', 299);
	longest[299] = 0;
	assert_refuses(dir, longest, MVC_ETOOBIG, "255");
	assert_parents_are_made(dir);
	close(dir);
}

Test(util_beneath, openat2_stays_beneath, .init = scratch_enter,
    .fini = scratch_leave)
{
	assert_stays_beneath();
}

Test(util_beneath, an_old_kernel_stays_beneath, .init = scratch_enter,
    .fini = scratch_leave)
{
	forbid_openat2(ENOSYS);
	assert_stays_beneath();
}

Test(util_beneath, a_filter_that_says_eperm_stays_beneath,
    .init = scratch_enter, .fini = scratch_leave)
{
	forbid_openat2(EPERM);
	assert_stays_beneath();
}
