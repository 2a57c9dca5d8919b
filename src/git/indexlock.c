#include "git/indexlock.h"
#include "git/foreign.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include "util/banned.h"

#define TRIES 20
#define PAUSE 50000 /* µs; with TRIES one second */

static const char ours[] = "held by mvc\n";

static bool
is_at(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* The lock of an mvc that no longer lives becomes ours. */
static bool
take_over(struct mvc_indexlock *l)
{
	MVC_OWN_FD int fd = open(l->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	char text[sizeof(ours)];

	if (fd < 0 || pread(fd, text, sizeof(text), 0) != sizeof(ours) - 1 ||
	    memcmp(text, ours, sizeof(ours) - 1))
		return false;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 || !is_at(fd, l->path))
		return false;
	l->fd = MVC_TAKE_FD(fd);
	return true;
}

/*
 * The file gets its name when it is flocked and says whose it is, so that no
 * moment leaves one that nobody may take over. Where files without a name are
 * not to be had, there are such moments.
 */
static int
make(struct mvc_indexlock *l)
{
	MVC_OWN_FD int fd = -1;
	bool named = false;
	int err;

#ifdef O_TMPFILE
	MVC_OWN_MEM char *folder = strdup(l->path);
	char *slash = folder ? strrchr(folder, '/') : NULL;

	/* It gets its name by way of /proc, which a chroot may lack. */
	if (slash && access("/proc/self/fd", X_OK) == 0) {
		slash[slash == folder] = 0;
		if (mvc_sys_open(
			&fd, AT_FDCWD, folder, O_WRONLY | O_TMPFILE, 0666))
			fd = -1;
	}
#endif
	if (fd < 0) {
		named = true;
		err = mvc_sys_open(
		    &fd, AT_FDCWD, l->path, O_WRONLY | O_CREAT | O_EXCL, 0666);
		if (err)
			return err;
	}
	do
		err = flock(fd, LOCK_EX | LOCK_NB);
	while (err < 0 && errno == EINTR);
	err = err < 0 && !named ? mvc_fail_errno("lock %s", l->path) : MVC_OK;
	if (!err)
		err = mvc_sys_write(fd, ours, sizeof(ours) - 1, l->path);
	/* Else a power cut leaves one that does not say whose it is. */
	if (!err)
		err = mvc_sys_fsync(fd, l->path);
	if (!err && !named)
		err = mvc_sys_link_fd(fd, AT_FDCWD, l->path);
	if (!err)
		l->fd = MVC_TAKE_FD(fd);
	else if (named)
		mvc_file_discard(AT_FDCWD, l->path);
	return err;
}

static int
name(struct mvc_indexlock *l, const char *path)
{
	*l = (struct mvc_indexlock)MVC_INDEXLOCK_INIT;
	return mvc_git_textf(&l->path, "%s.lock", path);
}

int
mvc_indexlock_take(struct mvc_indexlock *l, const char *path)
{
	int err = name(l, path);

	if (err)
		return err;
	err = make(l);
	for (int i = 1; i < TRIES && err == MVC_EEXISTS; i++) {
		if (take_over(l))
			return MVC_OK;
		usleep(PAUSE);
		err = make(l);
	}
	if (err == MVC_EEXISTS)
		return mvc_fail(MVC_EAGAIN,
		    "Git's %s is locked by %s: wait for the git command "
		    "that runs, or remove the file if none does",
		    strrchr(path, '/') ? strrchr(path, '/') + 1 : path,
		    l->path);
	return err;
}

int
mvc_indexlock_wait(const char *path)
{
	struct mvc_indexlock l;
	struct stat st;
	int err = name(&l, path);

	if (!err && lstat(l.path, &st) == 0) {
		mvc_indexlock_release(&l);
		err = mvc_indexlock_take(&l, path);
	}
	mvc_indexlock_release(&l);
	return err;
}

int
mvc_indexlock_drop(struct mvc_indexlock *l)
{
	int err = mvc_sys_unlink(AT_FDCWD, l->path);

	if (err && err != MVC_ENOTFOUND)
		return err;
	close(l->fd);
	l->fd = -1;
	return MVC_OK;
}

void
mvc_indexlock_release(struct mvc_indexlock *l)
{
	if (l->fd >= 0) {
		mvc_file_discard(AT_FDCWD, l->path);
		close(l->fd);
	}
	free(l->path);
	*l = (struct mvc_indexlock)MVC_INDEXLOCK_INIT;
}

void
mvc_indexlock_sweep(const char *path)
{
	struct mvc_indexlock l;

	if (name(&l, path) == MVC_OK)
		take_over(&l);
	mvc_indexlock_release(&l);
}
