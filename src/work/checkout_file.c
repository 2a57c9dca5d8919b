/*
 * One file: read from the store, checked, written under a temporary name
 * beside it, renamed. Aligned runs of zero bytes become holes.
 */
#include "work/checkout_priv.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "util/sys.h"
#include "work/holes.h"
#include "work/ready.h"
#include "work/torn.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>

#include "util/banned.h"

#ifndef O_PATH
#define O_PATH O_RDONLY
#endif

/* The temporary. */
struct tmp {
	int fd, dirfd;
	int from; /* the folder that it is in; mostly dirfd */
	/*
	 * It will be renamed over another file: where one has no blocks yet,
	 * ext4 writes it to the disk before that. What a power cut needs is
	 * work/settle's business.
	 */
	bool replaces;
	_Atomic uint64_t end; /* of what was written */
	atomic_bool failed; /* a write did */
	struct mvc_progress *progress;
	char name[MVC_OID_HEX + 8];
	const char *target; /* for messages */
};

static void
tmp_release(struct tmp *t)
{
	if (t->fd >= 0)
		close(t->fd);
	if (t->name[0])
		mvc_file_discard(t->from, t->name);
	t->name[0] = 0;
}

static int
tmp_name(struct tmp *t, struct co_file *f, int dirfd, const char *name)
{
	t->fd = -1;
	t->dirfd = t->from = dirfd;
	t->target = name;
	t->progress = f->progress;
	snprintf(t->name, sizeof(t->name), "%s%s-%x", MVC_TMP_PREFIX, f->tag,
	    f->serial++);
	return MVC_OK;
}

static int
tmp_open(struct tmp *t, struct co_file *f, int dirfd, const char *name,
    unsigned kind)
{
	int err = tmp_name(t, f, dirfd, name);

	if (!err)
		err = mvc_sys_open(&t->fd, dirfd, t->name,
		    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
		    kind == MVC_ENTRY_EXEC ? 0777 : 0666);
	if (err)
		t->name[0] = 0;
	return err;
}

static int
emit(void *arg, const void *p, size_t n, uint64_t off)
{
	struct tmp *t = arg;
	uint64_t end = 0, was = atomic_load(&t->end);
	int err = mvc_write_around_holes(
	    t->fd, t->replaces, p, n, off, &end, t->target);

	if (err) {
		atomic_store(&t->failed, true);
		return err;
	}
	while (was < end && !atomic_compare_exchange_weak(&t->end, &was, end))
		;
	atomic_fetch_add(&t->progress->bytes, n);
	return MVC_OK;
}

int
co_file_as_seen(bool *same, struct stat *st, int dirfd, const char *name,
    const struct co_rec *rec)
{
	bool was = rec->flags & CO_WAS;
	struct mvc_stat_entry now;

	if (fstatat(dirfd, name, st, AT_SYMLINK_NOFOLLOW) < 0) {
		memset(st, 0, sizeof(*st));
		*same = !was;
		return errno == ENOENT ? MVC_OK
				       : mvc_fail_errno("stat %s", name);
	}
	mvc_stat_fill(&now, st);
	*same = was && !S_ISDIR(st->st_mode) && now.size == rec->was.size &&
	    now.modified == rec->was.modified && now.inode == rec->was.inode &&
	    now.changed == rec->was.changed;
	return MVC_OK;
}

static int
say(struct co_result *res, enum co_done done, const char *text)
{
	res->done = done;
	res->text = strdup(text);
	return res->text ? MVC_OK : mvc_fail(MVC_ENOMEM, "no memory");
}

static int
fill_now(
    struct co_result *res, int fd, const char *name, const struct co_rec *rec)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", name);
	mvc_stat_fill(&res->now, &st);
	res->now.kind = rec->kind;
	res->now.oid = rec->oid;
	res->update_cache = true;
	return MVC_OK;
}

/* The temporary gets its name, unless something came there meanwhile. */
static int
publish(struct co_result *res, struct tmp *t, uint64_t linger, const char *name,
    const struct co_rec *rec)
{
	struct stat st;
	bool same;
	int err;

	err = co_file_as_seen(&same, &st, t->dirfd, name, rec);
	if (err)
		return err;
	if (!same)
		return say(res, CO_DONE_KEPT, "changed meanwhile");
	if (rec->flags & CO_WAS && rec->was.size > MVC_BLOB_SMALL &&
	    rec->was.size <= linger &&
	    mvc_sys_open(&res->old, t->dirfd, name, O_PATH | O_NOFOLLOW, 0))
		res->old = -1;
	err = mvc_sys_rename(t->from, t->name, t->dirfd, name);
	if (err)
		return err;
	t->name[0] = 0;
	res->done = CO_DONE_PUT;
	res->written = true;
	res->replaced = rec->flags & CO_WAS;
	return MVC_OK;
}

static int
put_link(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	struct tmp t = {.fd = -1};
	struct stat st;
	int err = tmp_name(&t, f, dirfd, name);

	if (!err)
		err = mvc_sys_symlink(rec->target, dirfd, t.name);
	if (err)
		return err;
	err = publish(res, &t, 0, name, rec);
	tmp_release(&t);
	if (err || res->done != CO_DONE_PUT)
		return err;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return mvc_fail_errno("stat %s", name);
	mvc_stat_fill(&res->now, &st);
	res->now.oid = rec->oid;
	res->update_cache = true;
	return MVC_OK;
}

/* What is damaged in one place may be whole in another. From the beginning:
 * zeros are not written, and nothing else may be left in their place. */
static int
refill(struct tmp *t, struct co_file *f, const struct co_rec *rec)
{
	int err = mvc_sys_truncate(t->fd, 0, t->target);

	atomic_store(&t->end, 0);
	return err
	    ? err
	    : mvc_blob_copy_checked(f->store, &rec->oid, rec->size, emit, t);
}

/* Room for the bytes: those that the store cannot give are no failure of the
 * whole. */
static int
fill(struct co_result *res, struct tmp *t, struct co_file *f,
    const struct co_rec *rec)
{
	bool cloned;
	int err;

	if (rec->size <= MVC_BLOB_SMALL) {
		err = emit(t, f->buf.data, f->buf.len, 0);
	} else {
		err = co_clone(&cloned, f, rec, t->fd, t->target);
		if (err)
			return err;
		if (cloned) {
			atomic_fetch_add(&t->progress->bytes, rec->size);
			return MVC_OK;
		}
		err = mvc_blob_copy(f->store, &rec->oid, rec->size, emit, t);
		if (err == MVC_ECORRUPT && !t->failed)
			err = refill(t, f, rec);
		if (err && !t->failed &&
		    (err == MVC_ENOTFOUND || err == MVC_ECORRUPT))
			return say(res, CO_DONE_MISSING, mvc_error_text());
	}
	if (!err && t->end < rec->size)
		err = mvc_sys_truncate(t->fd, rec->size, t->target);
	return err;
}

/* The temporary is filled, or what was wrong is in err and res. */
static int
put_tmp(struct co_result *res, struct tmp *t, struct co_file *f,
    const char *name, const struct co_rec *rec, int err)
{
	int fd = t->fd;

	if (!err && res->done == CO_DONE_NOTHING)
		err = publish(res, t, f->linger, name, rec);
	/* Renaming changes ctime. */
	if (!err && res->done == CO_DONE_PUT)
		err = fill_now(res, fd, name, rec);
	if (!err && res->done == CO_DONE_PUT)
		co_clones_keep(&f->clones, rec, fd);
	t->fd = -1;
	if (!err && fd >= 0)
		err = mvc_sys_close(fd, name);
	else if (fd >= 0)
		close(fd);
	tmp_release(t);
	return err;
}

static int
put_bytes(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	struct tmp t = {.replaces = rec->flags & CO_WAS};
	int err;

	err = tmp_open(&t, f, dirfd, name, rec->kind);
	if (!err)
		err = fill(res, &t, f, rec);
	return put_tmp(res, &t, f, name, rec, err);
}

/* What is wanted in another place too. */
static int
put_copy(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec, int from)
{
	struct tmp t = {.replaces = rec->flags & CO_WAS};
	uint64_t at = 0;
	size_t got = 1;
	int err;

	err = tmp_open(&t, f, dirfd, name, rec->kind);
	mvc_buf_clear(&f->buf);
	if (!err)
		err = mvc_buf_reserve(&f->buf, MVC_BLOB_SMALL);
	for (; !err && got; at += got) {
		err = mvc_sys_pread(
		    &got, from, f->buf.data, MVC_BLOB_SMALL, at, name);
		if (!err && got)
			err = emit(&t, f->buf.data, got, at);
	}
	if (!err && t.end < rec->size)
		err = mvc_sys_truncate(t.fd, rec->size, name);
	return put_tmp(res, &t, f, name, rec, err);
}

/* What a fetch laid ready only gets its place; 1: there is none. */
static int
put_ready(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	struct tmp t = {.dirfd = dirfd, .target = name};
	struct mvc_ready_name from;
	struct stat st;
	bool copy;
	int err = MVC_OK;

	t.fd = mvc_ready_take(
	    f->ready, &rec->oid, rec->size, &t.from, &from, &copy);
	if (t.fd < 0)
		return 1;
	if (copy) {
		err = put_copy(res, f, dirfd, name, rec, t.fd);
		close(t.fd);
		return err;
	}
	snprintf(t.name, sizeof(t.name), "%s", from.s);
	atomic_fetch_add(&f->progress->bytes, rec->size);
	if (rec->kind == MVC_ENTRY_EXEC && fstat(t.fd, &st) < 0)
		err = mvc_fail_errno("stat %s", name);
	else if (rec->kind == MVC_ENTRY_EXEC)
		err = mvc_sys_fchmod(t.fd,
		    (st.st_mode & 07777) | (st.st_mode & 0444) >> 2, name);
	return put_tmp(res, &t, f, name, rec, err);
}

static int
put_file(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	int err = put_ready(res, f, dirfd, name, rec);

	if (err != 1)
		return err;
	err = MVC_OK;
	if (rec->size <= MVC_BLOB_SMALL)
		err = mvc_blob_get(f->store, &rec->oid, rec->size, &f->buf);
	if (err == MVC_ENOTFOUND || err == MVC_ECORRUPT)
		return say(res, CO_DONE_MISSING, mvc_error_text());
	return err ? err : put_bytes(res, f, dirfd, name, rec);
}

static int
put(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	bool has = true;
	int err = MVC_OK;

	if (f->dry_run) {
		if (rec->kind != MVC_ENTRY_LINK)
			err =
			    mvc_blob_has(f->store, &rec->oid, rec->size, &has);
		if (!err && !has)
			return say(res, CO_DONE_MISSING, "not in the store");
		res->done = CO_DONE_PUT;
		res->replaced = rec->flags & CO_WAS;
		return err;
	}
	return rec->kind == MVC_ENTRY_LINK ? put_link(res, f, dirfd, name, rec)
					   : put_file(res, f, dirfd, name, rec);
}

/* What is there. */

/* By the user: it is neither as it was put nor as it shall be. */
static bool
bit_changed(
    const struct co_file *f, const struct co_rec *rec, const struct stat *st)
{
	bool is = st->st_mode & 0100;

	return f->filemode && !f->force &&
	    is != (rec->kind == MVC_ENTRY_EXEC) &&
	    (!(rec->flags & CO_KNOWN) ||
		is != (rec->known_kind == MVC_ENTRY_EXEC));
}

/* The content is right; the executable bit may not be. */
static int
take_as_is(struct co_result *res, struct co_file *f, int fd, const char *name,
    const struct co_rec *rec, const struct stat *st)
{
	bool is = st->st_mode & 0100, shall = rec->kind == MVC_ENTRY_EXEC;
	mode_t readers = (st->st_mode & 0444) >> 2;
	int err = MVC_OK;

	if (f->filemode && is != shall) {
		res->done = CO_DONE_PUT;
		res->replaced = true;
		if (f->dry_run)
			return MVC_OK;
		err = mvc_sys_fchmod(fd,
		    shall ? (st->st_mode & 07777) | readers
			  : st->st_mode & 07777 & ~(mode_t)0111,
		    name);
	}
	return err ? err : fill_now(res, fd, name, rec);
}

static int
check(struct co_result *res, struct co_file *f, int dirfd, const char *name,
    const struct co_rec *rec)
{
	MVC_OWN_FD int fd = -1;
	struct co_rec now = *rec;
	bool torn = false, as_is, known;
	struct mvc_oid oid;
	struct stat st;
	int err;

	err = mvc_sys_open(
	    &fd, dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (err)
		return say(res, CO_DONE_KEPT, mvc_error_text());
	if (fstat(fd, &st) < 0)
		err = mvc_fail_errno("stat %s", name);
	if (!err && !S_ISREG(st.st_mode))
		return say(res, CO_DONE_KEPT, "not mvc's, and in the way");
	if (!err)
		err = mvc_digest_fd(&oid, fd, name);
	if (err)
		return err;
	as_is = mvc_oid_eq(&oid, &rec->oid);
	known = rec->flags & CO_KNOWN && mvc_oid_eq(&oid, &rec->known);
	if ((as_is || known) && bit_changed(f, rec, &st))
		return say(
		    res, CO_DONE_KEPT, "its executable bit was changed here");
	if (as_is)
		return take_as_is(res, f, fd, name, rec, &st);
	if (rec->flags & CO_TORN)
		err = mvc_torn_is(
		    &torn, f->store, &rec->oid, rec->size, fd, name);
	if (err)
		return err;
	if (!f->force && !torn && !known)
		return say(res, CO_DONE_KEPT, "changed here");
	now.flags |= CO_WAS;
	mvc_stat_fill(&now.was, &st);
	return put(res, f, dirfd, name, &now);
}

static bool
worth_a_look(
    const struct co_file *f, const struct stat *st, const struct co_rec *rec)
{
	return S_ISREG(st->st_mode) && rec->kind != MVC_ENTRY_LINK &&
	    (f->force || (uint64_t)st->st_size == rec->size);
}

int
co_file_do(struct co_result *res, struct co_file *f, int dirfd,
    const char *name, const struct co_rec *rec)
{
	struct stat st;
	bool same = true;
	int err = MVC_OK;

	memset(res, 0, sizeof(*res));
	res->old = -1;
	if (rec->op == CO_CHECK)
		return check(res, f, dirfd, name, rec);
	if (dirfd >= 0)
		err = co_file_as_seen(&same, &st, dirfd, name, rec);
	if (err)
		return err;
	if (same)
		return put(res, f, dirfd, name, rec);
	/* The scan passed over it (.mvcignore), or it came since. */
	if (worth_a_look(f, &st, rec))
		return check(res, f, dirfd, name, rec);
	return say(res, CO_DONE_KEPT, "not mvc's, and in the way");
}
