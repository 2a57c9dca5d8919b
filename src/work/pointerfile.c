#include "work/pointerfile.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/sys.h"

#include "util/banned.h"

int
mvc_pointer_read(struct mvc_pointer *out, int dirfd, const char *path)
{
	char text[MVC_POINTER_MAX + 1];
	MVC_OWN_FD int fd = -1;
	struct stat st;
	size_t got;
	int err;

	memset(out, 0, sizeof(*out));
	err = mvc_beneath_open(&fd, dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(MVC_EINVALID, "%s: not a regular file", path);
	err = mvc_sys_read(&got, fd, text, sizeof(text), path);
	if (err)
		return err;
	err = mvc_pointer_parse(out, path, text, got);
	if (!err)
		err = mvc_pointer_check_path(path);
	if (err)
		mvc_pointer_release(out);
	return err;
}

/* The folder of a path, and those above it, are on the disk then. */
static int
make_folder(int *folder, const char **name, int dirfd, const char *path)
{
	int err = mvc_beneath_parent(folder, name, dirfd, path, true);

	for (const char *p = strchr(path, '/'); !err && p;
	     p = strchr(p + 1, '/')) {
		MVC_OWN_MEM char *part = strndup(path, (size_t)(p - path));
		MVC_OWN_FD int above = -1;
		const char *last;

		if (!part)
			return mvc_fail(MVC_ENOMEM, "no memory");
		err = mvc_beneath_parent(&above, &last, dirfd, part, false);
		if (!err)
			err = mvc_sys_fsync_dir(above, ".");
	}
	return err;
}

int
mvc_pointer_write(const struct mvc_pointer *p, int dirfd, const char *path)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_pointer_format(&b, p);
	if (err)
		return mvc_fail_prefix(err, "%s", path);
	err = mvc_beneath_parent(&folder, &name, dirfd, path, false);
	/* Its data is gone with its folder, and comes back. */
	if (err == MVC_ENOTFOUND)
		err = make_folder(&folder, &name, dirfd, path);
	if (err)
		return err;
	return mvc_file_replace(folder, name, b.data, b.len, 0666);
}
