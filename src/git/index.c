/*
 * The index is read anew under Git's lock and replaced durably (gitfile.h), so
 * that neither a `git add` meanwhile nor a crash loses anything. The objects
 * that it names are durable before.
 */
#include "git/index.h"
#include "git/foreign.h"
#include "git/gitfile.h"
#include "git/repo.h"
#include "util/file.h"
#include "util/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include "util/banned.h"

#define COMPARE_MAX (1 << 20)

struct mvc_index {
	struct mvc_repo *r;
	git_index *git;
	bool foreign; /* libgit2 cannot read what is on the disk */
	struct mvc_index_change *changes;
	size_t n;
};

void
mvc_index_free(struct mvc_index *idx)
{
	if (!idx)
		return;
	for (size_t i = 0; i < idx->n; i++)
		free(idx->changes[i].path);
	free(idx->changes);
	git_index_free(idx->git);
	free(idx);
}

/* libgit2 takes an index that it fails to look at for one that is not there:
 * all would seem untracked, or be written so. */
static int
check_empty(git_index *git, const char *path)
{
	MVC_OWN_FD int fd = -1;
	uint8_t head[12];
	size_t got;
	int err;

	if (git_index_entrycount(git) > 0 || mvc_file_absent(AT_FDCWD, path))
		return MVC_OK;
	err = mvc_sys_open(&fd, AT_FDCWD, path, O_RDONLY, 0);
	if (!err)
		err = mvc_sys_read(&got, fd, head, sizeof(head), path);
	if (err)
		return err;
	if (got == sizeof(head) && (head[8] | head[9] | head[10] | head[11]))
		return mvc_fail(MVC_EIO, "%s could not be read", path);
	return MVC_OK;
}

static int
read_index(struct mvc_index *idx)
{
	const git_error *last;
	int e;

	mvc_indexlock_sweep(idx->r->index_path);
	e = git_index_open(&idx->git, idx->r->index_path);
	last = git_error_last();
	if (e == 0)
		return check_empty(idx->git, idx->r->index_path);
	if (last &&
	    (last->klass == GIT_ERROR_OS || last->klass == GIT_ERROR_NOMEMORY))
		return mvc_git_fail(e, "read %s", idx->r->index_path);
	if (access(idx->r->index_path, R_OK) < 0 && errno == EACCES)
		return mvc_sys_fail(AT_FDCWD, "open", idx->r->index_path);
	idx->foreign = true;
	return mvc_foreign_read(&idx->git, idx->r);
}

int
mvc_index_open(struct mvc_index **out, struct mvc_repo *r)
{
	MVC_OWN(mvc_index) *idx = calloc(1, sizeof(*idx));
	int err;

	*out = NULL;
	if (!idx)
		return mvc_fail(MVC_ENOMEM, "no memory for an index");
	idx->r = r;
	err = read_index(idx);
	if (!err)
		*out = MVC_TAKE(idx);
	return err;
}

static void
entry_from(struct mvc_index_entry *out, const git_index_entry *e)
{
	out->path = e->path;
	mvc_gitid_from(&out->id, &e->id);
	out->mode = e->mode;
	out->stage = git_index_entry_stage(e);
	out->intent = e->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD;
	out->skip = e->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE;
}

int
mvc_index_find(struct mvc_index_entry *out, struct mvc_index *idx,
    const char *path, int stage)
{
	const git_index_entry *e = git_index_get_bypath(idx->git, path, stage);

	if (!e)
		return mvc_fail(
		    MVC_ENOTFOUND, "%s is not in Git's index", path);
	entry_from(out, e);
	return MVC_OK;
}

int
mvc_index_read(
    struct mvc_buf *out, struct mvc_index *idx, const char *path, int stage)
{
	struct mvc_index_entry e;
	int err = mvc_index_find(&e, idx, path, stage);

	if (err)
		return err;
	if (e.intent)
		return mvc_fail(MVC_ENOTFOUND,
		    "%s is only announced (git add -N) in Git's index", path);
	err = mvc_git_blob_read(out, idx->r, &e.id);
	/* The path is found, so that this is damage. */
	if (err == MVC_ENOTFOUND)
		err = MVC_ECORRUPT;
	return err ? mvc_fail_prefix(err, "%s", path) : MVC_OK;
}

int
mvc_git_blob_read(
    struct mvc_buf *out, struct mvc_repo *r, const struct mvc_gitid *id)
{
	git_oid oid;
	int err = mvc_gitid_to(&oid, id);

	return err ? err : mvc_git_blob(out, r, &oid);
}

int
mvc_git_blob_size(uint64_t *out, struct mvc_repo *r, const struct mvc_gitid *id)
{
	git_odb *odb = NULL;
	git_object_t type;
	git_oid oid;
	size_t size = 0;
	int code, err = mvc_gitid_to(&oid, id);

	*out = 0;
	if (err)
		return err;
	code = git_repository_odb(&odb, r->git);
	if (code == 0)
		code = git_odb_read_header(&size, &type, odb, &oid);
	git_odb_free(odb);
	*out = size;
	if (code == GIT_ENOTFOUND)
		return mvc_git_missing(r, "blob", &oid);
	return code == 0 ? MVC_OK : mvc_git_fail(code, "read a blob's size");
}

int
mvc_index_each_pointer(struct mvc_index *idx,
    int (*each)(void *arg, const struct mvc_index_entry *e), void *arg)
{
	size_t n = git_index_entrycount(idx->git);
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++) {
		const git_index_entry *g = git_index_get_byindex(idx->git, i);
		size_t len = strlen(g->path);
		struct mvc_index_entry e;

		if (len < 4 || memcmp(g->path + len - 4, ".mvc", 4))
			continue;
		entry_from(&e, g);
		err = each(arg, &e);
	}
	return err;
}

bool
mvc_index_tracks(struct mvc_index *idx, const char *path, const char **below)
{
	MVC_OWN_MEM char *prefix = NULL;
	size_t pos;
	bool found;

	if (below)
		*below = NULL;
	found = *path && git_index_find(&pos, idx->git, path) == 0;
	if (!found) {
		if (asprintf(&prefix, "%s%s", path, *path ? "/" : "") < 0)
			return true;
		found = git_index_find_prefix(&pos, idx->git, prefix) == 0;
	}
	if (found && below)
		*below = git_index_get_byindex(idx->git, pos)->path;
	return found;
}

/* ---- changes ---- */

static int
add_change(
    struct mvc_index_change **out, struct mvc_index *idx, const char *path)
{
	struct mvc_index_change *changes, *c;
	int err;

	if ((idx->n & (idx->n - 1)) == 0) {
		changes = reallocarray(
		    idx->changes, idx->n ? 2 * idx->n : 1, sizeof(*changes));
		if (!changes)
			return mvc_fail(MVC_ENOMEM, "no memory for an index");
		idx->changes = changes;
	}
	c = &idx->changes[idx->n];
	memset(c, 0, sizeof(*c));
	err = mvc_git_textf(&c->path, "%s", path);
	if (err)
		return err;
	idx->n++;
	*out = c;
	return MVC_OK;
}

static void
take_stat(struct mvc_index_change *c, const struct stat *st)
{
	c->mtime.seconds = (int32_t)st->st_mtim.tv_sec;
	c->mtime.nanoseconds = (uint32_t)st->st_mtim.tv_nsec;
	c->changed.seconds = (int32_t)st->st_ctim.tv_sec;
	c->changed.nanoseconds = (uint32_t)st->st_ctim.tv_nsec;
	c->dev = (uint32_t)st->st_dev;
	c->ino = (uint32_t)st->st_ino;
	c->uid = st->st_uid;
	c->gid = st->st_gid;
	c->size = (uint32_t)st->st_size;
}

/* Where the work tree's file holds just these bytes, its stat is kept, so that
 * Git need not read it. Any failure only means that Git does. */
static void
match_worktree(struct mvc_index_change *c, const struct mvc_repo *r,
    const void *p, size_t n)
{
	MVC_OWN_MEM char *file = NULL, *bytes = NULL;
	MVC_OWN_FD int fd = -1;
	struct stat st;
	ssize_t got;

	if (!r->worktree || n > COMPARE_MAX ||
	    asprintf(&file, "%s/%s", r->worktree, c->path) < 0)
		return;
	fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (size_t)st.st_size != n)
		return;
	bytes = malloc(n + 1);
	got = bytes ? read(fd, bytes, n + 1) : -1;
	if (got >= 0 && (size_t)got == n && memcmp(bytes, p, n) == 0)
		take_stat(c, &st);
}

static void
share_object(const struct mvc_repo *r, const git_oid *id)
{
	char hex[GIT_OID_HEXSZ + 1], name[GIT_OID_HEXSZ + 16];

	git_oid_tostr(hex, sizeof(hex), id);
	snprintf(name, sizeof(name), "objects/%.2s", hex);
	mvc_repo_share(r, name);
	snprintf(name, sizeof(name), "objects/%.2s/%s", hex, hex + 2);
	mvc_repo_share(r, name);
}

int
mvc_index_add(struct mvc_index *idx, const char *path, uint32_t mode,
    const void *p, size_t n)
{
	struct mvc_index_change *c;
	git_oid id;
	int err;

	if (mode != 0100644 && mode != 0100755)
		return mvc_fail(
		    MVC_EINVALID, "stage %s: mode %o", path, (unsigned)mode);
	err = git_blob_create_from_buffer(&id, idx->r->git, p, n);
	if (err < 0)
		return mvc_git_fail(err, "stage %s", path);
	share_object(idx->r, &id);
	err = add_change(&c, idx, path);
	if (err)
		return err;
	c->id = id;
	c->mode = mode;
	match_worktree(c, idx->r, p, n);
	return MVC_OK;
}

int
mvc_index_remove(struct mvc_index *idx, const char *path)
{
	struct mvc_index_change *c;

	return add_change(&c, idx, path);
}

/* ---- commit ---- */

/*
 * An entry as young as the old index may have changed unseen since; the new
 * index is younger and would hide that. A size of 0 makes Git look (Git's own
 * racily-clean rule, by seconds, which every build of Git heeds).
 */
static void
distrust_racy(git_index *index, const struct mvc_gitfile *f)
{
	size_t n = git_index_entrycount(index);

	for (size_t i = 0; i < n; i++) {
		/* git_index_add would do it by the book, and drop the cached
		 * trees of every folder on the way. */
		git_index_entry *e =
		    (git_index_entry *)(uintptr_t)git_index_get_byindex(
			index, i);

		if (e->mtime.seconds >= f->old.st_mtime)
			e->file_size = 0;
	}
}

/* A file where a folder is tracked would silently unstage what is in it. */
static int
refuse_collision(git_index *index, const char *path)
{
	MVC_OWN_MEM char *text = NULL;
	size_t pos;
	int err;

	err = mvc_git_textf(&text, "%s/", path);
	if (err)
		return err;
	if (git_index_find_prefix(&pos, index, text) == 0)
		return mvc_fail(MVC_ECONFLICT,
		    "stage %s: Git tracks files in a folder of that name",
		    path);
	for (char *s = strrchr(text, '/'); s; s = strrchr(text, '/')) {
		*s = 0;
		if (strcmp(text, path) &&
		    git_index_find(&pos, index, text) == 0)
			return mvc_fail(MVC_ECONFLICT,
			    "stage %s: Git tracks %s as a file", path, text);
	}
	return MVC_OK;
}

static int
apply(git_index *index, const struct mvc_index_change *c)
{
	git_index_entry e = {.MVC_GIT_CTIME = c->changed,
	    .mtime = c->mtime,
	    .dev = c->dev,
	    .ino = c->ino,
	    .uid = c->uid,
	    .gid = c->gid,
	    .file_size = c->size,
	    .mode = c->mode,
	    .id = c->id,
	    .path = c->path};
	const git_index_entry *old = git_index_get_bypath(index, c->path, 0);
	int err;

	/* What a sparse checkout leaves out stays out. */
	if (old)
		e.flags_extended =
		    old->flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE;
	for (int stage = 0; stage <= 3; stage++)
		git_index_remove(index, c->path, stage);
	if (c->mode == 0)
		return MVC_OK;
	err = refuse_collision(index, c->path);
	if (err)
		return err;
	err = git_index_add(index, &e);
	return err < 0 ? mvc_git_fail(err, "stage %s", c->path) : MVC_OK;
}

/* The objects that the index is about to name: libgit2 fsyncs them and their
 * folders, but not the folder of those. */
static int
sync_objects(const struct mvc_repo *r)
{
	MVC_OWN_MEM char *path = NULL;
	int err = mvc_git_textf(&path, "%s/objects", r->commondir);

	return err ? err : mvc_sys_fsync_dir(AT_FDCWD, path);
}

static int
write_native(struct mvc_index *idx, struct mvc_gitfile *f)
{
	MVC_GIT_OWN(git_index) *index = NULL;
	int err, e;

	err = mvc_gitfile_begin(f, idx->r->index_path);
	if (err)
		return err;
	e = git_index_open(&index, f->tmp);
	if (e < 0)
		return mvc_git_fail(e, "read %s", idx->r->index_path);
	err = check_empty(index, f->tmp);
	if (err)
		return err;
	distrust_racy(index, f);
	for (size_t i = 0; !err && i < idx->n; i++)
		err = apply(index, &idx->changes[i]);
	if (err)
		return err;
	e = git_index_write(index);
	if (e < 0)
		return mvc_git_fail(e, "write %s", idx->r->index_path);
	mvc_file_share(AT_FDCWD, f->tmp, idx->r->shared);
	return mvc_gitfile_publish(f);
}

int
mvc_index_can_write(const struct mvc_index *idx)
{
	MVC_OWN_MEM char *folder = NULL, *objects = NULL;
	int err;

	err = mvc_git_textf(&folder, "%s", idx->r->index_path);
	if (!err)
		err = mvc_git_textf(&objects, "%s/objects", idx->r->commondir);
	if (err)
		return err;
	*strrchr(folder, '/') = 0;
	err = mvc_sys_can_write(AT_FDCWD, folder);
	if (!err)
		err = mvc_sys_can_write(AT_FDCWD, objects);
	return err ? err : mvc_indexlock_wait(idx->r->index_path);
}

int
mvc_index_commit(struct mvc_index *idx)
{
	struct mvc_gitfile f = MVC_GITFILE_INIT;
	int err;

	if (idx->n == 0)
		return MVC_OK;
	err = sync_objects(idx->r);
	if (err)
		return err;
	if (idx->foreign) {
		err = mvc_foreign_write(idx->r, idx->changes, idx->n);
	} else {
		err = write_native(idx, &f);
		mvc_gitfile_release(&f);
	}
	if (err)
		return err;
	for (size_t i = 0; i < idx->n; i++)
		free(idx->changes[i].path);
	idx->n = 0;
	return MVC_OK;
}
