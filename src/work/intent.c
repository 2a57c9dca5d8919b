#include "work/intent.h"

#include "util/file.h"
#include "util/own.h"
#include "util/sys.h"
#include "work/gitfolder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

#include "util/banned.h"

int
mvc_intent_folder(int *fd, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int err = mvc_buf_addf(&path, "%s/mvc", git_dir);

	*fd = -1;
	if (!err)
		err = mvc_gitfolder_make(path.data);
	if (!err)
		err = mvc_sys_open(
		    fd, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0);
	return err;
}

int
mvc_intent_write(
    int *lock, int dirfd, const char *name, const struct mvc_buf *text)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	int err;

	*lock = -1;
	err = mvc_tmpfile_open(&t, dirfd, ".", 0666);
	if (err)
		return err;
	mvc_gitfolder_share(dirfd, t.name);
	err = mvc_sys_write(t.fd, text->data, text->len, name);
	*lock = fcntl(t.fd, F_DUPFD_CLOEXEC, 0);
	if (!err && *lock >= 0 && flock(t.fd, LOCK_EX | LOCK_NB) == 0)
		err = mvc_tmpfile_commit(&t, dirfd, name, true);
	mvc_tmpfile_release(&t);
	return err;
}

static bool
is_intent(const char *name, const char *prefix)
{
	size_t n = strlen(prefix);

	return !strncmp(name, prefix, n) &&
	    strlen(name) == n + MVC_INTENT_TAG &&
	    strspn(name + n, "0123456789abcdef") == MVC_INTENT_TAG;
}

/* The lock is to be had when its process is dead. */
static bool
lock_dead(int *fd, int dirfd, const char *name, int lock)
{
	struct stat st;

	return !mvc_sys_open(
		   fd, dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0) &&
	    flock(*fd, lock | LOCK_NB) == 0 && fstat(*fd, &st) == 0 &&
	    st.st_nlink && S_ISREG(st.st_mode);
}

int
mvc_intents_dead(const char *git_dir, const char *prefix, int lock,
    mvc_intent_fn fn, void *arg)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	struct dirent *e;
	int dirfd, err = mvc_buf_addf(&path, "%s/mvc", git_dir);
	DIR *d;

	if (err)
		return err;
	if (mvc_sys_open(
		&dirfd, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0))
		return MVC_OK;
	d = fdopendir(dirfd);
	if (!d) {
		close(dirfd);
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", path.data);
	}
	while (!err && (e = readdir(d))) {
		MVC_OWN_FD int fd = -1;

		if (is_intent(e->d_name, prefix) &&
		    lock_dead(&fd, dirfd, e->d_name, lock))
			err = fn(arg, dirfd, e->d_name);
	}
	closedir(d);
	return err;
}
