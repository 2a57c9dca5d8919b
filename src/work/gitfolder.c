#include "work/gitfolder.h"
#include "util/file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "util/banned.h"

/* The folder that holds `path`. */
static mode_t
bits_above(int dirfd, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int n;

	if (!slash)
		return mvc_file_shared_bits(dirfd, ".");
	n = snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	return n < 0 || n >= PATH_MAX ? 0 : mvc_file_shared_bits(dirfd, folder);
}

void
mvc_gitfolder_share(int dirfd, const char *path)
{
	mvc_file_share(dirfd, path, bits_above(dirfd, path));
}

int
mvc_gitfolder_make(const char *path)
{
	int err = mvc_file_mkdirs(AT_FDCWD, path, 0777);

	if (!err)
		mvc_gitfolder_share(AT_FDCWD, path);
	return err;
}
