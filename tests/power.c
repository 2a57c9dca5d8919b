/*
 * For tests/power.py, by LD_PRELOAD; does one of two things.
 *
 * With POWER_LOG and POWER_ROOT, every call that changes a file below the root
 * is made and then appended to the log, in the order in which calls returned:
 *
 *     OP PROGRAM INODE MTIME CTIME MODE NUMBER LENGTH PATHS\n
 *     the LENGTH bytes of both paths (each with a NUL), or of the data
 *
 * With POWER_STATS, files that the test rebuilt have the inode and the times
 * that they had when the log was written, as after a power cut they would:
 * lines of "its inode, its mtime, its ctime, inode and ctime then".
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

#define REAL(name) \
	__typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define NS(t) ((int64_t)(t).tv_sec * 1000000000 + (t).tv_nsec)

static const char *log_path, *root;
static size_t root_len;
static bool is_git;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct fake {
	uint64_t ino, ino_then;
	int64_t mtime, ctime, ctime_then;
};
static struct fake *fakes;
static size_t n_fakes;

static void
read_fakes(const char *path)
{
	REAL(fopen);
	FILE *f = real(path, "r");
	struct fake x;

	while (f &&
	    fscanf(f,
		"%" SCNu64 " %" SCNd64 " %" SCNd64 " %" SCNu64 " %" SCNd64,
		&x.ino, &x.mtime, &x.ctime, &x.ino_then, &x.ctime_then) == 5) {
		if ((n_fakes & (n_fakes + 1)) == 0)
			fakes =
			    realloc(fakes, (2 * n_fakes + 2) * sizeof(*fakes));
		if (!fakes)
			abort();
		fakes[n_fakes++] = x;
	}
	if (f)
		fclose(f);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *stats = getenv("POWER_STATS");

	root = getenv("POWER_ROOT");
	log_path = root ? getenv("POWER_LOG") : NULL;
	root_len = root ? strlen(root) : 0;
	is_git = !strcmp(program_invocation_short_name, "git");
	if (stats)
		read_fakes(stats);
}

/* Unchanged since it was rebuilt (the table is sorted by inode). */
static void
fake(uint64_t ino, int64_t mtime, int64_t ctime, const struct fake **out)
{
	size_t from = 0, to = n_fakes;

	*out = NULL;
	while (from < to) {
		size_t mid = (from + to) / 2;

		if (fakes[mid].ino < ino)
			from = mid + 1;
		else
			to = mid;
	}
	if (from < n_fakes && fakes[from].ino == ino &&
	    fakes[from].mtime == mtime && fakes[from].ctime == ctime)
		*out = &fakes[from];
}

#define FAKE(st)                                                               \
	do {                                                                   \
		const struct fake *x_;                                         \
		fake((st)->st_ino, NS((st)->st_mtim), NS((st)->st_ctim), &x_); \
		if (x_) {                                                      \
			(st)->st_ino = x_->ino_then;                           \
			(st)->st_ctim.tv_sec = x_->ctime_then / 1000000000;    \
			(st)->st_ctim.tv_nsec = x_->ctime_then % 1000000000;   \
		}                                                              \
	} while (0)

/* Both of each pair, for callers with and without 64-bit offsets. */
#define STATS(suffix)                                                       \
	int stat##suffix(const char *path, struct stat##suffix *st)         \
	{                                                                   \
		int r = fstatat##suffix(AT_FDCWD, path, st, 0);             \
		return r;                                                   \
	}                                                                   \
	int lstat##suffix(const char *path, struct stat##suffix *st)        \
	{                                                                   \
		return fstatat##suffix(                                     \
		    AT_FDCWD, path, st, AT_SYMLINK_NOFOLLOW);               \
	}                                                                   \
	int fstat##suffix(int fd, struct stat##suffix *st)                  \
	{                                                                   \
		return fstatat##suffix(fd, "", st, AT_EMPTY_PATH);          \
	}                                                                   \
	int fstatat##suffix(                                                \
	    int dir, const char *path, struct stat##suffix *st, int flags)  \
	{                                                                   \
		int r = (int)syscall(SYS_newfstatat, dir, path, st, flags); \
		if (r == 0 && n_fakes)                                      \
			FAKE(st);                                           \
		return r;                                                   \
	}

STATS()
STATS(64)

/* The log. */

static bool
path_of(char path[PATH_MAX], int fd)
{
	char handle[64];
	ssize_t n;

	snprintf(handle, sizeof(handle), "/proc/self/fd/%d", fd);
	n = readlink(handle, path, PATH_MAX - 1);
	path[n < 0 ? 0 : n] = 0;
	return n > 0;
}

/* The path of a name in a folder: its parent's real path, and the name. */
static bool
resolve(char out[PATH_MAX], int dir, const char *path)
{
	char at[2 * PATH_MAX], parent[PATH_MAX], *slash;
	ssize_t n = 0;

	if (path[0] != '/' && dir != AT_FDCWD)
		n = path_of(at, dir) ? (ssize_t)strlen(at) : -1;
	else if (path[0] != '/')
		n = getcwd(at, PATH_MAX) ? (ssize_t)strlen(at) : -1;
	if (n < 0)
		return false;
	snprintf(at + n, sizeof(at) - (size_t)n, "%s%s", n ? "/" : "", path);
	for (n = (ssize_t)strlen(at); n > 1 && at[n - 1] == '/'; n--)
		at[n - 1] = 0;
	slash = strrchr(at, '/');
	*slash = 0;
	if (!realpath(slash == at ? "/" : at, parent))
		return false;
	if (!strcmp(slash + 1, "."))
		return snprintf(out, PATH_MAX, "%s", parent) < PATH_MAX;
	return snprintf(out, PATH_MAX, "%s/%s", parent, slash + 1) < PATH_MAX;
}

static bool
is_below(const char *path)
{
	return !strncmp(path, root, root_len) &&
	    (path[root_len] == '/' || path[root_len] == 0);
}

static bool
logs_fd(int fd)
{
	char path[PATH_MAX];

	return log_path && path_of(path, fd) && is_below(path);
}

static void
append(char op, const struct stat *st, int64_t number, const void *p, size_t n,
    bool paths)
{
	char head[256];
	struct iovec v[2] = {{head, 0}, {(void *)(uintptr_t)p, n}};
	int fd = (int)syscall(SYS_openat, AT_FDCWD, log_path,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	v[0].iov_len = (size_t)snprintf(head, sizeof(head),
	    "%c %s %" PRIu64 " %" PRId64 " %" PRId64 " %o %" PRId64 " %zu %d\n",
	    op, program_invocation_short_name, (uint64_t)st->st_ino,
	    NS(st->st_mtim), NS(st->st_ctim), (unsigned)st->st_mode, number, n,
	    paths);
	if (fd < 0 ||
	    syscall(SYS_writev, fd, v, 2) != (ssize_t)(v[0].iov_len + n))
		abort();
	syscall(SYS_close, fd);
}

static void
log_paths(char op, const struct stat *st, int64_t number, const char *a,
    const char *b)
{
	char both[2 * PATH_MAX];
	size_t n = strlen(a) + 1, m = strlen(b) + 1;

	memcpy(both, a, n);
	memcpy(both + n, b, m);
	append(op, st, number, both, n + m, true);
}

static void
log_fd(char op, int fd, int64_t number, const void *p, size_t n)
{
	struct stat st;

	if (syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) == 0)
		append(op, &st, number, p, n, false);
}

static void
log_sync(int fd)
{
	char path[PATH_MAX];
	struct stat st;

	if (!path_of(path, fd) ||
	    syscall(SYS_newfstatat, fd, "", &st, AT_EMPTY_PATH) < 0)
		abort();
	log_paths('F', &st, 0, path, "");
}

/* What a path is by now; the second path is told too. */
static void
log_at(char op, const char *path, const char *other)
{
	struct stat st = {0};

	if (syscall(SYS_newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) <
	    0)
		memset(&st, 0, sizeof(st));
	log_paths(op, &st, 0, path, other);
}

/* All of a file's bytes: what stdio wrote behind our back. */
static void
log_whole(int fd)
{
	char handle[64], *p;
	struct stat st;
	ssize_t n;
	int in;

	snprintf(handle, sizeof(handle), "/proc/self/fd/%d", fd);
	in =
	    (int)syscall(SYS_openat, AT_FDCWD, handle, O_RDONLY | O_CLOEXEC, 0);
	if (in < 0 || syscall(SYS_newfstatat, in, "", &st, AT_EMPTY_PATH) < 0 ||
	    !S_ISREG(st.st_mode)) {
		if (in >= 0)
			syscall(SYS_close, in);
		return;
	}
	p = malloc((size_t)st.st_size + 1);
	n = p ? pread(in, p, (size_t)st.st_size, 0) : -1;
	if (n != st.st_size)
		abort();
	append('Z', &st, 0, p, (size_t)n, false);
	free(p);
	syscall(SYS_close, in);
}

static int
end(int r)
{
	int saved = errno;

	pthread_mutex_unlock(&lock);
	errno = saved;
	return r;
}

static int
open_logged(int dir, const char *path, int flags, mode_t mode)
{
	char full[PATH_MAX];
	struct stat st;
	bool was;
	int fd;

	if (!log_path || !(flags & (O_CREAT | O_TRUNC | O_TMPFILE)) ||
	    !resolve(full, dir, path) || !is_below(full))
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	pthread_mutex_lock(&lock);
	was = syscall(SYS_newfstatat, AT_FDCWD, full, &st, 0) == 0;
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	if (fd >= 0) {
		int saved = errno;

		if ((flags & O_TMPFILE) == O_TMPFILE)
			log_fd('N', fd, 0, "", 0);
		else if (!was)
			log_at('C', full, "");
		else if (flags & O_TRUNC && st.st_size)
			log_fd('T', fd, 0, "", 0);
		errno = saved;
	}
	return end(fd);
}

#define OPENS(name)                                              \
	int name(const char *path, int flags, ...)               \
	{                                                        \
		va_list ap;                                      \
		mode_t mode;                                     \
		va_start(ap, flags);                             \
		mode = va_arg(ap, mode_t);                       \
		va_end(ap);                                      \
		return open_logged(AT_FDCWD, path, flags, mode); \
	}
#define OPENATS(name)                                       \
	int name(int dir, const char *path, int flags, ...) \
	{                                                   \
		va_list ap;                                 \
		mode_t mode;                                \
		va_start(ap, flags);                        \
		mode = va_arg(ap, mode_t);                  \
		va_end(ap);                                 \
		return open_logged(dir, path, flags, mode); \
	}
OPENS(open)
OPENS(open64)
OPENATS(openat)
OPENATS(openat64)

int __open64_2(const char *path, int flags);
int __open_2(const char *path, int flags);
int
__open64_2(const char *path, int flags)
{
	return open_logged(AT_FDCWD, path, flags, 0);
}
int
__open_2(const char *path, int flags)
{
	return open_logged(AT_FDCWD, path, flags, 0);
}

static int
temporary(char *name)
{
	size_t n = strlen(name);
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	snprintf(name + n - 6, 7, "%06lx",
	    (unsigned long)(t.tv_nsec ^ getpid() << 12) & 0xffffff);
	return open_logged(AT_FDCWD, name, O_RDWR | O_CREAT | O_EXCL, 0600);
}
int
mkstemp(char *name)
{
	return temporary(name);
}
int
mkstemp64(char *name)
{
	return temporary(name);
}

static FILE *
fopen_logged(const char *path, const char *mode)
{
	int flags = strchr(mode, '+') ? O_RDWR
	    : mode[0] == 'r'          ? O_RDONLY
				      : O_WRONLY;
	int fd;

	if (mode[0] == 'w')
		flags |= O_CREAT | O_TRUNC;
	else if (mode[0] == 'a')
		flags |= O_CREAT | O_APPEND;
	fd = open_logged(AT_FDCWD, path, flags | O_CLOEXEC, 0666);
	return fd < 0 ? NULL : fdopen(fd, mode);
}
FILE *
fopen(const char *path, const char *mode)
{
	return fopen_logged(path, mode);
}
FILE *
fopen64(const char *path, const char *mode)
{
	return fopen_logged(path, mode);
}

int
fclose(FILE *f)
{
	REAL(fclose);
	int fd = fileno(f), r;

	if (fd < 0 || (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY ||
	    !logs_fd(fd))
		return real(f);
	pthread_mutex_lock(&lock);
	fflush(f);
	log_whole(fd);
	r = real(f);
	return end(r);
}

static ssize_t
wrote(int fd, const void *p, ssize_t n, off_t at)
{
	int saved = errno;

	if (n > 0) {
		if (at < 0)
			at = (off_t)syscall(SYS_lseek, fd, 0, SEEK_CUR) - n;
		log_fd('W', fd, at, p, (size_t)n);
	}
	pthread_mutex_unlock(&lock);
	errno = saved;
	return n;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	if (!logs_fd(fd))
		return syscall(SYS_write, fd, p, n);
	pthread_mutex_lock(&lock);
	return wrote(fd, p, syscall(SYS_write, fd, p, n), -1);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (!logs_fd(fd))
		return syscall(SYS_pwrite64, fd, p, n, at);
	pthread_mutex_lock(&lock);
	return wrote(fd, p, syscall(SYS_pwrite64, fd, p, n, at), at);
}
ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return pwrite(fd, p, n, at);
}

/* Written one by one, which callers must bear. */
ssize_t
writev(int fd, const struct iovec *v, int n)
{
	ssize_t sum = 0;

	if (!logs_fd(fd))
		return syscall(SYS_writev, fd, v, n);
	for (int i = 0; i < n; i++) {
		ssize_t r = write(fd, v[i].iov_base, v[i].iov_len);

		if (r < 0)
			return sum ? sum : r;
		sum += r;
	}
	return sum;
}

int
ftruncate(int fd, off_t size)
{
	int r;

	if (!logs_fd(fd))
		return (int)syscall(SYS_ftruncate, fd, size);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_ftruncate, fd, size);
	if (r == 0)
		log_fd('T', fd, size, "", 0);
	return end(r);
}
int
ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

static int
sync_logged(long call, int fd)
{
	int r;

	if (!logs_fd(fd))
		return (int)syscall(call, fd);
	pthread_mutex_lock(&lock);
	if (is_git)
		log_whole(fd);
	r = (int)syscall(call, fd);
	if (r == 0)
		log_sync(fd);
	return end(r);
}
int
fsync(int fd)
{
	return sync_logged(SYS_fsync, fd);
}
int
fdatasync(int fd)
{
	return sync_logged(SYS_fdatasync, fd);
}

int
renameat(int d1, const char *from, int d2, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX];
	int r;

	if (!log_path || !resolve(a, d1, from) || !resolve(b, d2, to) ||
	    !is_below(b))
		return (int)syscall(SYS_renameat2, d1, from, d2, to, 0);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_renameat2, d1, from, d2, to, 0);
	if (r == 0)
		log_at('R', b, a);
	return end(r);
}
int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
linkat(int d1, const char *from, int d2, const char *to, int flags)
{
	char b[PATH_MAX];
	int r;

	if (!log_path || !resolve(b, d2, to) || !is_below(b))
		return (int)syscall(SYS_linkat, d1, from, d2, to, flags);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_linkat, d1, from, d2, to, flags);
	if (r == 0)
		log_at('L', b, "");
	return end(r);
}
int
link(const char *from, const char *to)
{
	return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlinkat(int dir, const char *path, int flags)
{
	char a[PATH_MAX];
	int r;

	if (!log_path || !resolve(a, dir, path) || !is_below(a))
		return (int)syscall(SYS_unlinkat, dir, path, flags);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_unlinkat, dir, path, flags);
	if (r == 0)
		log_at('U', a, "");
	return end(r);
}
int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}
int
rmdir(const char *path)
{
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}
int
remove(const char *path)
{
	int r = unlinkat(AT_FDCWD, path, 0);

	return r < 0 && errno == EISDIR ? rmdir(path) : r;
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	char a[PATH_MAX];
	int r;

	if (!log_path || !resolve(a, dir, path) || !is_below(a))
		return (int)syscall(SYS_mkdirat, dir, path, mode);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_mkdirat, dir, path, mode);
	if (r == 0)
		log_at('M', a, "");
	return end(r);
}
int
mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

int
symlinkat(const char *target, int dir, const char *path)
{
	char a[PATH_MAX];
	int r;

	if (!log_path || !resolve(a, dir, path) || !is_below(a))
		return (int)syscall(SYS_symlinkat, target, dir, path);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_symlinkat, target, dir, path);
	if (r == 0)
		log_at('S', a, target);
	return end(r);
}
int
symlink(const char *target, const char *path)
{
	return symlinkat(target, AT_FDCWD, path);
}

int
fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	char a[PATH_MAX];
	int r;

	if (!log_path || !resolve(a, dir, path) || !is_below(a))
		return (int)syscall(SYS_fchmodat, dir, path, mode);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_fchmodat, dir, path, mode);
	if (r == 0)
		log_at('H', a, "");
	return end(r);
}
int
chmod(const char *path, mode_t mode)
{
	return fchmodat(AT_FDCWD, path, mode, 0);
}
int
fchmod(int fd, mode_t mode)
{
	int r;

	if (!logs_fd(fd))
		return (int)syscall(SYS_fchmod, fd, mode);
	pthread_mutex_lock(&lock);
	r = (int)syscall(SYS_fchmod, fd, mode);
	if (r == 0)
		log_fd('H', fd, 0, "", 0);
	return end(r);
}

int
utime(const char *path, const struct utimbuf *t)
{
	struct timespec ts[2] = {{0}};

	if (t) {
		ts[0].tv_sec = t->actime;
		ts[1].tv_sec = t->modtime;
	}
	return utimensat(AT_FDCWD, path, t ? ts : NULL, 0);
}
int
utimes(const char *path, const struct timeval t[2])
{
	struct utimbuf u = {0};

	if (t) {
		u.actime = t[0].tv_sec;
		u.modtime = t[1].tv_sec;
	}
	return utime(path, t ? &u : NULL);
}

int
utimensat(int dir, const char *path, const struct timespec t[2], int flags)
{
	char a[PATH_MAX];
	int r = (int)syscall(SYS_utimensat, dir, path, t, flags);

	if (r == 0 && log_path && resolve(a, dir, path) && is_below(a)) {
		pthread_mutex_lock(&lock);
		log_at('A', a, "");
		end(0);
	}
	return r;
}

/* Not to be had: callers fall back to reading and writing. */
ssize_t
copy_file_range(
    int in, off64_t *in_at, int out, off64_t *out_at, size_t n, unsigned flags)
{
	if (!logs_fd(out))
		return syscall(
		    SYS_copy_file_range, in, in_at, out, out_at, n, flags);
	errno = ENOSYS;
	return -1;
}
