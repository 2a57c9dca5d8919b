#include "work/typed.h"

#include "tree/path.h"
#include "util/beneath.h"
#include "util/buf.h"
#include "util/own.h"
#include "util/sys.h"
#include "work/fold.h"
#include "work/pointer.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "util/banned.h"

/* How well a name in a folder fits the one that was typed. */
enum fit {
	NONE,
	FOLDED,
	EXACT,
	FOLDED_POINTER,
	EXACT_POINTER,
};

static enum fit
fit_of(const char *name, const char *typed, const char *pointer)
{
	if (!strcmp(name, pointer))
		return EXACT_POINTER;
	if (!strcmp(name, typed))
		return EXACT;
	if (!mvc_fold_cmp(name, pointer))
		return FOLDED_POINTER;
	return mvc_fold_cmp(name, typed) ? NONE : FOLDED;
}

/* Add the best fitting name to the path. The pointer's counts: it is what Git
 * has. */
static int
add_spelled(struct mvc_buf *path, DIR *d, const char *typed)
{
	MVC_SCOPED(mvc_buf) name = MVC_BUF_INIT(MVC_PATH_MAX);
	MVC_SCOPED(mvc_buf) pointer = MVC_BUF_INIT(MVC_PATH_MAX);
	enum fit best = NONE, fit;
	struct dirent *e;
	int err;

	err = mvc_buf_addf(&pointer, "%s%s", typed, MVC_POINTER_SUFFIX);
	if (!err)
		err = mvc_buf_add_str(&name, typed);
	while (!err && best != EXACT_POINTER && (e = readdir(d))) {
		size_t n = strlen(e->d_name);

		fit = fit_of(e->d_name, typed, pointer.data);
		if (fit <= best)
			continue;
		best = fit;
		if (fit >= FOLDED_POINTER)
			n -= strlen(MVC_POINTER_SUFFIX);
		mvc_buf_clear(&name);
		err = mvc_buf_add(&name, e->d_name, n);
	}
	return err ? err : mvc_buf_add_str(path, name.data);
}

/* The open folder, NULL where there is none. */
static DIR *
open_folder(int top, const char *path)
{
	int fd, err, flags = O_RDONLY | O_DIRECTORY;
	DIR *d;

	err = path[0] ? mvc_beneath_open(&fd, top, path, flags, 0)
		      : mvc_sys_open(&fd, top, ".", flags, 0);
	if (err)
		return NULL;
	d = fdopendir(fd);
	if (!d)
		close(fd);
	return d;
}

static int
spell_name(struct mvc_buf *path, int top, const char *typed)
{
	DIR *d = open_folder(top, path->len ? path->data : "");
	int err = MVC_OK;

	if (path->len)
		err = mvc_buf_add_char(path, '/');
	if (!err && d)
		err = add_spelled(path, d, typed);
	else if (!err)
		err = mvc_buf_add_str(path, typed);
	if (d)
		closedir(d);
	return err;
}

static int
spell(char **out, const struct mvc_repo *r, char *typed)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(MVC_PATH_MAX);
	MVC_OWN_FD int top = -1;
	char *rest = NULL, *name;
	int err;

	err = mvc_sys_open(
	    &top, AT_FDCWD, r->worktree, O_RDONLY | O_DIRECTORY, 0);
	for (name = strtok_r(typed, "/", &rest); !err && name;
	     name = strtok_r(NULL, "/", &rest))
		err = spell_name(&path, top, name);
	if (err)
		return err;
	*out = mvc_buf_take(&path);
	return MVC_OK;
}

int
mvc_typed_path(char **out, const struct mvc_repo *r, const char *arg)
{
	MVC_OWN_MEM char *typed = NULL;
	int err;

	*out = NULL;
	err = mvc_repo_path(&typed, r, arg);
	if (err || !r->ignorecase || !typed[0]) {
		*out = MVC_TAKE(typed);
		return err;
	}
	return spell(out, r, typed);
}

int
mvc_typed_target(
    char **out, const struct mvc_repo *r, const char *arg, const char *from)
{
	MVC_OWN_MEM char *typed = NULL;
	const char *name;
	size_t folder;
	int err;

	err = mvc_typed_path(out, r, arg);
	if (err || !r->ignorecase || strcmp(*out, from))
		return err;
	err = mvc_repo_path(&typed, r, arg);
	if (err)
		return err;
	name = strrchr(typed, '/');
	name = name ? name + 1 : typed;
	folder =
	    strrchr(from, '/') ? (size_t)(strrchr(from, '/') + 1 - from) : 0;
	free(*out);
	return asprintf(out, "%.*s%s", (int)folder, from, name) < 0
	    ? mvc_fail(MVC_ENOMEM, "no memory")
	    : MVC_OK;
}

bool
mvc_typed_listed(int top, const char *path)
{
	const char *slash = strrchr(path, '/');
	MVC_OWN_MEM char *folder =
	    slash ? strndup(path, (size_t)(slash - path)) : strdup("");
	DIR *d = folder ? open_folder(top, folder) : NULL;
	struct dirent *e;
	bool is = false;

	while (d && !is && (e = readdir(d)))
		is = !strcmp(e->d_name, slash ? slash + 1 : path);
	if (d)
		closedir(d);
	return is;
}
