#include "work/add_priv.h"

#include "util/beneath.h"
#include "util/sys.h"
#include "work/ignoreblock.h"
#include "work/pointerfile.h"

#include "util/banned.h"

#define IGNORE_FILE ".gitignore"
#define IGNORE_FILE_MAX (64 << 20)

/* A .gitignore that gets lines: in the work tree and in the index. */
struct ignore_file {
	char *path;
	struct mvc_buf work, staged;
	bool work_changed, staged_changed;
};

struct publish {
	struct add *a;
	struct ignore_file *files;
	size_t n;
};

static int
claim(struct add *a, struct add_root *r, const char *holder)
{
	struct mvc_claim c = {.oid = r->now.oid,
	    .tree = r->now.type == MVC_POINTER_TREE,
	    .part = r->part_claim,
	    .size = r->now.size,
	    .files = r->now.files,
	    .base = &r->base,
	    .n_base = r->has_base};
	int err;

	err = mvc_writer_claim(a->writer, holder, &c, 1);
	if (err != MVC_ENOTFOUND || c.part)
		return err;
	/* Not all of it is here: keep what is. */
	c.part = true;
	return mvc_writer_claim(a->writer, holder, &c, 1);
}

/* .gitignore lines. */

static int
read_work(struct mvc_buf *out, int top, const char *path)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	int err;

	err = mvc_beneath_parent(&folder, &name, top, path, false);
	if (err || !mvc_file_exists(folder, name))
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	return mvc_file_read(out, folder, name);
}

static int
ignore_file(struct ignore_file **out, struct publish *p, const char *root)
{
	const char *slash = strrchr(root, '/');
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 20);
	struct ignore_file *f;
	int err;

	err = mvc_buf_add(&path, root, slash ? (size_t)(slash + 1 - root) : 0);
	if (!err)
		err = mvc_buf_add_str(&path, IGNORE_FILE);
	if (err)
		return err;
	for (size_t i = p->n; i-- > 0;) {
		*out = &p->files[i];
		if (!strcmp((*out)->path, path.data))
			return MVC_OK;
	}
	f = realloc(p->files, (p->n + 1) * sizeof(*f));
	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory");
	p->files = f;
	*out = f = &f[p->n++];
	*f = (struct ignore_file){.path = mvc_buf_take(&path),
	    .work = MVC_BUF_INIT(IGNORE_FILE_MAX),
	    .staged = MVC_BUF_INIT(IGNORE_FILE_MAX)};
	err = read_work(&f->work, p->a->w->top, f->path);
	if (!err && !p->a->o->no_stage)
		err = mvc_index_read(&f->staged, p->a->idx, f->path, 0);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
edit_text(struct mvc_buf *text, const char *name, bool *changed)
{
	struct mvc_buf out = MVC_BUF_INIT(IGNORE_FILE_MAX);
	bool now;
	int err;

	err = mvc_ignoreblock_edit(
	    &out, text->data ? text->data : "", text->len, name, true, &now);
	if (err || !now) {
		mvc_buf_release(&out);
		return err;
	}
	mvc_buf_release(text);
	*text = out;
	*changed = true;
	return MVC_OK;
}

static int
ignore_root(struct publish *p, const char *root)
{
	const char *slash = strrchr(root, '/');
	const char *name = slash ? slash + 1 : root;
	struct ignore_file *f = NULL;
	int err;

	err = ignore_file(&f, p, root);
	if (!err)
		err = edit_text(&f->work, name, &f->work_changed);
	if (!err && !p->a->o->no_stage)
		err = edit_text(&f->staged, name, &f->staged_changed);
	return err;
}

static int
write_work(struct publish *p, const struct ignore_file *f)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	struct stat st;
	mode_t mode = 0666;
	int err;

	err = mvc_beneath_parent(&folder, &name, p->a->w->top, f->path, false);
	if (err)
		return err;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!S_ISREG(st.st_mode))
			return mvc_fail(MVC_EINVALID,
			    "%s is no regular file, so Git does not read it",
			    f->path);
		mode = st.st_mode & 0777;
	}
	return mvc_file_replace(folder, name, f->work.data, f->work.len, mode);
}

static int
write_ignores(struct publish *p)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < p->n; i++) {
		struct ignore_file *f = &p->files[i];

		if (f->work_changed)
			err = write_work(p, f);
		if (!err && f->staged_changed)
			err = mvc_index_add(p->a->idx, f->path, 0100644,
			    f->staged.data, f->staged.len);
	}
	return err;
}

/* Stage the pointer unless it is. */
static int
stage(struct add *a, struct add_root *r)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	MVC_SCOPED(mvc_buf) staged = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	int err;

	err = mvc_pointer_format(&text, &r->now);
	if (err)
		return err;
	if (mvc_index_read(&staged, a->idx, r->pointer_path, 0) == MVC_OK &&
	    staged.len == text.len && !memcmp(staged.data, text.data, text.len))
		return MVC_OK;
	return mvc_index_add(
	    a->idx, r->pointer_path, 0100644, text.data, text.len);
}

/* Everything that is to be seen of the root outside the store. */
static int
publish_root(struct publish *p, struct add_root *r)
{
	struct add *a = p->a;
	int err = MVC_OK;

	if (r->changed)
		err = mvc_pointer_write(&r->now, a->w->top, r->pointer_path);
	if (err || (a->o->update && !r->changed))
		return err;
	err = ignore_root(p, r->path);
	if (!err && !a->o->no_stage)
		err = stage(a, r);
	return err;
}

static int
record_root(struct add *a, struct add_root *r)
{
	if (r->now.type != MVC_POINTER_TREE ||
	    (!r->changed && r->had_record && r->partial == r->was_partial))
		return MVC_OK;
	if (!r->is_dir && !strcmp(r->parts.v[0], r->path))
		return MVC_OK; /* not here */
	return mvc_statupdate_root(a->update, r->path, &r->now.oid, r->partial);
}

static int
publish_all(struct publish *p)
{
	struct add *a = p->a;
	char holder[33];
	int err;

	err = mvc_repo_clone_id(holder, a->w->repo, true);
	for (size_t i = 0; !err && i < a->n; i++)
		if (a->roots[i].changed)
			err = claim(a, &a->roots[i], holder);
	for (size_t i = 0; !err && i < a->n; i++)
		err = publish_root(p, &a->roots[i]);
	if (!err)
		err = write_ignores(p);
	if (!err)
		err = mvc_index_commit(a->idx);
	for (size_t i = 0; !err && i < a->n; i++)
		err = record_root(a, &a->roots[i]);
	return err;
}

int
add_publish(struct add *a)
{
	struct publish p = {.a = a};
	int err = publish_all(&p);

	for (size_t i = 0; i < p.n; i++) {
		free(p.files[i].path);
		mvc_buf_release(&p.files[i].work);
		mvc_buf_release(&p.files[i].staged);
	}
	free(p.files);
	if (err)
		return err;
	/* The cache is disposable: without it the next command is slower. */
	if (mvc_statupdate_commit(a->update))
		mvc_warn(a->w->ctx, "%s", mvc_error_text());
	return MVC_OK;
}
