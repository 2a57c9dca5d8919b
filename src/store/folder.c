#include "store/folder.h"
#include "util/sys.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

/* The folder part of a key ("." where it has none). */
static void
folder_of(char *out, size_t size, const char *key)
{
	const char *slash = strrchr(key, '/');

	snprintf(out, size, "%.*s", slash ? (int)(slash - key) : 1,
	    slash ? key : ".");
}

static int
make_folder(const struct mvc_folder *f, const char *folder)
{
	char parent[512];
	int err;

	/* The parent of "." is itself. */
	if (!strcmp(folder, ".") || mvc_file_exists(f->fd, folder))
		return MVC_OK;
	folder_of(parent, sizeof(parent), folder);
	err = make_folder(f, parent);
	if (err)
		return err;
	err = mvc_file_mkdirs(f->fd, folder, f->dir & 0777);
	if (!err && f->exact)
		err = mvc_sys_chmod(f->fd, folder, f->dir);
	return err;
}

void
mvc_folder_share(struct mvc_folder *f, unsigned shared)
{
	f->exact = shared != 0;
	f->file = shared ? (shared & 0444) | 0400 : 0444;
	f->dir =
	    shared ? 02700 | (shared & 0777) | ((shared & 0444) >> 2) : 0777;
}

int
mvc_folder_tmp(struct mvc_tmpfile *t, const struct mvc_folder *f)
{
	int err;

	err = mvc_tmpfile_open(t, f->fd, "tmp", f->file);
	if (err == MVC_ENOTFOUND) {
		/* Whoever copied the store left out what was empty. */
		err = make_folder(f, "tmp");
		if (!err)
			err = mvc_tmpfile_open(t, f->fd, "tmp", f->file);
	}
	if (err || !f->exact)
		return err;
	err = mvc_sys_fchmod(t->fd, f->file, t->name);
	if (err)
		mvc_tmpfile_release(t);
	return err;
}

int
mvc_folder_make(const struct mvc_folder *f, const char *key)
{
	char folder[512];

	folder_of(folder, sizeof(folder), key);
	return make_folder(f, folder);
}

int
mvc_folder_publish(
    struct mvc_tmpfile *t, const struct mvc_folder *f, const char *key)
{
	int err;

	err = mvc_folder_make(f, key);
	if (err) {
		mvc_tmpfile_release(t);
		return err;
	}
	return mvc_tmpfile_commit(t, f->fd, key, true);
}

int
mvc_folder_sync(const struct mvc_folder *f, const char *key)
{
	char folder[512];

	folder_of(folder, sizeof(folder), key);
	return mvc_sys_fsync_dir(f->fd, folder);
}

int
mvc_folder_put(
    const struct mvc_folder *f, const char *key, const void *p, size_t n)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	int err;

	err = mvc_folder_tmp(&t, f);
	if (err)
		return err;
	err = mvc_sys_write(t.fd, p, n, key);
	if (err) {
		mvc_tmpfile_release(&t);
		return err;
	}
	err = mvc_folder_publish(&t, f, key);
	if (err)
		return err;
	return mvc_folder_sync(f, key);
}

int
mvc_folder_each(const struct mvc_folder *f, const char *folder,
    int (*each)(void *arg, int dirfd, const char *name), void *arg)
{
	struct dirent *e;
	int fd, err;
	DIR *d;

	err = mvc_sys_open(&fd, f->fd, folder, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", folder);
	}
	for (errno = 0; !err && (e = readdir(d)); errno = 0)
		err = each(arg, fd, e->d_name);
	if (!err && errno)
		err = mvc_fail_errno("read %s/%s", f->path, folder);
	closedir(d);
	return err;
}

int
mvc_folder_lock(int *fd, const struct mvc_folder *f, bool alone)
{
	mode_t mode = f->exact ? f->file | (f->file & 0444) >> 1 : 0666;
	int err;

	err = mvc_sys_open(fd, f->fd, "lock", O_RDWR | O_CREAT, mode);
	if (err)
		return mvc_fail_prefix(err, "write to the store %s", f->path);
	/* Only its owner can, and need: the others found it so. */
	if (f->exact)
		(void)!mvc_sys_fchmod(*fd, mode, "lock");
	while (flock(*fd, alone ? LOCK_EX | LOCK_NB : LOCK_SH) < 0) {
		if (errno == EINTR)
			continue;
		err = errno == EWOULDBLOCK
		    ? mvc_fail(MVC_EAGAIN,
			  "another mvc is writing to the store %s: try again "
			  "when it is done",
			  f->path)
		    : mvc_fail_errno("lock %s/lock", f->path);
		close(*fd);
		*fd = -1;
		return err;
	}
	return MVC_OK;
}
