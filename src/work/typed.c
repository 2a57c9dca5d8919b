#include "work/typed.h"

#include "tree/path.h"
#include "util/beneath.h"
#include "util/buf.h"
#include "util/file.h"
#include "util/own.h"
#include "util/sys.h"
#include "work/fold.h"
#include "work/pointer.h"
#include "work/work.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "util/banned.h"

/* Add the name as the folder has it. */
static int
add_listed(struct mvc_buf *path, DIR *d, const char *typed)
{
	MVC_SCOPED(mvc_buf) name = MVC_BUF_INIT(MVC_PATH_MAX);
	struct dirent *e;
	int err = mvc_buf_add_str(&name, typed);

	while (!err && (e = readdir(d))) {
		if (!strcmp(e->d_name, typed))
			return mvc_buf_add_str(path, typed);
		if (mvc_fold_cmp(e->d_name, typed))
			continue;
		mvc_buf_clear(&name);
		err = mvc_buf_add_str(&name, e->d_name);
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
		err = add_listed(path, d, typed);
	else if (!err)
		err = mvc_buf_add_str(path, typed);
	if (d)
		closedir(d);
	return err;
}

/* The length of what the typed path begins with, where that is the name but
 * for its case; else 0. */
static size_t
begins_with(char *typed, const char *name)
{
	size_t n = 0;
	bool is;

	for (const char *s = name; s; s = strchr(s + 1, '/'))
		n += typed[n] == '/' ? 1 + strcspn(typed + n + 1, "/")
				     : strcspn(typed + n, "/");
	if (n && typed[n] == '/') {
		typed[n] = 0;
		is = !mvc_fold_cmp(typed, name);
		typed[n] = '/';
	} else {
		is = !mvc_fold_cmp(typed, name);
	}
	return is ? n : 0;
}

/* Begin the path with the root, or its pointer, that is typed: Git's index has
 * the spelling that counts. The rest begins at *n. */
static int
spell_root(struct mvc_buf *path, size_t *n, struct mvc_repo *r, char *typed)
{
	MVC_OWN(mvc_index) *idx = NULL;
	struct mvc_names roots = {0};
	int err;

	*n = 0;
	err = mvc_index_open(&idx, r);
	if (!err)
		err = mvc_work_roots(&roots, idx, "");
	for (size_t i = 0; !err && !*n && i < roots.n; i++) {
		MVC_SCOPED(mvc_buf) pointer = MVC_BUF_INIT(MVC_PATH_MAX);

		err = mvc_buf_addf(
		    &pointer, "%s%s", roots.v[i], MVC_POINTER_SUFFIX);
		if (!err && (*n = begins_with(typed, roots.v[i])))
			err = mvc_buf_add_str(path, roots.v[i]);
		else if (!err && (*n = begins_with(typed, pointer.data)))
			err = mvc_buf_add_str(path, pointer.data);
	}
	mvc_names_release(&roots);
	return err;
}

static int
spell(char **out, struct mvc_repo *r, char *typed)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(MVC_PATH_MAX);
	MVC_OWN_FD int top = -1;
	char *rest = NULL, *name;
	size_t n;
	int err;

	err = mvc_sys_open(
	    &top, AT_FDCWD, r->worktree, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = spell_root(&path, &n, r, typed);
	if (err)
		return err;
	for (name = strtok_r(typed + n, "/", &rest); !err && name;
	     name = strtok_r(NULL, "/", &rest))
		err = spell_name(&path, top, name);
	if (!err)
		*out = mvc_buf_take(&path);
	return err;
}

int
mvc_typed_path(char **out, struct mvc_repo *r, const char *arg)
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
    char **out, struct mvc_repo *r, const char *arg, const char *from)
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

/* Killed on the way it leaves a name that nobody takes for a temporary's. */
static int
rename_by_way(int from_dir, const char *from, int to_dir, const char *to)
{
	char by[MVC_NAME_MAX + 1];
	uint32_t r;
	int err = mvc_random(&r, sizeof(r));

	if (err)
		return err;
	snprintf(by, sizeof(by), "%.200s.moved-%08x", to, r);
	err = mvc_sys_rename(from_dir, from, to_dir, by);
	return err ? err : mvc_sys_rename(to_dir, by, to_dir, to);
}

int
mvc_typed_rename(int from_dir, const char *from, int to_dir, const char *to)
{
	int err = mvc_sys_rename(from_dir, from, to_dir, to);

	if (err || !strcmp(from, to) || mvc_fold_cmp(from, to) ||
	    mvc_typed_listed(to_dir, to))
		return err;
	return rename_by_way(from_dir, from, to_dir, to);
}
