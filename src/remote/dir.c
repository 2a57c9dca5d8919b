/*
 * A folder on a disk, here or on the network. What is done in it stands in
 * store/folder_backend.c; here it is opened, and made. Files get the rights
 * that the store's `format` says, or, where there is none yet, those of a
 * folder that a team shares.
 */
#include "remote/backends.h"
#include "store/folder_backend.h"
#include "store/formatfile.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

struct dir {
	struct mvc_folder_backend fb; /* first */
	struct mvc_backend_ops ops; /* the folder's, but for free */
	struct mvc_folder folder;
};

static void
dir_free(struct mvc_backend *b)
{
	struct dir *d = (struct dir *)b;

	if (d->folder.fd >= 0)
		close(d->folder.fd);
	free(d->folder.path);
	free(d);
}

static int
open_folder(struct dir *d, bool make)
{
	const char *path = d->folder.path;
	int err;

	err = mvc_sys_open(
	    &d->folder.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (err != MVC_ENOTFOUND || !make)
		return err;
	err = mvc_file_mkdirs(AT_FDCWD, path, 0777);
	return err ? err
		   : mvc_sys_open(&d->folder.fd, AT_FDCWD, path,
			 O_RDONLY | O_DIRECTORY, 0);
}

static int
take_rights(struct dir *d)
{
	struct mvc_formatfile format;
	int err;

	d->fb.b.shared = mvc_file_shared_bits(d->folder.fd, ".");
	if (!mvc_file_absent(d->folder.fd, "format")) {
		err = mvc_formatfile_load(&format, &d->fb.b);
		if (err)
			return err;
		d->fb.b.shared = format.shared;
	}
	mvc_folder_share(&d->folder, d->fb.b.shared);
	return MVC_OK;
}

static int
join_path(char **out, const struct mvc_remote_place *place)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 16);
	MVC_OWN_MEM char *path = NULL;
	int err;

	*out = NULL;
	err = mvc_url_path(&path, place->url);
	if (!err && place->base && path[0] != '/')
		err = mvc_buf_addf(&b, "%s/", place->base);
	if (!err)
		err = mvc_buf_add_str(&b, path);
	if (!err)
		*out = mvc_buf_take(&b);
	mvc_buf_release(&b);
	return err;
}

int
mvc_dir_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place)
{
	struct dir *d = calloc(1, sizeof(*d));
	int err;

	*out = NULL;
	if (!d)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	d->folder.fd = -1;
	err = join_path(&d->folder.path, place);
	mvc_folder_backend_init(&d->fb, &d->folder);
	d->ops = *d->fb.b.ops;
	d->ops.free = dir_free;
	d->fb.b.ops = &d->ops;
	if (!err)
		err = open_folder(d, place->make);
	if (!err)
		err = take_rights(d);
	if (err)
		dir_free(&d->fb.b);
	else
		*out = &d->fb.b;
	return err;
}
