#include "work/ignores.h"

#include "util/beneath.h"
#include "util/sys.h"
#include "work/gitfolder.h"
#include "work/ignoreblock.h"

#include <errno.h>
#include <sys/file.h>
#include <time.h>

#include "util/banned.h"

#define IGNORE_FILE ".gitignore"
#define IGNORE_FILE_MAX (64 << 20)
/* How long an edit waits for another process's, which syncs a few files. */
#define LOCK_TRIES 500
#define LOCK_WAIT_NS 20000000

/* One .gitignore: in the work tree and in the index. */
struct mvc_ignore_text {
	char *path;
	struct mvc_buf work, staged;
	bool work_changed, staged_changed;
};

void
mvc_ignores_release(struct mvc_ignores *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->files[i].path);
		mvc_buf_release(&g->files[i].work);
		mvc_buf_release(&g->files[i].staged);
	}
	free(g->files);
	g->files = NULL;
	g->n = 0;
	mvc_index_free(MVC_TAKE(g->now));
	if (g->lock)
		close(g->lock - 1);
	g->lock = 0;
}

static int
wait_for(int fd)
{
	struct timespec wait = {0, LOCK_WAIT_NS};

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return MVC_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return MVC_OK; /* a file system without locks */
		nanosleep(&wait, NULL);
	}
	return mvc_fail(MVC_EAGAIN,
	    "another mvc is changing %s in this work tree: try again",
	    IGNORE_FILE);
}

/* Two that read, edit and write at once would lose the lines of one. */
static int
lock(struct mvc_ignores *g)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int fd, err;

	if (g->lock)
		return MVC_OK;
	err = mvc_buf_addf(&path, "%s/mvc", g->w->repo->gitdir);
	if (!err)
		err = mvc_gitfolder_make(path.data);
	if (!err)
		err = mvc_sys_open(
		    &fd, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0);
	if (err)
		return err;
	g->lock = fd + 1;
	err = wait_for(fd);
	if (!err && g->idx)
		err = mvc_index_open(&g->now, g->w->repo);
	return err;
}

static int
read_work(struct mvc_buf *out, int top, const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, top, path, false);
	if (err || mvc_file_absent(folder, name))
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	return mvc_file_read(out, folder, name);
}

static int
file_of(struct mvc_ignore_text **out, struct mvc_ignores *g, const char *root)
{
	const char *slash = strrchr(root, '/');
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	struct mvc_ignore_text *f;
	int err;

	err = mvc_buf_add(&path, root, slash ? (size_t)(slash + 1 - root) : 0);
	if (!err)
		err = mvc_buf_add_str(&path, IGNORE_FILE);
	if (err)
		return err;
	for (size_t i = g->n; i-- > 0;) {
		*out = &g->files[i];
		if (!strcmp((*out)->path, path.data))
			return MVC_OK;
	}
	f = realloc(g->files, (g->n + 1) * sizeof(*f));
	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory");
	g->files = f;
	*out = f = &f[g->n++];
	*f = (struct mvc_ignore_text){.path = mvc_buf_take(&path),
	    .work = MVC_BUF_INIT(IGNORE_FILE_MAX),
	    .staged = MVC_BUF_INIT(IGNORE_FILE_MAX)};
	err = read_work(&f->work, g->w->top, f->path);
	if (!err && g->idx)
		err = mvc_index_read(&f->staged, g->now, f->path, 0);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
edit_text(struct mvc_buf *text, const char *name, bool add, bool *changed)
{
	struct mvc_buf out = MVC_BUF_INIT(IGNORE_FILE_MAX);
	bool now;
	int err;

	err = mvc_ignoreblock_edit(
	    &out, text->data ? text->data : "", text->len, name, add, &now);
	if (err || !now) {
		mvc_buf_release(&out);
		return err;
	}
	mvc_buf_release(text);
	*text = out;
	*changed = true;
	return MVC_OK;
}

int
mvc_ignores_edit(struct mvc_ignores *g, const char *root, bool add)
{
	const char *slash = strrchr(root, '/');
	const char *name = slash ? slash + 1 : root;
	struct mvc_ignore_text *f = NULL;
	int err;

	err = lock(g);
	if (!err)
		err = file_of(&f, g, root);
	if (!err)
		err = edit_text(&f->work, name, add, &f->work_changed);
	if (!err && g->idx)
		err = edit_text(&f->staged, name, add, &f->staged_changed);
	return err;
}

static int
write_one(struct mvc_ignores *g, const struct mvc_ignore_text *f)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	struct stat st;
	mode_t mode = 0666;
	int err;

	err = mvc_beneath_parent(&folder, &name, g->w->top, f->path, false);
	if (err)
		return err;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode))
			return mvc_fail(MVC_EINVALID,
			    "%s is no regular file, so Git does not read it",
			    f->path);
		mode = st.st_mode & 0777;
		if (f->work.len == 0)
			return mvc_sys_unlink(folder, name);
	}
	return mvc_file_replace(folder, name, f->work.data, f->work.len, mode);
}

int
mvc_ignores_write(struct mvc_ignores *g)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < g->n; i++) {
		if (g->files[i].work_changed)
			err = write_one(g, &g->files[i]);
		g->files[i].work_changed = false;
	}
	return err;
}

int
mvc_ignores_stage(struct mvc_ignores *g)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < g->n; i++) {
		struct mvc_ignore_text *f = &g->files[i];

		if (f->staged_changed && f->staged.len == 0)
			err = mvc_index_remove(g->idx, f->path);
		else if (f->staged_changed)
			err = mvc_index_add(g->idx, f->path, 0100644,
			    f->staged.data, f->staged.len);
		f->staged_changed = false;
	}
	return err;
}

int
mvc_pointer_stage(struct mvc_index *idx, const char *pointer_path,
    const struct mvc_pointer *p)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	MVC_SCOPED(mvc_buf) staged = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	int err;

	err = mvc_pointer_format(&text, p);
	if (err)
		return err;
	if (mvc_index_read(&staged, idx, pointer_path, 0) == MVC_OK &&
	    staged.len == text.len && !memcmp(staged.data, text.data, text.len))
		return MVC_OK;
	return mvc_index_add(idx, pointer_path, 0100644, text.data, text.len);
}
