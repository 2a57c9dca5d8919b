#include "util/file.h"
#include "util/beneath.h"
#include "util/banned.h"
#include "util/sys.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>

int
mvc_random(void *p, size_t n)
{
	uint8_t *at = p;

	while (n > 0) {
		ssize_t r = getrandom(at, n, 0);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return mvc_fail_errno("ask the system for randomness");
		at += r;
		n -= (size_t)r;
	}
	return MVC_OK;
}

/* Append up to n bytes to out, fewer only at the end of the file. */
static int
read_some(struct mvc_buf *out, size_t *got, int fd, size_t n, const char *path)
{
	int err = mvc_buf_reserve(out, n);

	if (err)
		return mvc_fail_prefix(err, "read %s", path);
	err = mvc_sys_read(got, fd, out->data + out->len, n, path);
	if (err)
		return err;
	out->len += *got;
	out->data[out->len] = 0;
	return MVC_OK;
}

/* A file of /proc, which has no size, or an empty one. */
static int
read_unsized(struct mvc_buf *out, int fd, const char *path)
{
	size_t got, want;
	char more;
	int err;

	do {
		want = out->max - out->len;
		if (want == 0) {
			err = mvc_sys_read(&got, fd, &more, 1, path);
			if (!err && got)
				err = mvc_fail(MVC_ETOOBIG,
				    "%s has more than %zu bytes", path,
				    out->max);
			return err;
		}
		if (want > 4096)
			want = 4096;
		err = read_some(out, &got, fd, want, path);
	} while (!err && got == want);
	return err;
}

static int
read_open(struct mvc_buf *out, int fd, const char *path)
{
	struct stat st;
	size_t got;

	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (S_ISDIR(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is a folder", path);
	if (S_ISFIFO(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s is a named pipe", path);
	if (st.st_size <= 0)
		return read_unsized(out, fd, path);
	return read_some(out, &got, fd, (size_t)st.st_size, path);
}

/* A named pipe would be waited for without an end. */
#define READ_FLAGS (O_RDONLY | O_NOCTTY | O_NONBLOCK)

int
mvc_file_read(struct mvc_buf *out, int dirfd, const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_sys_open(&fd, dirfd, path, READ_FLAGS, 0);

	return err ? err : read_open(out, fd, path);
}

int
mvc_file_read_beneath(struct mvc_buf *out, int dirfd, const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_beneath_open(&fd, dirfd, path, READ_FLAGS, 0);

	return err ? err : read_open(out, fd, path);
}

void
mvc_file_share(int dirfd, const char *path, mode_t bits)
{
	struct stat st;
	mode_t mode;

	if (!bits || fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_uid != geteuid() || S_ISLNK(st.st_mode))
		return;
	mode = st.st_mode & 07777;
	if (S_ISDIR(st.st_mode))
		mode |= bits | (bits & 0444) >> 2 | S_ISGID;
	else
		mode |= st.st_mode & S_IWUSR ? bits : bits & 0444;
	if (mode != (st.st_mode & 07777))
		(void)!mvc_sys_chmod(dirfd, path, mode);
}

mode_t
mvc_file_shared_bits(int dirfd, const char *folder)
{
	struct stat st;

	if (fstatat(dirfd, folder, &st, 0) < 0 || !(st.st_mode & S_ISGID))
		return 0;
	return st.st_mode & 0666;
}

bool
mvc_file_is_folder(int dirfd, const struct dirent *e)
{
	struct stat st;

	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

bool
mvc_file_exists(int dirfd, const char *path)
{
	struct stat st;

	return fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
mvc_file_absent(int dirfd, const char *path)
{
	return !mvc_file_exists(dirfd, path) &&
	    (errno == ENOENT || errno == ENOTDIR);
}

FILE *
mvc_file_stream(const char *path)
{
	FILE *f;

	do
		f = fopen(path, "re");
	while (!f && errno == EINTR);
	return f;
}

void
mvc_file_discard(int dirfd, const char *path)
{
	unlinkat(dirfd, path, 0);
}

int
mvc_tmpfile_open(
    struct mvc_tmpfile *t, int dirfd, const char *folder, mode_t mode)
{
	uint64_t r;
	int err, n;

	t->fd = -1;
	t->dirfd = dirfd;
	err = mvc_random(&r, sizeof(r));
	if (err)
		return err;
	n = snprintf(t->name, sizeof(t->name), "%s/%s%016" PRIx64, folder,
	    MVC_TMP_PREFIX, r);
	if (n < 0 || (size_t)n >= sizeof(t->name))
		return mvc_fail(MVC_ETOOBIG, "path too long: %s", folder);
	return mvc_sys_open(&t->fd, dirfd, t->name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
}

int
mvc_tmpfile_commit(
    struct mvc_tmpfile *t, int to_dirfd, const char *path, bool sync)
{
	int err = MVC_OK, fd;

	if (sync)
		err = mvc_sys_fsync(t->fd, path);
	if (err)
		goto fail;
	fd = MVC_TAKE_FD(t->fd);
	err = mvc_sys_close(fd, path);
	if (err)
		goto fail;
	err = mvc_sys_rename(t->dirfd, t->name, to_dirfd, path);
	if (err)
		goto fail;
	t->name[0] = 0;
	return MVC_OK;
fail:
	mvc_tmpfile_release(t);
	return err;
}

void
mvc_tmpfile_release(struct mvc_tmpfile *t)
{
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	if (t->name[0])
		mvc_file_discard(t->dirfd, t->name);
	t->name[0] = 0;
}

/* The folder part of path, "." where there is none. */
static int
folder_of(char *out, size_t size, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 1;

	if (slash == path)
		n = 1;
	if (n >= size)
		return mvc_fail(MVC_ETOOBIG, "path too long: %s", path);
	memcpy(out, slash ? path : ".", n);
	out[n] = 0;
	return MVC_OK;
}

int
mvc_file_replace(
    int dirfd, const char *path, const void *p, size_t n, mode_t mode)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	char folder[4096];
	int err;

	err = folder_of(folder, sizeof(folder), path);
	if (err)
		return err;
	err = mvc_tmpfile_open(&t, dirfd, folder, mode);
	if (err)
		return err;
	err = mvc_sys_write(t.fd, p, n, path);
	if (err) {
		mvc_tmpfile_release(&t);
		return err;
	}
	err = mvc_tmpfile_commit(&t, dirfd, path, true);
	if (err)
		return err;
	return mvc_sys_fsync_dir(dirfd, folder);
}

int
mvc_file_mkdirs(int dirfd, const char *path, mode_t mode)
{
	char parent[4096];
	struct stat st;
	int err;

	if (fstatat(dirfd, path, &st, 0) == 0) {
		if (S_ISDIR(st.st_mode))
			return MVC_OK;
		return mvc_fail(MVC_EEXISTS,
		    "%s is in the way: a folder is needed there", path);
	}
	err = folder_of(parent, sizeof(parent), path);
	if (err)
		return err;
	if (strcmp(parent, ".") && strcmp(parent, "/")) {
		err = mvc_file_mkdirs(dirfd, parent, mode);
		if (err)
			return err;
	}
	err = mvc_sys_mkdir(dirfd, path, mode);
	if (err && err != MVC_EEXISTS)
		return err;
	return mvc_sys_fsync_dir(dirfd, parent);
}
