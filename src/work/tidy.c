#include "work/tidy.h"

#include "util/file.h"
#include "util/leftover.h"
#include "util/own.h"
#include "util/sys.h"

#include <dirent.h>
#include <errno.h>
#include <time.h>

#include "util/banned.h"

/* Folders within folders. */
#define DEPTH_MAX 512

/* Which entries of a folder are leftovers. */
struct place {
	const struct mvc_tidy *t;
	const char *prefix, *suffix;
	unsigned deep; /* folders in folders that are looked into */
};

static bool
is_leftover(const struct place *p, const char *name)
{
	size_t n = strlen(name), end = strlen(p->suffix);

	return !strncmp(name, p->prefix, strlen(p->prefix)) && n >= end &&
	    !strcmp(name + n - end, p->suffix);
}

static void
found(const struct mvc_tidy *t, const char *name, uint64_t bytes)
{
	if (t->found)
		t->found(t->arg, name, bytes);
}

/* Where there are no locks files are told by their age alone. */
static bool
is_dead(int fd, bool folder)
{
	if (fd < 0)
		return !folder;
	return mvc_leftover_lock(fd) || (!folder && errno != EWOULDBLOCK);
}

static void
look_at(const struct mvc_tidy *t, int dirfd, const char *name)
{
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err = MVC_OK;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    st.st_mtime + t->idle > time(NULL))
		return;
	if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode))
		fd = openat(dirfd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (!is_dead(fd, S_ISDIR(st.st_mode)))
		return;
	if (S_ISDIR(st.st_mode)) {
		found(t, name, mvc_leftover_clear(fd, t->act));
		err = t->act ? mvc_sys_rmdir(dirfd, name) : MVC_OK;
	} else {
		found(t, name, (uint64_t)st.st_size);
		err = t->act ? mvc_sys_unlink(dirfd, name) : MVC_OK;
	}
	if (err)
		mvc_warn(t->ctx, "%s", mvc_error_text());
}

static void
look_in(const struct place *p, int at, const char *name)
{
	struct place below = *p;
	struct dirent *e;
	int fd;
	DIR *d;

	if (mvc_sys_open(&fd, at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0))
		return;
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return;
	}
	below.deep -= p->deep > 0;
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (is_leftover(p, e->d_name))
			look_at(p->t, fd, e->d_name);
		else if (p->deep && strcmp(e->d_name, ".git") &&
		    mvc_file_is_folder(fd, e))
			look_in(&below, fd, e->d_name);
	}
	closedir(d);
}

void
mvc_tidy_folder(const struct mvc_tidy *t, int at, const char *name, bool deep)
{
	const struct place p = {.t = t,
	    .prefix = t->prefix ? t->prefix : MVC_TMP_PREFIX,
	    .suffix = "",
	    .deep = deep ? DEPTH_MAX : 0};

	look_in(&p, at, name);
}

static int
tidy_worktree(void *arg, const struct mvc_worktree *w)
{
	MVC_SCOPED(mvc_buf) own = MVC_BUF_INIT(1 << 16);
	struct place ready = {.t = arg, .prefix = "", .suffix = ""};

	mvc_tidy_folder(arg, AT_FDCWD, w->gitdir, false);
	if (w->path)
		mvc_tidy_folder(arg, AT_FDCWD, w->path, true);
	/* A store in it has only folders besides, which are its own to tidy. */
	if (!mvc_buf_addf(&own, "%s/mvc", w->gitdir))
		mvc_tidy_folder(arg, AT_FDCWD, own.data, false);
	if (!mvc_buf_add_str(&own, "/ready"))
		look_in(&ready, AT_FDCWD, own.data);
	return MVC_OK;
}

/* What was under way to remotes, and from them. */
static void
tidy_remotes(const struct mvc_tidy *t, const struct mvc_repo *r)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	struct place packs = {
	    .t = t, .prefix = "", .suffix = ".pack", .deep = 3};

	if (mvc_buf_addf(&path, "%s/mvc/remotes", r->commondir))
		return;
	mvc_tidy_folder(t, AT_FDCWD, path.data, true);
	look_in(&packs, AT_FDCWD, path.data);
}

void
mvc_tidy(const struct mvc_tidy *t, struct mvc_repo *r)
{
	int err = mvc_repo_worktrees(r, tidy_worktree, (void *)t);

	if (err)
		mvc_warn(t->ctx, "%s", mvc_error_text());
	tidy_remotes(t, r);
}
