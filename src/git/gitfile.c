#include "git/gitfile.h"
#include "git/lib.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include "util/banned.h"

/* The file under the other name: a link, or a copy where there are none. */
static int
name_anew(struct mvc_gitfile *f)
{
	MVC_SCOPED(mvc_buf) bytes = MVC_BUF_INIT(SIZE_MAX / 2);
	int err;

	if (stat(f->path, &f->old) < 0) {
		if (errno != ENOENT)
			return mvc_fail_errno("read %s", f->path);
		memset(&f->old, 0, sizeof(f->old));
		return MVC_OK;
	}
	err = mvc_sys_link(AT_FDCWD, f->path, AT_FDCWD, f->tmp);
	if (!err)
		return MVC_OK;
	err = mvc_file_read(&bytes, AT_FDCWD, f->path);
	return err ? err
		   : mvc_file_replace(AT_FDCWD, f->tmp,
			 bytes.data ? bytes.data : "", bytes.len, 0666);
}

static void
sweep(const struct mvc_gitfile *f)
{
	mvc_file_discard(AT_FDCWD, f->tmp);
	mvc_file_discard(AT_FDCWD, f->tmp_lock);
}

int
mvc_gitfile_begin(struct mvc_gitfile *f, const char *path)
{
	int err = MVC_OK;

	f->path = realpath(path, NULL);
	if (!f->path)
		err = errno == ENOENT ? mvc_git_textf(&f->path, "%s", path)
				      : mvc_fail_errno("find %s", path);
	if (!err)
		err = mvc_git_textf(&f->tmp, "%s.mvc-tmp", f->path);
	if (!err)
		err = mvc_git_textf(&f->tmp_lock, "%s.lock", f->tmp);
	if (!err)
		err = mvc_indexlock_take(&f->lock, f->path);
	if (err)
		return err;
	/* One that was killed may have left them. */
	sweep(f);
	return name_anew(f);
}

static int
sync_file(const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY, 0);

	return err ? err : mvc_sys_fsync(fd, path);
}

static int
sync_folder(const char *path)
{
	MVC_OWN_MEM char *folder = NULL;
	char *slash;
	int err = mvc_git_textf(&folder, "%s", path);

	if (err)
		return err;
	slash = strrchr(folder, '/');
	slash[slash == folder] = 0;
	return mvc_sys_fsync_dir(AT_FDCWD, folder);
}

int
mvc_gitfile_publish(struct mvc_gitfile *f)
{
	int err = sync_file(f->tmp);

	if (!err)
		err = mvc_sys_rename(AT_FDCWD, f->tmp, AT_FDCWD, f->path);
	if (!err)
		err = sync_folder(f->path);
	if (err)
		return err;
	/* Git would wait for a lock that stays. */
	sweep(f);
	return mvc_indexlock_drop(&f->lock);
}

void
mvc_gitfile_release(struct mvc_gitfile *f)
{
	/* Without the lock it is somebody else's. */
	if (f->lock.fd >= 0)
		sweep(f);
	mvc_indexlock_release(&f->lock);
	free(f->tmp_lock);
	free(f->tmp);
	free(f->path);
	*f = (struct mvc_gitfile)MVC_GITFILE_INIT;
}
