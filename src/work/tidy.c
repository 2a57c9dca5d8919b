#include "work/tidy.h"

#include "util/file.h"
#include "util/sys.h"

#include <dirent.h>
#include <time.h>

#include "util/banned.h"

/* Folders within folders. */
#define DEPTH_MAX 512

static void
look_at(const struct mvc_tidy *t, int dirfd, const char *name)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    S_ISDIR(st.st_mode) || st.st_mtime + t->idle > time(NULL))
		return;
	if (t->found)
		t->found(t->arg, name, (uint64_t)st.st_size);
	if (t->act && mvc_sys_unlink(dirfd, name))
		mvc_warn(t->ctx, "%s", mvc_error_text());
}

static void
tidy_folder(const struct mvc_tidy *t, int at, const char *name, unsigned depth)
{
	const char *prefix = t->prefix ? t->prefix : MVC_TMP_PREFIX;
	struct dirent *e;
	int fd;
	DIR *d;

	if (depth > DEPTH_MAX ||
	    mvc_sys_open(&fd, at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0))
		return;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return;
	}
	while ((e = readdir(d))) {
		if (!strncmp(e->d_name, prefix, strlen(prefix)))
			look_at(t, fd, e->d_name);
		else if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		    strcmp(e->d_name, ".git") && mvc_file_is_folder(fd, e))
			tidy_folder(t, fd, e->d_name, depth + 1);
	}
	closedir(d);
}

void
mvc_tidy_folder(const struct mvc_tidy *t, int at, const char *name, bool deep)
{
	tidy_folder(t, at, name, deep ? 0 : DEPTH_MAX);
}

static int
tidy_worktree(void *arg, const struct mvc_worktree *w)
{
	MVC_SCOPED(mvc_buf) own = MVC_BUF_INIT(1 << 16);

	/* A store in it has only folders besides, which are its own to tidy. */
	if (!mvc_buf_addf(&own, "%s/mvc", w->gitdir))
		tidy_folder(arg, AT_FDCWD, own.data, DEPTH_MAX);
	if (w->path)
		tidy_folder(arg, AT_FDCWD, w->path, 0);
	return MVC_OK;
}

void
mvc_tidy(const struct mvc_tidy *t, struct mvc_repo *r)
{
	int err = mvc_repo_worktrees(r, tidy_worktree, (void *)t);

	if (err)
		mvc_warn(t->ctx, "%s", mvc_error_text());
}
