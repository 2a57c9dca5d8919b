#include "util/sys.h"
#include "util/file.h"
#include "util/banned.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#if __has_include(<linux/fs.h>)
#include <linux/fs.h>
#endif
#include <unistd.h>

/* What fd is open on; "" where the system does not tell. */
static void
name_of(char *out, size_t size, int fd)
{
	char link[32];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, out, size - 1);
	out[n < 0 ? 0 : n] = 0;
}

static bool
is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Cut the last part off. */
static void
go_up(char *path, size_t size)
{
	char *slash = strrchr(path, '/');

	if (slash)
		slash[slash == path] = 0;
	else
		snprintf(path, size, ".");
}

/* The folder that `path` below an open folder is in, or that an open file is
 * in whatever its path is relative to. */
static void
folder_of(char *out, size_t size, int fd, const char *path)
{
	if (fd == AT_FDCWD)
		snprintf(out, size, "%s", path);
	else
		name_of(out, size, fd);
	if (fd == AT_FDCWD || !is_folder(fd))
		go_up(out, size);
}

int
mvc_sys_full(int fd, const char *path)
{
	char folder[PATH_MAX];
	struct statvfs v;
	uint64_t free = 0;

	folder_of(folder, sizeof(folder), fd, path);
	if ((fd == AT_FDCWD ? statvfs(folder, &v) : fstatvfs(fd, &v)) == 0)
		free = (uint64_t)v.f_bavail *
		    (v.f_frsize ? v.f_frsize : v.f_bsize);
	return mvc_fail(MVC_ENOSPACE,
	    "the disk of %s is full, with %" PRIu64 " kB free for us: make "
	    "room there (mvc gc --now frees what nothing needs), and type it "
	    "again",
	    folder, free / 1000);
}

/* The whole name of `path` below an open folder; else `path` itself. */
static void
full_name(char *out, size_t size, int fd, const char *path)
{
	size_t n;

	while (!strncmp(path, "./", 2))
		path += 2;
	out[0] = 0;
	if (fd != AT_FDCWD && path[0] != '/' && is_folder(fd))
		name_of(out, size, fd);
	n = strlen(out);
	if (!n)
		snprintf(out, size, "%s", path);
	else if (strcmp(path, "."))
		snprintf(out + n, size - n, "%s%s",
		    n > 1 || out[0] != '/' ? "/" : "", path);
}

/* The name, or its folder, that does not let us at it. */
static void
find_closed(char *name, size_t size, struct stat *st, bool folder)
{
	if (folder)
		go_up(name, size);
	while (lstat(name, st) < 0 && strcmp(name, ".") && strcmp(name, "/"))
		go_up(name, size);
}

static bool
is_denied(int e)
{
	return e == EACCES || e == EPERM || e == EROFS;
}

/* errno stays. */
static int
fail_denied(int fd, const char *what, const char *path, bool folder)
{
	char full[PATH_MAX], *tmp;
	int e = errno;
	struct stat st = {.st_mode = 0};

	full_name(full, sizeof(full), fd, path);
	tmp = strrchr(full, '/');
	if (tmp && !strncmp(tmp + 1, MVC_TMP_PREFIX, strlen(MVC_TMP_PREFIX))) {
		*tmp = 0;
		what = "write in";
		folder = false;
	}
	(void)!mvc_fail(MVC_EDENIED, "%s %s: %s", what, full, strerror(e));
	if (e == EROFS)
		return MVC_EDENIED;
	find_closed(full, sizeof(full), &st, folder);
	errno = e;
	if (st.st_uid == geteuid())
		return mvc_fail(MVC_EDENIED,
		    "%s: to allow it, type: chmod "
		    "u+%s %s",
		    mvc_error_text(), S_ISDIR(st.st_mode) ? "rwx" : "rw", full);
	return mvc_fail(MVC_EDENIED,
	    "%s: %s is another user's, who may let you (its mode is %03o)",
	    mvc_error_text(), full, (unsigned)st.st_mode & 07777);
}

static int
fail_at(int fd, const char *what, const char *path, bool folder)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return mvc_sys_full(fd, path);
	if (is_denied(errno))
		return fail_denied(fd, what, path, folder);
	return mvc_fail_errno("%s %s", what, path);
}

int
mvc_sys_fail(int fd, const char *what, const char *path)
{
	return fail_at(fd, what, path, false);
}

/* What fails because of the folder that the name is in. */
static int
fail_in_folder(int fd, const char *what, const char *path)
{
	return fail_at(fd, what, path, true);
}

int
mvc_sys_can_write(int dirfd, const char *path)
{
	struct stat st;
	int mode = W_OK;

	if (fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode))
		mode |= X_OK;
	if (faccessat(dirfd, path, mode, AT_EACCESS) == 0 || !is_denied(errno))
		return MVC_OK;
	return fail_at(
	    dirfd, mode & X_OK ? "write in" : "write to", path, false);
}

int
mvc_sys_open(int *fd, int dirfd, const char *path, int flags, mode_t mode)
{
	do
		*fd = openat(dirfd, path, flags | O_CLOEXEC, mode);
	while (*fd < 0 && errno == EINTR);
	if (*fd < 0)
		return mvc_sys_fail(dirfd, "open", path);
	return MVC_OK;
}

int
mvc_sys_close(int fd, const char *path)
{
	/* After EINTR the descriptor is closed on Linux: not retried. */
	if (close(fd) < 0 && errno != EINTR)
		return mvc_fail_errno("close %s", path);
	return MVC_OK;
}

int
mvc_sys_read(size_t *got, int fd, void *p, size_t n, const char *path)
{
	*got = 0;
	while (*got < n) {
		ssize_t r = read(fd, (char *)p + *got, n - *got);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mvc_fail_errno("read %s", path);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return MVC_OK;
}

int
mvc_sys_pread(
    size_t *got, int fd, void *p, size_t n, uint64_t off, const char *path)
{
	*got = 0;
	while (*got < n) {
		ssize_t r =
		    pread(fd, (char *)p + *got, n - *got, (off_t)(off + *got));

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mvc_fail_errno("read %s", path);
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return MVC_OK;
}

int
mvc_sys_write(int fd, const void *p, size_t n, const char *path)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = write(fd, at, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return mvc_sys_fail(fd, "write", path);
		at += w;
		n -= (size_t)w;
	}
	return MVC_OK;
}

void
mvc_sys_say(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, text, n);

		if (w <= 0)
			return;
		text += w;
		n -= (size_t)w;
	}
}

int
mvc_sys_push(size_t *put, int fd, const void *p, size_t n)
{
	ssize_t w = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

	*put = 0;
	if (w < 0 && errno == ENOTSOCK)
		w = write(fd, p, n);
	if (w < 0 && (errno == EPIPE || errno == ECONNRESET))
		return mvc_fail(MVC_EAGAIN, "the connection was closed");
	if (w < 0 && errno != EINTR && errno != EAGAIN)
		return mvc_fail_errno("write to a connection");
	*put = w < 0 ? 0 : (size_t)w;
	return MVC_OK;
}

int
mvc_sys_pwrite(int fd, const void *p, size_t n, uint64_t off, const char *path)
{
	const char *at = p;

	while (n > 0) {
		ssize_t w = pwrite(fd, at, n, (off_t)off);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return mvc_sys_fail(fd, "write", path);
		at += w;
		off += (uint64_t)w;
		n -= (size_t)w;
	}
	return MVC_OK;
}

int
mvc_sys_truncate(int fd, uint64_t size, const char *path)
{
	int r;

	do
		r = ftruncate(fd, (off_t)size);
	while (r < 0 && errno == EINTR);
	return r < 0 ? mvc_sys_fail(fd, "set the size of", path) : MVC_OK;
}

int
mvc_sys_fsync(int fd, const char *path)
{
	int r;

	do
		r = fsync(fd);
	while (r < 0 && errno == EINTR);
	return r < 0 ? mvc_sys_fail(fd, "write to the disk", path) : MVC_OK;
}

int
mvc_sys_fsync_dir(int dirfd, const char *path)
{
	int fd, err;

	err = mvc_sys_open(&fd, dirfd, path, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	err = mvc_sys_fsync(fd, path);
	close(fd);
	return err;
}

int
mvc_sys_rename(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	if (renameat(from_dirfd, from, to_dirfd, to) == 0)
		return MVC_OK;
	if (is_denied(errno))
		return fail_in_folder(to_dirfd, "put something at", to);
	return mvc_fail_errno("rename %s to %s", from, to);
}

int
mvc_sys_link(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	if (linkat(from_dirfd, from, to_dirfd, to, 0) < 0)
		return mvc_fail_errno("link %s to %s", from, to);
	return MVC_OK;
}

int
mvc_sys_link_fd(int fd, int to_dirfd, const char *to)
{
	char from[32];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, from, to_dirfd, to, AT_SYMLINK_FOLLOW) < 0)
		return fail_in_folder(to_dirfd, "make", to);
	return MVC_OK;
}

int
mvc_sys_unlink(int dirfd, const char *path)
{
	if (unlinkat(dirfd, path, 0) < 0)
		return fail_in_folder(dirfd, "remove", path);
	return MVC_OK;
}

int
mvc_sys_rmdir(int dirfd, const char *path)
{
	if (unlinkat(dirfd, path, AT_REMOVEDIR) < 0)
		return fail_in_folder(dirfd, "remove folder", path);
	return MVC_OK;
}

int
mvc_sys_mkdir(int dirfd, const char *path, mode_t mode)
{
	if (mkdirat(dirfd, path, mode) < 0)
		return fail_in_folder(dirfd, "make folder", path);
	return MVC_OK;
}

int
mvc_sys_symlink(const char *target, int dirfd, const char *path)
{
	if (symlinkat(target, dirfd, path) < 0)
		return fail_in_folder(dirfd, "make link", path);
	return MVC_OK;
}

int
mvc_sys_fchmod(int fd, mode_t mode, const char *path)
{
	if (fchmod(fd, mode) < 0)
		return mvc_sys_fail(fd, "set the mode of", path);
	return MVC_OK;
}

int
mvc_sys_chmod(int dirfd, const char *path, mode_t mode)
{
	if (fchmodat(dirfd, path, mode, 0) < 0)
		return mvc_sys_fail(dirfd, "set the mode of", path);
	return MVC_OK;
}

void
mvc_sys_start_writing(int fd, uint64_t off, uint64_t n)
{
#ifdef SYNC_FILE_RANGE_WRITE
	(void)!sync_file_range(fd, (off_t)off, (off_t)n, SYNC_FILE_RANGE_WRITE);
#endif
}

/* Asked rather than tried: some file systems take the flag and fail later. */
static bool
can_direct(int fd)
{
#ifdef STATX_DIOALIGN
	struct statx st;

	return statx(fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &st) == 0 &&
	    (st.stx_mask & STATX_DIOALIGN) && st.stx_dio_mem_align &&
	    st.stx_dio_mem_align <= 4096 && st.stx_dio_offset_align <= 4096;
#else
	return false;
#endif
}

bool
mvc_sys_direct(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || (on && !can_direct(fd)))
		return false;
	flags = on ? flags | O_DIRECT : flags & ~O_DIRECT;
	return fcntl(fd, F_SETFL, flags) == 0 && on;
}

size_t
mvc_sys_pread_direct(int fd, void *p, size_t n, uint64_t off)
{
	ssize_t r;

	do
		r = pread(fd, p, n, (off_t)off);
	while (r < 0 && errno == EINTR);
	return r < 0 ? 0 : (size_t)r;
}

/* cachestat(2) is of Linux 6.5; headers are often older than the system. */
bool
mvc_sys_cached(int fd, uint64_t off, uint64_t n)
{
#if defined(__linux__) && !defined(__alpha__)
	enum { CACHESTAT = 451 };
	struct {
		uint64_t off, len;
	} range = {off, n};
	struct {
		uint64_t cached, dirty, writeback, evicted, recently;
	} is;
	long page = sysconf(_SC_PAGESIZE);

	if (page > 0 && syscall(CACHESTAT, fd, &range, &is, 0) == 0)
		return is.cached >= n / (uint64_t)page;
#endif
	return true;
}

void
mvc_sys_reserve(int fd, uint64_t off, uint64_t n)
{
#ifdef FALLOC_FL_KEEP_SIZE
	(void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)n);
#endif
}

bool
mvc_sys_clone(int to, int from)
{
#ifdef FICLONE
	return ioctl(to, FICLONE, from) == 0;
#else
	return false;
#endif
}

unsigned
mvc_sys_columns(int fd)
{
	const char *columns = getenv("COLUMNS");
	struct winsize w;
	int n = columns ? atoi(columns) : 0;

	if (n <= 0 && ioctl(fd, TIOCGWINSZ, &w) == 0)
		n = w.ws_col;
	return n > 0 ? (unsigned)n : 80;
}
