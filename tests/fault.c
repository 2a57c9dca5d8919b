/*
 * Fails chosen system calls and allocations of a program it is preloaded into
 * (LD_PRELOAD), told by the environment:
 *
 *   FAULT_CALLS  which count, words of `groups` below, separated by commas
 *   FAULT_ROOT   of those with a file: only where it is below this folder
 *   FAULT_FROM   only those made by these, substrings of a library's name
 *                separated by commas, "mvc" being the program
 *   FAULT_AT     the first that fails, from 1; 0: none, they are counted
 *   FAULT_FOR    how many fail: 1 (once), 0 (all from then on)
 *   FAULT_STEP   of these, every how manieth (1; 2: those between succeed)
 *   FAULT_ERROR  the errno; 0: reads and writes are cut short instead
 *   FAULT_DONE   1: the call is carried out, and its failure reported
 *   FAULT_STATE  a file of a page: the count (u64), the leaked (u64), then two
 *                lines: the first that failed, the first that leaked
 *   FAULT_LEAKS  1: what those of FAULT_FROM allocated and nobody freed at exit
 *                is counted, and told in FAULT_STATE
 *   FAULT_LOG    a file that gets a line for each call that counts
 *   FAULT_SLOW   milliseconds that each call takes longer, while
 *   FAULT_WHILE  this file exists
 *
 * Only mvc itself: a shell passes it on, and a git that mvc starts goes without.
 * Counted over all threads. Files are told apart by /proc, so that what the
 * loader and the C library read for themselves does not count.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum group {
	G_OPEN, /* for reading, folders too */
	G_CREATE, /* for writing */
	G_READ,
	G_WRITE,
	G_FSYNC,
	G_RENAME, /* and hard links */
	G_UNLINK, /* and rmdir */
	G_MAKE, /* mkdir, symlink */
	G_SIZE, /* ftruncate, fallocate */
	G_MODE,
	G_STAT,
	G_LIST, /* opendir, readdir */
	G_MAP,
	G_CLOSE,
	G_LOCK,
	G_THREAD,
	G_DUP,
	G_PIPE, /* pipe, socketpair, fork */
	G_RANDOM,
	G_HINT, /* what may fail without harm: reserve, direct, reflink */
	G_NAME, /* getcwd, realpath */
	G_ALLOC,
	GROUPS
};
static const char *const groups[GROUPS] = {"open", "create", "read", "write",
    "fsync", "rename", "unlink", "make", "size", "mode", "stat", "list", "map",
    "close", "lock", "thread", "dup", "pipe", "random", "hint", "name",
    "alloc"};

#define MAX_FROM 8

static struct {
	unsigned set; /* groups, a bit each */
	uint64_t at, times, step;
	int error;
	bool done;
	const char *root;
	size_t root_len;
	int log;
	uint64_t slow;
	const char *slow_while;
	struct range {
		uintptr_t from, to;
	} from[MAX_FROM];
	unsigned n_from;
	bool any_from;
	struct state {
		_Atomic uint64_t count, leaked;
		char first[3500], leak[500];
	} * state;
	_Atomic bool on;
} f;

/* What comes next in the search order: the C library's, or a sanitizer's. */
#define NEXT(name)                                                          \
	({                                                                  \
		static __typeof__(&name) next_;                             \
		if (!next_)                                                 \
			next_ = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
		next_;                                                      \
	})

/* ---- what is allocated ---- */

/* By address, an open hash; a place that was freed is NULL with its maker. */
#define HELD (1u << 18)
static struct held {
	void *p;
	const void *by;
} * held;
static unsigned n_held;
static pthread_mutex_t held_lock = PTHREAD_MUTEX_INITIALIZER;

static bool is_from(const void *caller);
static void place(char *out, size_t size, const void *caller);

static struct held *
held_at(const void *p)
{
	uint32_t i = (uint32_t)(((uintptr_t)p >> 4) * 2654435761u) % HELD;

	while (held[i].by && held[i].p != p)
		i = (i + 1) % HELD;
	return &held[i];
}

static void *
hold(void *p, const void *by)
{
	struct held *h;

	if (!held || !p || !is_from(by))
		return p;
	pthread_mutex_lock(&held_lock);
	h = held_at(p);
	if (h->by || n_held < HELD / 2) {
		n_held += !h->by;
		h->p = p;
		h->by = by;
	}
	pthread_mutex_unlock(&held_lock);
	return p;
}

static void
let_go(void *p)
{
	if (!held || !p)
		return;
	pthread_mutex_lock(&held_lock);
	held_at(p)->p = NULL;
	pthread_mutex_unlock(&held_lock);
}

static uint64_t
number(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s && *s ? strtoull(s, NULL, 10) : otherwise;
}

static int
add_ranges(struct dl_phdr_info *info, size_t n_info, void *arg)
{
	const char *from = arg;
	const char *name = strrchr(info->dlpi_name, '/');
	char word[256];
	size_t n;

	name = *info->dlpi_name ? name ? name + 1 : info->dlpi_name : "mvc";
	for (; *from; from += n + (from[n] == ',')) {
		n = strcspn(from, ",");
		snprintf(word, sizeof(word), "%.*s", (int)n, from);
		for (int i = 0; n && strstr(name, word) && i < info->dlpi_phnum;
		     i++) {
			const ElfW(Phdr) *p = &info->dlpi_phdr[i];

			if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) ||
			    f.n_from == MAX_FROM)
				continue;
			f.from[f.n_from].from = info->dlpi_addr + p->p_vaddr;
			f.from[f.n_from++].to =
			    info->dlpi_addr + p->p_vaddr + p->p_memsz;
		}
	}
	return 0;
}

static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (; words; words = strchr(words, ','), words += words != NULL)
		if (strcspn(words, ",") == n && !memcmp(words, word, n))
			return true;
	return false;
}

__attribute__((constructor)) static void
start(void)
{
	const char *calls = getenv("FAULT_CALLS");
	const char *state = getenv("FAULT_STATE");
	const char *log = getenv("FAULT_LOG");
	char *from = getenv("FAULT_FROM");
	int fd;

	if (!calls || strcmp(program_invocation_short_name, "mvc"))
		return;
	for (unsigned g = 0; g < GROUPS; g++)
		if (has_word(calls, groups[g]))
			f.set |= 1u << g;
	f.at = number("FAULT_AT", 0);
	f.times = number("FAULT_FOR", 1);
	f.step = number("FAULT_STEP", 1);
	f.error = (int)number("FAULT_ERROR", EIO);
	f.done = number("FAULT_DONE", 0) != 0;
	f.slow = number("FAULT_SLOW", 0);
	f.slow_while = getenv("FAULT_WHILE");
	f.root = getenv("FAULT_ROOT");
	f.root_len = f.root ? strlen(f.root) : 0;
	f.any_from = !from;
	if (from)
		dl_iterate_phdr(add_ranges, from);
	fd = state ? (int)syscall(SYS_openat, AT_FDCWD, state, O_RDWR) : -1;
	if (fd >= 0) {
		f.state = mmap(NULL, sizeof(*f.state), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);
		syscall(SYS_close, fd);
	}
	if (fd < 0 || f.state == MAP_FAILED)
		f.state = calloc(1, sizeof(*f.state));
	f.log = log ? (int)syscall(SYS_openat, AT_FDCWD, log,
			  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		    : -1;
	if (number("FAULT_LEAKS", 0)) {
		held = mmap(NULL, HELD * sizeof(*held), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		held = held == MAP_FAILED ? NULL : held;
	}
	/* A git that is started is not what is tested. */
	unsetenv("LD_PRELOAD");
	f.on = true;
}

__attribute__((destructor)) static void
end(void)
{
	for (unsigned i = 0; held && i < HELD; i++) {
		if (!held[i].p)
			continue;
		if (f.state->leaked++ == 0)
			place(f.state->leak, sizeof(f.state->leak), held[i].by);
	}
}

static void
link_of(char *out, size_t size, const char *fd)
{
	char name[64];
	long n;

	snprintf(name, sizeof(name), "/proc/self/%s", fd);
	n = syscall(SYS_readlinkat, AT_FDCWD, name, out, size - 1);
	out[n > 0 ? n : 0] = 0;
}

/* The file of a call, and whether it is one of those that count. */
static bool
is_below(char *out, size_t size, int fd, const char *path)
{
	char number_of[32] = "cwd";
	size_t n = 0;

	if (!path || *path != '/') {
		if (fd != AT_FDCWD)
			snprintf(number_of, sizeof(number_of), "fd/%d", fd);
		link_of(out, size, number_of);
		n = strlen(out);
	}
	if (path)
		snprintf(out + n, size - n, "%s%s", n ? "/" : "", path);
	return !f.root || !strncmp(out, f.root, f.root_len);
}

static bool
is_from(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	for (unsigned i = 0; i < f.n_from; i++)
		if (at >= f.from[i].from && at < f.from[i].to)
			return true;
	return f.any_from;
}

/* The file's name and the place in it that a debugger would show. */
static void
place(char *out, size_t size, const void *caller)
{
	const char *slash;
	Dl_info i;

	if (!dladdr(caller, &i) || !i.dli_fname) {
		snprintf(out, size, "?");
		return;
	}
	slash = strrchr(i.dli_fname, '/');
	snprintf(out, size, "%s+0x%zx", slash ? slash + 1 : i.dli_fname,
	    (size_t)((const char *)caller - (const char *)i.dli_fbase));
}

/* Whether this call, which counts, is to fail. */
static bool
fails(const void *caller, const char *name, const char *what)
{
	uint64_t n = atomic_fetch_add(&f.state->count, 1) + 1;
	bool bad = f.at && n >= f.at && (n - f.at) % f.step == 0 &&
	    (!f.times || (n - f.at) / f.step < f.times);
	char line[PATH_MAX + 128], from[128];
	int len;

	if (!(bad && n == f.at) && f.log < 0)
		return bad;
	place(from, sizeof(from), caller);
	len = snprintf(line, sizeof(line), "%llu %s%s %s from %s\n",
	    (unsigned long long)n, bad ? "! " : "", name, what, from);
	if (bad && n == f.at)
		memcpy(f.state->first, line,
		    (size_t)len < sizeof(f.state->first) ? (size_t)len : 0);
	if (f.log >= 0)
		(void)!syscall(SYS_write, f.log, line, len);
	return bad;
}

static bool
counts(enum group g, const void *caller)
{
	return f.on && (f.set >> g & 1) && is_from(caller);
}

/* Whether the call is to fail; errno is set then. */
static bool
fault_at(const void *caller, enum group g, const char *name, int fd,
    const char *path)
{
	char what[PATH_MAX + 256];
	int was = errno;
	bool bad;

	if (!counts(g, caller) || !is_below(what, sizeof(what), fd, path)) {
		errno = was;
		return false;
	}
	if (f.slow && !syscall(SYS_faccessat, AT_FDCWD, f.slow_while, F_OK))
		usleep((useconds_t)f.slow * 1000);
	bad = fails(caller, name, what);
	errno = bad ? f.error : was;
	return bad;
}

/* The same for what has no file. */
static bool
fault_anywhere_at(const void *caller, enum group g, const char *name)
{
	int was = errno;
	bool bad = counts(g, caller) && fails(caller, name, "");

	errno = bad ? g == G_ALLOC ? ENOMEM : f.error : was;
	return bad;
}

/* The wrappers are what their callers call, so this is their caller. */
#define CALLER __builtin_return_address(0)
#define fault(...) fault_at(CALLER, __VA_ARGS__)
#define fault_anywhere(...) fault_anywhere_at(CALLER, __VA_ARGS__)

/* A failing call that is carried out all the same. */
#define FAIL(bad, carried_out)        \
	do {                          \
		if (!f.done)          \
			return bad;   \
		(void)!(carried_out); \
		errno = f.error;      \
		return bad;           \
	} while (0)

/* ---- files ---- */

static enum group
group_of(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) ? G_CREATE
								    : G_OPEN;
}

static mode_t
mode_of(int flags, va_list ap)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;
}

int
openat(int fd, const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	if (fault(group_of(flags), "openat", fd, path))
		return -1;
	return NEXT(openat)(fd, path, flags, mode);
}

int
open(const char *path, int flags, ...)
{
	mode_t mode;
	va_list ap;

	va_start(ap, flags);
	mode = mode_of(flags, ap);
	va_end(ap);
	if (fault(group_of(flags), "open", AT_FDCWD, path))
		return -1;
	return NEXT(open)(path, flags, mode);
}

/* openat2 has no name of its own in the C library. */
long
syscall(long n, ...)
{
	static long (*next)(long, ...);
	long a[6];
	va_list ap;

	va_start(ap, n);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
#ifdef SYS_openat2
	if (n == SYS_openat2 && f.on) {
		const uint64_t *how = (const uint64_t *)a[2];

		if (fault(group_of((int)how[0]), "openat2", (int)a[0],
			(const char *)a[1]))
			return -1;
	}
#endif
	return next(n, a[0], a[1], a[2], a[3], a[4], a[5]);
}

FILE *
fopen(const char *path, const char *mode)
{
	if (fault(*mode == 'r' ? G_OPEN : G_CREATE, "fopen", AT_FDCWD, path))
		return NULL;
	return NEXT(fopen)(path, mode);
}

int
dup(int fd)
{
	return fault(G_DUP, "dup", fd, NULL) ? -1 : NEXT(dup)(fd);
}

int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long arg;

	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	if (what == F_DUPFD || what == F_DUPFD_CLOEXEC) {
		if (fault(G_DUP, "fcntl", fd, NULL))
			return -1;
	} else if (what == F_GETFL || what == F_SETFL) {
		if (fault(G_HINT, "fcntl", fd, NULL))
			return -1;
	}
	return NEXT(fcntl)(fd, what, arg);
}

int
ioctl(int fd, unsigned long what, ...)
{
	va_list ap;
	long arg;

	va_start(ap, what);
	arg = va_arg(ap, long);
	va_end(ap);
	if (fault(G_HINT, "ioctl", fd, NULL))
		return -1;
	return NEXT(ioctl)(fd, what, arg);
}

/* How many bytes a call that is cut short moves. */
static size_t
cut(size_t n)
{
	n = n > 1 ? n / 2 : n;
	/* What goes past the page cache is cut between blocks. */
	return n > 4096 ? n & ~(size_t)4095 : n;
}

#define MOVE(group, name, type, ...)                                \
	do {                                                        \
		if (!fault(group, #name, fd, NULL))                 \
			return NEXT(name)(fd, p, n, ##__VA_ARGS__); \
		if (f.error)                                        \
			return -1;                                  \
		return NEXT(name)(fd, p, cut(n), ##__VA_ARGS__);    \
	} while (0)

ssize_t
read(int fd, void *p, size_t n)
{
	MOVE(G_READ, read, void);
}

ssize_t
pread(int fd, void *p, size_t n, off_t at)
{
	MOVE(G_READ, pread, void, at);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	MOVE(G_WRITE, write, void);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	MOVE(G_WRITE, pwrite, void, at);
}

#define CALL(group, name, fd, path, ...)                   \
	do {                                               \
		if (fault(group, #name, fd, path))         \
			FAIL(-1, NEXT(name)(__VA_ARGS__)); \
		return NEXT(name)(__VA_ARGS__);            \
	} while (0)

int
fsync(int fd)
{
	CALL(G_FSYNC, fsync, fd, NULL, fd);
}

int
fdatasync(int fd)
{
	CALL(G_FSYNC, fdatasync, fd, NULL, fd);
}

int
rename(const char *a, const char *b)
{
	CALL(G_RENAME, rename, AT_FDCWD, b, a, b);
}

int
renameat(int fd, const char *a, int to, const char *b)
{
	CALL(G_RENAME, renameat, to, b, fd, a, to, b);
}

int
link(const char *a, const char *b)
{
	CALL(G_RENAME, link, AT_FDCWD, b, a, b);
}

int
linkat(int fd, const char *a, int to, const char *b, int flags)
{
	CALL(G_RENAME, linkat, to, b, fd, a, to, b, flags);
}

int
unlink(const char *path)
{
	CALL(G_UNLINK, unlink, AT_FDCWD, path, path);
}

int
unlinkat(int fd, const char *path, int flags)
{
	CALL(G_UNLINK, unlinkat, fd, path, fd, path, flags);
}

int
rmdir(const char *path)
{
	CALL(G_UNLINK, rmdir, AT_FDCWD, path, path);
}

int
mkdir(const char *path, mode_t mode)
{
	CALL(G_MAKE, mkdir, AT_FDCWD, path, path, mode);
}

int
mkdirat(int fd, const char *path, mode_t mode)
{
	CALL(G_MAKE, mkdirat, fd, path, fd, path, mode);
}

int
symlink(const char *target, const char *path)
{
	CALL(G_MAKE, symlink, AT_FDCWD, path, target, path);
}

int
symlinkat(const char *target, int fd, const char *path)
{
	CALL(G_MAKE, symlinkat, fd, path, target, fd, path);
}

int
ftruncate(int fd, off_t size)
{
	CALL(G_SIZE, ftruncate, fd, NULL, fd, size);
}

int
utimes(const char *path, const struct timeval t[2])
{
	CALL(G_MODE, utimes, AT_FDCWD, path, path, t);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
	CALL(G_HINT, fallocate, fd, NULL, fd, mode, at, n);
}

int
sync_file_range(int fd, off64_t at, off64_t n, unsigned flags)
{
	CALL(G_HINT, sync_file_range, fd, NULL, fd, at, n, flags);
}

int
posix_fadvise(int fd, off_t at, off_t n, int advice)
{
	if (fault(G_HINT, "posix_fadvise", fd, NULL))
		return f.error;
	return NEXT(posix_fadvise)(fd, at, n, advice);
}

int
statx(int fd, const char *path, int flags, unsigned mask, struct statx *st)
{
	CALL(G_HINT, statx, fd, *path ? path : NULL, fd, path, flags, mask, st);
}

char *
getcwd(char *p, size_t n)
{
	return fault(G_NAME, "getcwd", AT_FDCWD, NULL) ? NULL
						       : NEXT(getcwd)(p, n);
}

char *
realpath(const char *path, char *out)
{
	return fault(G_NAME, "realpath", AT_FDCWD, path)
	    ? NULL
	    : NEXT(realpath)(path, out);
}

int
chmod(const char *path, mode_t mode)
{
	CALL(G_MODE, chmod, AT_FDCWD, path, path, mode);
}

int
fchmod(int fd, mode_t mode)
{
	CALL(G_MODE, fchmod, fd, NULL, fd, mode);
}

int
fchmodat(int fd, const char *path, mode_t mode, int flags)
{
	CALL(G_MODE, fchmodat, fd, path, fd, path, mode, flags);
}

int
fstat(int fd, struct stat *st)
{
	CALL(G_STAT, fstat, fd, NULL, fd, st);
}

int
stat(const char *path, struct stat *st)
{
	CALL(G_STAT, stat, AT_FDCWD, path, path, st);
}

int
lstat(const char *path, struct stat *st)
{
	CALL(G_STAT, lstat, AT_FDCWD, path, path, st);
}

int
fstatat(int fd, const char *path, struct stat *st, int flags)
{
	CALL(G_STAT, fstatat, fd, path, fd, path, st, flags);
}

int
access(const char *path, int mode)
{
	CALL(G_STAT, access, AT_FDCWD, path, path, mode);
}

int
faccessat(int fd, const char *path, int mode, int flags)
{
	CALL(G_STAT, faccessat, fd, path, fd, path, mode, flags);
}

ssize_t
readlink(const char *path, char *p, size_t n)
{
	CALL(G_STAT, readlink, AT_FDCWD, path, path, p, n);
}

ssize_t
readlinkat(int fd, const char *path, char *p, size_t n)
{
	CALL(G_STAT, readlinkat, fd, path, fd, path, p, n);
}

int
statvfs(const char *path, struct statvfs *v)
{
	CALL(G_STAT, statvfs, AT_FDCWD, path, path, v);
}

int
fstatvfs(int fd, struct statvfs *v)
{
	CALL(G_STAT, fstatvfs, fd, NULL, fd, v);
}

int
flock(int fd, int how)
{
	CALL(G_LOCK, flock, fd, NULL, fd, how);
}

/* Closed whatever is answered, as Linux does. */
int
close(int fd)
{
	bool bad = fault(G_CLOSE, "close", fd, NULL);
	int r = NEXT(close)(fd);

	if (!bad)
		return r;
	errno = f.error;
	return -1;
}

DIR *
opendir(const char *path)
{
	return fault(G_LIST, "opendir", AT_FDCWD, path) ? NULL
							: NEXT(opendir)(path);
}

DIR *
fdopendir(int fd)
{
	return fault(G_LIST, "fdopendir", fd, NULL) ? NULL
						    : NEXT(fdopendir)(fd);
}

struct dirent *
readdir(DIR *d)
{
	return fault(G_LIST, "readdir", dirfd(d), NULL) ? NULL
							: NEXT(readdir)(d);
}

void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	if (fd >= 0 && fault(G_MAP, "mmap", fd, NULL))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, at, n, prot, flags, fd, off);
}

/* ---- what has no file ---- */

int
pthread_create(
    pthread_t *t, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	if (fault_anywhere(G_THREAD, "pthread_create"))
		return f.error;
	return NEXT(pthread_create)(t, attr, run, arg);
}

int
pipe2(int fds[2], int flags)
{
	return fault_anywhere(G_PIPE, "pipe2") ? -1 : NEXT(pipe2)(fds, flags);
}

int
socketpair(int domain, int type, int protocol, int fds[2])
{
	return fault_anywhere(G_PIPE, "socketpair")
	    ? -1
	    : NEXT(socketpair)(domain, type, protocol, fds);
}

pid_t
fork(void)
{
	return fault_anywhere(G_PIPE, "fork") ? -1 : NEXT(fork)();
}

ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	return fault_anywhere(G_RANDOM, "getrandom")
	    ? -1
	    : NEXT(getrandom)(p, n, flags);
}

/* ---- memory ---- */

#define no_memory(name) fault_anywhere(G_ALLOC, name)

void *
malloc(size_t n)
{
	return no_memory("malloc") ? NULL : hold(NEXT(malloc)(n), CALLER);
}

void *
calloc(size_t n, size_t size)
{
	return no_memory("calloc") ? NULL : hold(NEXT(calloc)(n, size), CALLER);
}

void *
realloc(void *p, size_t n)
{
	void *now;

	if (no_memory("realloc"))
		return NULL;
	let_go(p);
	now = NEXT(realloc)(p, n);
	hold(now ? now : p, CALLER);
	return now;
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	void *now;

	if (no_memory("reallocarray"))
		return NULL;
	let_go(p);
	now = NEXT(reallocarray)(p, n, size);
	hold(now ? now : p, CALLER);
	return now;
}

int
posix_memalign(void **out, size_t align, size_t n)
{
	int err;

	if (no_memory("posix_memalign"))
		return ENOMEM;
	err = NEXT(posix_memalign)(out, align, n);
	if (!err)
		hold(*out, CALLER);
	return err;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return no_memory("aligned_alloc")
	    ? NULL
	    : hold(NEXT(aligned_alloc)(align, n), CALLER);
}

char *
strdup(const char *s)
{
	return no_memory("strdup") ? NULL : hold(NEXT(strdup)(s), CALLER);
}

char *
strndup(const char *s, size_t n)
{
	return no_memory("strndup") ? NULL : hold(NEXT(strndup)(s, n), CALLER);
}

int
vasprintf(char **out, const char *fmt, va_list ap)
{
	int n;

	if (no_memory("vasprintf"))
		return -1;
	n = NEXT(vasprintf)(out, fmt, ap);
	if (n >= 0)
		hold(*out, CALLER);
	return n;
}

int
asprintf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (no_memory("asprintf"))
		return -1;
	va_start(ap, fmt);
	n = NEXT(vasprintf)(out, fmt, ap);
	va_end(ap);
	if (n >= 0)
		hold(*out, CALLER);
	return n;
}

void
free(void *p)
{
	let_go(p);
	NEXT(free)(p);
}
