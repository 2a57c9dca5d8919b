/*
 * The folders on the way to a path: handles, opened one name at a time without
 * following links, and kept while the path stays in them.
 */
#include "work/checkout_priv.h"

#include "tree/path.h"
#include "util/sys.h"

#include "util/banned.h"

int
co_way_begin(struct co_way *way, int top)
{
	int fd, err;

	way->depth = 0;
	way->at =
	    (struct mvc_buf)MVC_BUF_INIT(MVC_PATH_MAX + MVC_STAT_PATH_MAX);
	err = mvc_sys_open(&fd, top, ".", O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_dirref_new(&way->levels[0].dir, fd, ".");
	if (!err)
		way->depth = 1;
	return err;
}

void
co_way_release(struct co_way *way)
{
	while (way->depth)
		mvc_dirref_drop(way->levels[--way->depth].dir);
	mvc_buf_release(&way->at);
}

static int
open_name(
    int *fd, struct co_way *way, const char *name, const char *path, bool make)
{
	int dirfd = way->levels[way->depth - 1].dir->fd, err;
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

	err = mvc_sys_open(fd, dirfd, name, flags, 0);
	if (err != MVC_ENOTFOUND || !make)
		return err;
	err = mvc_sys_mkdir(dirfd, name, 0777);
	if (err)
		return mvc_fail_prefix(err, "%s", path);
	return mvc_sys_open(fd, dirfd, name, flags, 0);
}

/* Open the folder that is the first n bytes of path, below the deepest one. */
static int
push_level(
    struct co_way *way, const char *path, size_t from, size_t n, bool make)
{
	struct co_level *l = &way->levels[way->depth];
	char name[MVC_NAME_MAX + 1];
	int fd, err;

	if (n - from > MVC_NAME_MAX ||
	    way->depth == sizeof(way->levels) / sizeof(*way->levels))
		return mvc_fail(MVC_ETOOBIG, "%s: path too long", path);
	memcpy(name, path + from, n - from);
	name[n - from] = 0;
	err = open_name(&fd, way, name, path, make);
	if (err)
		return err;
	err = mvc_dirref_new(&l->dir, fd, name);
	if (err)
		return err;
	l->len = n;
	way->depth++;
	mvc_buf_clear(&way->at);
	return mvc_buf_add(&way->at, path, n);
}

int
co_way_enter(struct co_way *way, const char *path, const char **name, bool make)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0, at;
	int err = MVC_OK;

	*name = slash ? slash + 1 : path;
	while (way->depth > 1) {
		size_t len = way->levels[way->depth - 1].len;

		if (len <= n && (path[len] == '/' || len == n) &&
		    !memcmp(way->at.data, path, len))
			break;
		way->depth--;
		mvc_dirref_drop(way->levels[way->depth].dir);
	}
	at = way->levels[way->depth - 1].len;
	while (!err && at < n) {
		size_t from = at + (at > 0);
		const char *end = strchr(path + from, '/');

		at = (size_t)(end - path);
		err = push_level(way, path, from, at, make);
	}
	return err;
}

struct mvc_dirref *
co_way_dir(const struct co_way *way)
{
	return way->levels[way->depth - 1].dir;
}
