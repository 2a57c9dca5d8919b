#include "util/leftover.h"

#include "util/sys.h"

#include <dirent.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "util/banned.h"

/* Deeper than any checkout makes. */
#define DEEP 4096

bool
mvc_leftover_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static uint64_t clear(int dirfd, bool act, int depth);

static uint64_t
clear_entry(int dirfd, const char *name, bool act, int depth)
{
	struct stat st;
	int fd;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (!S_ISDIR(st.st_mode)) {
		if (act && mvc_sys_unlink(dirfd, name))
			return 0;
		return (uint64_t)st.st_size;
	}
	fd = openat(
	    dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	st.st_size = (off_t)clear(fd, act, depth + 1);
	if (act)
		(void)!mvc_sys_rmdir(dirfd, name);
	return (uint64_t)st.st_size;
}

/* The handle is closed. */
static uint64_t
clear(int dirfd, bool act, int depth)
{
	DIR *d = fdopendir(dirfd);
	struct dirent *e;
	uint64_t n = 0;

	if (!d) {
		close(dirfd);
		return 0;
	}
	/* It may have been read before. */
	rewinddir(d);
	while (depth < DEEP && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			n += clear_entry(dirfd, e->d_name, act, depth);
	closedir(d);
	return n;
}

uint64_t
mvc_leftover_clear(int fd, bool act)
{
	int own = dup(fd);

	return own < 0 ? 0 : clear(own, act, 0);
}
