#include "work/pending.h"

#include "hash/digest.h"
#include "util/beneath.h"
#include "util/file.h"
#include "util/sys.h"
#include "work/ignores.h"
#include "work/intent.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/file.h>

#include "util/banned.h"

#define PREFIX "publish-"
#define HEAD "mvc publish 1\n"

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory");
}

void
mvc_pending_release(struct mvc_pending *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].path);
		free(p->v[i].text);
	}
	free(p->v);
	if (p->lock)
		close(p->lock - 1);
	if (p->folder)
		close(p->folder - 1);
	*p = (struct mvc_pending)MVC_PENDING_INIT;
}

int
mvc_pending_add(struct mvc_pending *p, const char *path, const void *text,
    size_t n, bool pointer)
{
	struct mvc_pending_file *f;

	f = reallocarray(p->v, p->n + 1, sizeof(*f));
	if (!f)
		return no_memory();
	p->v = f;
	f += p->n;
	*f = (struct mvc_pending_file){.path = strdup(path),
	    .text = malloc(n + 1),
	    .n = n,
	    .pointer = pointer};
	if (!f->path || !f->text) {
		free(f->path);
		free(f->text);
		return no_memory();
	}
	memcpy(f->text, text, n);
	f->text[n] = 0;
	p->n++;
	return MVC_OK;
}

/* What is at the path now; *had is false where nothing is. */
static int
look(bool *had, struct mvc_oid *id, struct mvc_work *w, const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_beneath_open(&fd, w->top, path, O_RDONLY | O_NONBLOCK, 0);

	*had = !err;
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : err;
	return mvc_digest_fd(id, fd, path);
}

static int
format(struct mvc_buf *out, struct mvc_pending *p, struct mvc_work *w)
{
	int err = mvc_buf_add_str(out, HEAD);

	for (size_t i = 0; !err && i < p->n; i++) {
		struct mvc_pending_file *f = &p->v[i];

		err = look(&f->had, &f->old, w, f->path);
		if (!err)
			err = mvc_buf_addf(out, "%s %s %zu %s",
			    f->pointer ? "pointer" : "file",
			    f->had ? mvc_oid_hex(&f->old).s : "-", f->n,
			    f->path);
		if (!err)
			err = mvc_buf_add_char(out, 0);
		if (!err)
			err = mvc_buf_add(out, f->text, f->n);
	}
	return err;
}

int
mvc_pending_begin(struct mvc_pending *p, struct mvc_work *w)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_PENDING_MAX);
	uint64_t tag;
	int folder = -1, lock = -1;
	int err = mvc_random(&tag, sizeof(tag));

	snprintf(p->name, sizeof(p->name), PREFIX "%016" PRIx64, tag);
	if (!err)
		err = format(&text, p, w);
	if (!err)
		err = mvc_intent_folder(&folder, w->repo->gitdir);
	p->folder = folder + 1;
	if (!err)
		err = mvc_intent_write(&lock, folder, p->name, &text);
	p->lock = lock + 1;
	return err ? err : mvc_sys_fsync_dir(folder, ".");
}

void
mvc_pending_end(struct mvc_pending *p)
{
	if (p->folder)
		mvc_file_discard(p->folder - 1, p->name);
	mvc_pending_release(p);
}

/* ---- the files ---- */

/* The folders on the way, from the top. */
static int
sync_folders(int top, const char *path)
{
	MVC_OWN_MEM char *s = strdup(path);
	int err;

	if (!s)
		return no_memory();
	err = mvc_sys_fsync_dir(top, ".");
	for (char *at = s; !err && (at = strchr(at, '/')); at++) {
		*at = 0;
		err = mvc_sys_fsync_dir(top, s);
		*at = '/';
	}
	return err;
}

static int
put(const struct mvc_pending_file *f, struct mvc_work *w)
{
	MVC_OWN_FD int folder = -1;
	const char *name;
	struct stat st;
	mode_t mode = 0666;
	int err = mvc_beneath_parent(&folder, &name, w->top, f->path, true);

	if (err)
		return err;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		mode = st.st_mode & 0777;
	err = mvc_file_replace(folder, name, f->text, f->n, mode);
	return err ? err : sync_folders(w->top, f->path);
}

static int
stage(const struct mvc_pending_file *f, struct mvc_index *idx)
{
	MVC_SCOPED(mvc_buf) staged = MVC_BUF_INIT(f->n + 1);
	struct mvc_index_entry e;
	uint32_t mode = 0100644;

	if (mvc_index_find(&e, idx, f->path, 0) == MVC_OK)
		mode = e.mode == 0100755 ? e.mode : mode;
	if (mvc_index_read(&staged, idx, f->path, 0) == MVC_OK &&
	    staged.len == f->n && !memcmp(staged.data, f->text, f->n))
		return MVC_OK;
	return mvc_index_add(idx, f->path, mode, f->text, f->n);
}

int
mvc_pending_apply(
    struct mvc_pending *p, struct mvc_work *w, struct mvc_index *idx)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < p->n; i++) {
		const struct mvc_pending_file *f = &p->v[i];
		struct mvc_oid now, new;
		bool had;

		mvc_blake3(&new, f->text, f->n);
		err = look(&had, &now, w, f->path);
		/* Somebody's, since it was begun. */
		if (!err && (!had || !mvc_oid_eq(&now, &new)) &&
		    (had != f->had || (had && !mvc_oid_eq(&now, &f->old))))
			continue;
		if (!err && (!had || !mvc_oid_eq(&now, &new)))
			err = put(f, w);
		if (!err && idx)
			err = stage(f, idx);
	}
	return err;
}

/* ---- of the dead ---- */

/* One file; *at is NULL where it is damaged. */
static int
parse(struct mvc_pending *p, const char **at, const char *end)
{
	const char *s = *at, *nul = memchr(s, 0, (size_t)(end - s));
	char kind[8], hex[65];
	struct mvc_oid old = {{0}};
	size_t size;
	int n = 0, err;

	*at = NULL;
	if (!nul || sscanf(s, "%7s %64s %zu%n", kind, hex, &size, &n) != 3 ||
	    s[n] != ' ' || size > (size_t)(end - nul - 1) ||
	    (strcmp(hex, "-") && mvc_oid_parse(&old, hex, strlen(hex))))
		return MVC_OK;
	err = mvc_pending_add(
	    p, s + n + 1, nul + 1, size, !strcmp(kind, "pointer"));
	if (err)
		return err;
	p->v[p->n - 1].had = strcmp(hex, "-");
	p->v[p->n - 1].old = old;
	*at = nul + 1 + size;
	return MVC_OK;
}

static int
parse_all(struct mvc_pending *p, const struct mvc_buf *text)
{
	const char *end = text->data + text->len;
	const char *at = text->data + strlen(HEAD);
	int err = MVC_OK;

	if (text->len < strlen(HEAD) || memcmp(text->data, HEAD, strlen(HEAD)))
		return MVC_OK;
	while (!err && at && at < end)
		err = parse(p, &at, end);
	return err;
}

static int
finish(struct mvc_pending *p, struct mvc_work *w)
{
	MVC_OWN(mvc_index) *idx = NULL;
	struct mvc_ignores g = {.w = w};
	int err = mvc_index_open(&idx, w->repo);

	g.idx = idx;
	for (size_t i = 0; !err && i < p->n; i++) {
		const struct mvc_pending_file *f = &p->v[i];
		MVC_OWN_MEM char *root = NULL;

		if (!f->pointer)
			continue;
		root = strndup(
		    f->path, strlen(f->path) - strlen(MVC_POINTER_SUFFIX));
		err = root ? mvc_ignores_edit(&g, root, true) : no_memory();
	}
	if (!err)
		err = mvc_pending_apply(p, w, idx);
	if (!err)
		err = mvc_ignores_write(&g);
	if (!err)
		err = mvc_ignores_stage(&g);
	if (!err)
		err = mvc_index_commit(idx);
	mvc_ignores_release(&g);
	return err;
}

static int
adopt(void *arg, int dirfd, const char *name)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(MVC_PENDING_MAX);
	MVC_SCOPED(mvc_pending) p = MVC_PENDING_INIT;
	struct mvc_work *w = arg;
	int err = mvc_file_read(&text, dirfd, name);

	if (!err)
		err = parse_all(&p, &text);
	if (!err && p.n)
		err = finish(&p, w);
	if (!err)
		mvc_file_discard(dirfd, name);
	return err;
}

int
mvc_pending_adopt(struct mvc_work *w)
{
	return mvc_intents_dead(w->repo->gitdir, PREFIX, LOCK_EX, adopt, w);
}
