#include "cmd/aside.h"
#include "util/file.h"
#include "util/leftover.h"
#include "util/sys.h"
#include "work/tidy.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "util/banned.h"

/* An error may be on its way: its text stays. */
void
mvc_aside_release(struct mvc_aside *a)
{
	char text[MVC_ERROR_MAX];

	snprintf(text, sizeof(text), "%s", mvc_error_text());
	if (a->folder) {
		mvc_leftover_clear(a->lock, true);
		(void)!mvc_sys_rmdir(AT_FDCWD, a->folder);
		(void)!mvc_error_adopt(MVC_EIO, text);
		close(a->lock);
	}
	free(a->folder);
	free(a->target);
	a->folder = a->target = NULL;
}

int
mvc_aside_in(struct mvc_aside *a, struct mvc_ctx *ctx, const char *folder)
{
	struct mvc_tidy t = {.ctx = ctx, .act = true, .idle = 86400};
	uint64_t salt;
	int err = mvc_random(&salt, sizeof(salt));

	mvc_tidy_folder(&t, AT_FDCWD, folder, false);
	if (!err &&
	    asprintf(&a->folder, "%s/" MVC_TMP_PREFIX "%016llx", folder,
		(unsigned long long)salt) < 0) {
		a->folder = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	if (!err)
		err = mvc_sys_mkdir(AT_FDCWD, a->folder, 0700);
	if (!err)
		err = mvc_sys_open(&a->lock, AT_FDCWD, a->folder,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (err) {
		free(a->folder);
		a->folder = NULL;
		return err;
	}
	/* Where there are no locks nobody removes it but us. */
	(void)!mvc_leftover_lock(a->lock);
	return MVC_OK;
}

static int
absolute(char **out, const char *path)
{
	char here[PATH_MAX];
	size_t n = strlen(path);
	int k;

	*out = NULL;
	while (n > 1 && path[n - 1] == '/')
		n--;
	if (path[0] == '/')
		k = asprintf(out, "%.*s", (int)n, path);
	else if (!getcwd(here, sizeof(here)))
		return mvc_fail_errno("find the current folder");
	else
		k = asprintf(out, "%s/%.*s", here, (int)n, path);
	if (k >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a path");
}

static int
is_there(const struct mvc_aside *a)
{
	return mvc_fail(
	    MVC_EEXISTS, "%s is there already: -f replaces it", a->target);
}

int
mvc_aside_make(
    struct mvc_aside *a, struct mvc_ctx *ctx, const char *target, bool force)
{
	MVC_OWN_MEM char *parent = NULL;
	struct stat st;
	int err;

	a->folder = NULL;
	err = absolute(&a->target, target);
	if (err)
		return err;
	if (!force &&
	    fstatat(AT_FDCWD, a->target, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return is_there(a);
	parent = strdup(a->target);
	if (!parent)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	*strrchr(parent, '/') = 0;
	return mvc_aside_in(a, ctx, parent);
}

int
mvc_aside_path(char **out, const struct mvc_aside *a, const char *name)
{
	if (asprintf(out, "%s/%s", a->folder, name) >= 0)
		return MVC_OK;
	*out = NULL;
	return mvc_fail(MVC_ENOMEM, "no memory for a path");
}

/* A link fails where something is, and a rename of a folder where something
 * is in it; where there are no links, and of links, there is a moment. */
static int
move_new(struct mvc_aside *a, const char *from)
{
	struct stat st;
	int err;

	if (fstatat(AT_FDCWD, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return mvc_fail_errno("stat %s", from);
	if (S_ISREG(st.st_mode)) {
		err = mvc_sys_link(AT_FDCWD, from, AT_FDCWD, a->target);
		if (!err || err == MVC_EEXISTS)
			return err ? is_there(a) : MVC_OK;
	}
	if (fstatat(AT_FDCWD, a->target, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return is_there(a);
	return mvc_sys_rename(AT_FDCWD, from, AT_FDCWD, a->target);
}

/* What was there is kept until the new one is, not where leftovers lie. */
static int
replace(struct mvc_aside *a, const char *from)
{
	static const char kept[] = ".mvc-old-";
	MVC_OWN_MEM char *old = NULL, *dead = NULL;
	size_t folder = strlen(a->folder) - strlen(strrchr(a->folder, '/')) + 1;
	int err = mvc_aside_path(&dead, a, "old");

	if (!err &&
	    asprintf(&old, "%.*s%s%s", (int)folder, a->folder, kept,
		a->folder + folder + strlen(MVC_TMP_PREFIX)) < 0) {
		old = NULL;
		err = mvc_fail(MVC_ENOMEM, "no memory for a path");
	}
	if (!err)
		err = mvc_sys_rename(AT_FDCWD, a->target, AT_FDCWD, old);
	if (err)
		return err;
	err = mvc_sys_rename(AT_FDCWD, from, AT_FDCWD, a->target);
	if (err)
		(void)!mvc_sys_rename(AT_FDCWD, old, AT_FDCWD, a->target);
	else
		(void)!mvc_sys_rename(AT_FDCWD, old, AT_FDCWD, dead);
	return err;
}

int
mvc_aside_publish(struct mvc_aside *a, const char *from, bool force)
{
	MVC_OWN_MEM char *parent = NULL;
	struct stat is, was;
	int err;

	if (fstatat(AT_FDCWD, from, &is, AT_SYMLINK_NOFOLLOW) < 0)
		return mvc_fail_errno("stat %s", from);
	if (!force ||
	    fstatat(AT_FDCWD, a->target, &was, AT_SYMLINK_NOFOLLOW) < 0)
		err = move_new(a, from);
	else if (S_ISDIR(is.st_mode) || S_ISDIR(was.st_mode))
		err = replace(a, from);
	else
		err = mvc_sys_rename(AT_FDCWD, from, AT_FDCWD, a->target);
	if (err)
		return err;
	parent = strdup(a->target);
	if (!parent)
		return mvc_fail(MVC_ENOMEM, "no memory for a path");
	strrchr(parent, '/')[1] = 0;
	return mvc_sys_fsync_dir(AT_FDCWD, parent);
}
