#include "cmd/setup.h"
#include "git/index.h"
#include "git/repo.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#define TEXT_MAX (1 << 20)

const char *const mvc_attribute_lines[] = {
    "*.mvc -text merge=mvc diff=mvc",
    ".gitignore merge=union",
};

/* The folder of path below the work tree, and its last name. */
static int
open_parent(
    int *fd, const char **name, struct mvc_repo *r, const char *path, bool make)
{
	MVC_OWN_FD int top = -1;
	int err;

	*fd = -1;
	err = mvc_sys_open(
	    &top, AT_FDCWD, r->worktree, O_RDONLY | O_DIRECTORY, 0);
	return err ? err : mvc_beneath_parent(fd, name, top, path, make);
}

/* The work tree's file; a missing one is empty, and `there` false. */
static int
read_here(
    struct mvc_buf *out, bool *there, struct mvc_repo *r, const char *path)
{
	MVC_OWN_FD int folder = -1;
	MVC_OWN_FD int file = -1;
	const char *name;
	int err;

	*there = false;
	err = open_parent(&folder, &name, r, path, false);
	/* A link is refused here, though reading one would do no harm. */
	if (!err)
		err = mvc_beneath_open(&file, folder, name, O_RDONLY, 0);
	if (err == MVC_ENOTFOUND)
		return MVC_OK;
	if (!err)
		err = mvc_file_read(out, folder, name);
	*there = !err;
	return err;
}

int
mvc_setup_read(struct mvc_buf *out, struct mvc_repo *r, const char *path)
{
	bool there;

	return read_here(out, &there, r, path);
}

static int
write_here(struct mvc_repo *r, const char *path, const struct mvc_buf *b)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = open_parent(&folder, &name, r, path, true);
	return err ? err
		   : mvc_file_replace(
			 folder, name, b->data ? b->data : "", b->len, 0666);
}

static int
remove_here(struct mvc_repo *r, const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = open_parent(&folder, &name, r, path, false);
	if (!err)
		err = mvc_sys_unlink(folder, name);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

/* The length of the line at p, and of its end with it. */
static size_t
line_at(const char *p, size_t n, size_t *whole)
{
	const char *nl = memchr(p, '\n', n);
	size_t len = nl ? (size_t)(nl - p) : n;

	*whole = len + (nl != NULL);
	if (len && p[len - 1] == '\r')
		len--;
	return len;
}

static bool
is_line(const char *p, size_t len, const char *line)
{
	return strlen(line) == len && !memcmp(p, line, len);
}

static bool
has_line(const struct mvc_buf *b, const char *line)
{
	size_t whole;

	for (size_t at = 0; at < b->len; at += whole)
		if (is_line(b->data + at,
			line_at(b->data + at, b->len - at, &whole), line))
			return true;
	return false;
}

static int
add_attributes(struct mvc_buf *b)
{
	int err = MVC_OK;

	for (size_t i = 0; i < MVC_ATTRIBUTE_LINES && !err; i++) {
		if (has_line(b, mvc_attribute_lines[i]))
			continue;
		if (b->len && b->data[b->len - 1] != '\n')
			err = mvc_buf_add_char(b, '\n');
		if (!err)
			err = mvc_buf_addf(b, "%s\n", mvc_attribute_lines[i]);
	}
	return err;
}

static void
drop_attributes(struct mvc_buf *b)
{
	size_t whole, to = 0;

	for (size_t at = 0; at < b->len; at += whole) {
		size_t len = line_at(b->data + at, b->len - at, &whole);
		bool drop = false;

		for (size_t i = 0; i < MVC_ATTRIBUTE_LINES; i++)
			drop |=
			    is_line(b->data + at, len, mvc_attribute_lines[i]);
		if (drop)
			continue;
		memmove(b->data + to, b->data + at, whole);
		to += whole;
	}
	b->len = to;
}

static int
edit_attributes(
    struct mvc_buf *out, const char *text, size_t n, void *arg, bool *changed)
{
	int err = mvc_buf_add(out, text, n);

	if (!err && *(bool *)arg)
		err = add_attributes(out);
	else if (!err)
		drop_attributes(out);
	*changed = !err && out->len != n;
	return err;
}

int
mvc_setup_has_line(
    bool *has, struct mvc_repo *r, const char *path, const char *line)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(TEXT_MAX);
	bool there;
	int err = read_here(&b, &there, r, path);

	*has = !err && has_line(&b, line);
	return err;
}

static int
edit_here(bool *changed, struct mvc_repo *r, const char *path,
    mvc_setup_fn *edit, void *arg)
{
	MVC_SCOPED(mvc_buf) old = MVC_BUF_INIT(TEXT_MAX);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(TEXT_MAX);
	bool there;
	int err;

	err = read_here(&old, &there, r, path);
	if (!err)
		err = edit(&b, old.data ? old.data : "", old.len, arg, changed);
	if (err || !*changed)
		return err;
	return b.len ? write_here(r, path, &b) : remove_here(r, path);
}

static int
edit_staged(bool *changed, struct mvc_index *idx, const char *path,
    mvc_setup_fn *edit, void *arg)
{
	MVC_SCOPED(mvc_buf) old = MVC_BUF_INIT(TEXT_MAX);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(TEXT_MAX);
	int err;

	err = mvc_index_read(&old, idx, path, 0);
	if (err == MVC_ENOTFOUND)
		err = MVC_OK;
	if (!err)
		err = edit(&b, old.data ? old.data : "", old.len, arg, changed);
	if (err || !*changed)
		return err;
	return b.len ? mvc_index_add(idx, path, 0100644, b.data, b.len)
		     : mvc_index_remove(idx, path);
}

/* Whether the index has the path, and the work tree need not; a conflict is
 * for the user to resolve first. */
static int
look_at_index(bool *elsewhere, struct mvc_index *idx, const char *path)
{
	struct mvc_index_entry e;
	int err;

	*elsewhere = false;
	for (int stage = 1; stage <= 3; stage++) {
		err = mvc_index_find(&e, idx, path, stage);
		if (!err)
			return mvc_fail(MVC_ECONFLICT,
			    "%s is in a conflict: resolve it first", path);
		if (err != MVC_ENOTFOUND)
			return err;
	}
	err = mvc_index_find(&e, idx, path, 0);
	if (!err)
		*elsewhere = e.skip;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

int
mvc_setup_edit(bool *changed, struct mvc_repo *r, struct mvc_index *idx,
    const char *path, mvc_setup_fn *edit, void *arg)
{
	bool here = false, staged = false, elsewhere;
	int err;

	err = look_at_index(&elsewhere, idx, path);
	if (!err && !elsewhere)
		err = edit_here(&here, r, path, edit, arg);
	if (!err)
		err = edit_staged(&staged, idx, path, edit, arg);
	*changed = here || staged;
	return err;
}

int
mvc_setup_attributes(
    bool *changed, struct mvc_repo *r, struct mvc_index *idx, bool add)
{
	return mvc_setup_edit(
	    changed, r, idx, ".gitattributes", edit_attributes, &add);
}

int
mvc_setup_file(struct mvc_repo *r, struct mvc_index *idx, const char *path,
    const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(TEXT_MAX);
	struct mvc_index_entry e;
	bool there;
	int err;

	err = read_here(&b, &there, r, path);
	if (!err && !there && text) {
		err = mvc_buf_add_str(&b, text);
		if (!err)
			err = write_here(r, path, &b);
	}
	if (err)
		return err;
	err = mvc_index_find(&e, idx, path, 0);
	if (err != MVC_ENOTFOUND)
		return err;
	return mvc_index_add(idx, path, 0100644, b.data ? b.data : "", b.len);
}

int
mvc_setup_remove(struct mvc_repo *r, struct mvc_index *idx, const char *path)
{
	int err = remove_here(r, path);

	return err ? err : mvc_index_remove(idx, path);
}
