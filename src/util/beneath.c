/*
 * openat2 resolves the whole path in one call and refuses links on the way.
 * Where it is not to be had (old kernels, seccomp filters), or to say which
 * component was the link, the path is walked one O_NOFOLLOW openat at a time.
 */
#include "util/beneath.h"
#include "util/own.h"
#include "util/sys.h"
#include "util/banned.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

#define NAME_BYTES 256

/* One component; false at the end of the path. */
static bool
next_component(char name[NAME_BYTES], const char **rest, bool *last)
{
	const char *at = *rest;
	size_t n = strcspn(at, "/");

	if (!*at)
		return false;
	/* check_path() has seen that it fits. */
	memcpy(name, at, n);
	name[n] = 0;
	*rest = at + n + (at[n] == '/');
	*last = !at[n];
	return true;
}

static int
check_path(const char *path)
{
	const char *at = path;

	for (;;) {
		size_t n = strcspn(at, "/");

		if (n == 0 || (n == 1 && at[0] == '.') ||
		    (n == 2 && at[0] == '.' && at[1] == '.'))
			return mvc_fail(MVC_EINVALID,
			    "'%s' is no path below the work tree", path);
		if (n >= NAME_BYTES)
			return mvc_fail(MVC_ETOOBIG,
			    "a name in '%s' is longer than 255 bytes", path);
		if (!at[n])
			return MVC_OK;
		at += n + 1;
	}
}

static bool
is_link(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode);
}

/* Open one component; `done` is how much of path that makes, for the text. */
static int
open_component(int *fd, int dirfd, const char *name, int flags, mode_t mode,
    const char *path, const char *done)
{
	int n = (int)(done - path);

	do
		*fd = openat(dirfd, name, flags | O_CLOEXEC | O_NOFOLLOW, mode);
	while (*fd < 0 && errno == EINTR);
	if (*fd >= 0)
		return MVC_OK;
	if ((errno == ELOOP || errno == ENOTDIR || errno == EMLINK) &&
	    is_link(dirfd, name))
		return mvc_fail(MVC_EDENIED,
		    "%.*s is a symbolic link, which mvc does not follow here; "
		    "move it away",
		    n, path);
	if (errno != EACCES)
		return mvc_fail_errno("open %.*s", n, path);
	return mvc_sys_fail(dirfd, "open", name);
}

static int
make_component(int dirfd, const char *name, const char *path)
{
	int err = mvc_sys_mkdir(dirfd, name, 0777);

	if (err == MVC_EEXISTS)
		return MVC_OK;
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

/* The checked path, component by component. */
static int
walk(int *fd, int dirfd, const char *path, int flags, mode_t mode, bool make)
{
	char name[NAME_BYTES];
	const char *rest = path;
	int at = dirfd, next, err = MVC_OK;
	bool last = false;

	*fd = -1;
	while (!err && next_component(name, &rest, &last)) {
		const char *done = rest - !last;

		next = -1;
		if (make)
			err = make_component(at, name, path);
		if (!err)
			err = open_component(&next, at, name,
			    last ? flags : O_PATH | O_DIRECTORY, mode, path,
			    done);
		if (at != dirfd)
			close(at);
		at = next;
	}
	if (!err)
		*fd = at;
	return err;
}

/* Whether the outcome stands; else the path has to be walked. */
static bool
open_at_once(
    int *fd, int *err, int dirfd, const char *path, int flags, mode_t mode)
{
#if defined(RESOLVE_BENEATH) && defined(SYS_openat2)
	bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
	struct open_how how = {
	    .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
	    .mode = makes ? mode : 0,
	    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	do
		*fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	while (*fd < 0 && errno == EINTR);
	*err = MVC_OK;
	if (*fd >= 0)
		return true;
	if (errno == ENOENT) {
		*err = mvc_fail_errno("open %s", path);
		return true;
	}
#endif
	return false;
}

int
mvc_beneath_open(int *fd, int dirfd, const char *path, int flags, mode_t mode)
{
	int err;

	*fd = -1;
	err = check_path(path);
	if (err)
		return err;
	if (open_at_once(fd, &err, dirfd, path, flags, mode))
		return err;
	return walk(fd, dirfd, path, flags, mode, false);
}

int
mvc_beneath_parent(
    int *fd, const char **name, int dirfd, const char *path, bool make)
{
	MVC_OWN_MEM char *folder = NULL;
	const char *slash = strrchr(path, '/');
	int err, flags = O_RDONLY | O_DIRECTORY;

	*fd = -1;
	*name = NULL;
	err = check_path(path);
	if (err)
		return err;
	*name = slash ? slash + 1 : path;
	if (!slash)
		return mvc_sys_open(fd, dirfd, ".", flags, 0);
	folder = strndup(path, (size_t)(slash - path));
	if (!folder)
		return mvc_fail(MVC_ENOMEM, "open the folder of %s", path);
	if (open_at_once(fd, &err, dirfd, folder, flags, 0) &&
	    !(make && err == MVC_ENOTFOUND))
		return err;
	return walk(fd, dirfd, folder, flags, 0, make);
}
