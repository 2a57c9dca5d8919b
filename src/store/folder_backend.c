/*
 * Keys are files. A put is a temporary in tmp/, fsynced, then given its name
 * by rename, or by hard link where it must be new: both are one step also on
 * NFS and CIFS, between machines. Nothing is locked.
 */
#include "store/folder_backend.h"
#include "util/sys.h"
#include "util/banned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

/* Each read and write waits for a disk: few and large. */
#define PIECE ((size_t)4 << 20)
/* Folders in folders: roots/HOLDER/OID has two. */
#define DEPTH_MAX 8

static const struct mvc_folder *
folder_of(const struct mvc_backend *b)
{
	return ((const struct mvc_folder_backend *)b)->folder;
}

/* Texts of these name the whole path already. */
static int
named(const struct mvc_folder *f, int err)
{
	if (!err || err == MVC_EDENIED || err == MVC_ENOSPACE)
		return err;
	return mvc_fail_prefix(err, "%s", f->path);
}

static int
get_all(struct mvc_backend *b, const char *key, int fd, uint64_t off,
    uint64_t n, mvc_take_fn take, void *arg)
{
	size_t piece = n < PIECE ? (size_t)n : PIECE, got = 1;
	MVC_OWN_MEM void *buf = malloc(piece ? piece : 1);
	int err = MVC_OK;

	if (!buf)
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", key);
	while (!err && n > 0 && got > 0) {
		err = mvc_sys_pread(
		    &got, fd, buf, n < piece ? (size_t)n : piece, off, key);
		if (err)
			return named(folder_of(b), err);
		if (got > 0)
			err = take(arg, buf, got);
		off += got;
		if (n != MVC_TO_END)
			n -= got;
		mvc_backend_received(b, got);
	}
	if (!err && n > 0 && n != MVC_TO_END)
		err =
		    mvc_fail(MVC_ECORRUPT, "%s: %s is cut short", b->url, key);
	return err;
}

static int
folder_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	const struct mvc_folder *f = folder_of(b);
	MVC_OWN_FD int fd = -1;
	struct stat st;
	int err;

	atomic_fetch_add(&b->requests, 1);
	err = mvc_sys_open(&fd, f->fd, key, O_RDONLY | O_NONBLOCK, 0);
	if (err)
		return named(f, err);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return mvc_fail(
		    MVC_ECORRUPT, "%s: %s is no plain file", b->url, key);
	/* What is small, as most are, needs no buffer for more. */
	if (n == MVC_TO_END && (uint64_t)st.st_size <= PIECE)
		n = (uint64_t)st.st_size > off ? (uint64_t)st.st_size - off : 0;
	return get_all(b, key, fd, off, n, take, arg);
}

/* The body's bytes go by, to be checked by who sends them, and, unless the
 * file shares them already, into it: full pieces past the page cache. */
static int
pass(struct mvc_backend *b, int fd, const char *key,
    const struct mvc_body *body, bool write)
{
	size_t piece = body->size < PIECE ? (size_t)body->size : PIECE;
	MVC_OWN_MEM void *buf = aligned_alloc(4096, (piece + 4096) & ~4095UL);
	bool direct = false;
	int err = MVC_OK;

	if (!buf)
		return mvc_fail(MVC_ENOMEM, "no memory to write %s", key);
	for (uint64_t at = 0; !err && at < body->size;) {
		uint64_t left = body->size - at;
		size_t n = left < piece ? (size_t)left : piece;

		err = body->read(body->arg, at, buf, n);
		if (!err && write && direct != (n == PIECE))
			direct = mvc_sys_direct(fd, n == PIECE);
		if (!err && write)
			err =
			    named(folder_of(b), mvc_sys_write(fd, buf, n, key));
		if (!err)
			mvc_backend_sent(b, n);
		at += n;
	}
	return err;
}

/* Give the temporary its name unless something has it. */
static int
publish_new(struct mvc_tmpfile *t, const struct mvc_folder *f, const char *key)
{
	int err;

	err = mvc_folder_make(f, key);
	if (!err)
		err = mvc_sys_fsync(t->fd, key);
	if (!err)
		err = mvc_sys_link(t->dirfd, t->name, f->fd, key);
	/* No hard links here, as on some CIFS: the name may be had by two. */
	if (err && err != MVC_EEXISTS && err != MVC_ENOSPACE)
		err = mvc_file_exists(f->fd, key)
		    ? mvc_fail(MVC_EEXISTS, "%s is there", key)
		    : mvc_sys_rename(t->dirfd, t->name, f->fd, key);
	mvc_tmpfile_release(t);
	return err;
}

static int
folder_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	const struct mvc_folder *f = folder_of(b);
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	bool shared;
	int err;

	atomic_fetch_add(&b->requests, 1);
	err = named(f, mvc_folder_tmp(&t, f));
	if (err)
		return err;
	shared = body->fd >= 0 && mvc_sys_clone(t.fd, body->fd);
	err = pass(b, t.fd, key, body, !shared);
	if (err) {
		mvc_tmpfile_release(&t);
		return err;
	}
	err = flags & MVC_PUT_NEW ? publish_new(&t, f, key)
				  : mvc_folder_publish(&t, f, key);
	if (!err)
		err = mvc_folder_sync(f, key);
	return named(f, err);
}

/* Names of one folder, sorted; those of folders end in '/'. */
struct names {
	char **at;
	size_t n;
};

static void
names_release(struct names *l)
{
	for (size_t i = 0; i < l->n; i++)
		free(l->at[i]);
	free(l->at);
}

static int
keep_name(struct names *l, const char *name, bool folder)
{
	size_t len = strlen(name);
	char *s, **t;

	if ((l->n & (l->n + 1)) == 0) {
		t = realloc(l->at, (2 * l->n + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for names");
		l->at = t;
	}
	s = malloc(len + 2);
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for names");
	memcpy(s, name, len);
	memcpy(s + len, folder ? "/" : "", folder ? 2 : 1);
	l->at[l->n++] = s;
	return MVC_OK;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int
read_names(struct names *l, const struct mvc_folder *f, const char *prefix)
{
	char folder[MVC_KEY_MAX + 1];
	struct dirent *e;
	int fd, err;
	DIR *d;

	/* Without the '/' at its end: messages name folders so. */
	snprintf(folder, sizeof(folder), "%.*s",
	    *prefix ? (int)strlen(prefix) - 1 : 1, *prefix ? prefix : ".");
	err = mvc_sys_open(
	    &fd, f->fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK : named(f, err);
	d = fdopendir(fd);
	if (!d) {
		close(fd);
		return mvc_fail(MVC_ENOMEM, "no memory to read %s", folder);
	}
	for (errno = 0; !err && (e = readdir(d)); errno = 0)
		if (mvc_key_is_sane(e->d_name))
			err =
			    keep_name(l, e->d_name, mvc_file_is_folder(fd, e));
	if (!err && errno)
		err = mvc_fail_errno("read %s/%s", f->path, folder);
	closedir(d);
	if (!err && l->n)
		qsort(l->at, l->n, sizeof(*l->at), by_bytes);
	return err;
}

struct listing {
	const struct mvc_folder *folder;
	const char *after;
	mvc_key_fn each;
	void *arg;
	int depth;
};

static int
list_file(const struct listing *l, const char *key)
{
	struct mvc_keystat ks;
	struct stat st;

	if (l->after && strcmp(key, l->after) <= 0)
		return MVC_OK;
	if (fstatat(l->folder->fd, key, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT
		    ? MVC_OK
		    : mvc_fail_errno("stat %s/%s", l->folder->path, key);
	if (!S_ISREG(st.st_mode))
		return MVC_OK;
	ks.size = (uint64_t)st.st_size;
	ks.modified = st.st_mtime;
	return l->each(l->arg, key, &ks);
}

static int
list_folder(struct listing *l, const char *prefix)
{
	struct names names = {NULL, 0};
	char key[MVC_KEY_MAX + 1];
	int err;

	err = read_names(&names, l->folder, prefix);
	for (size_t i = 0; !err && i < names.n; i++) {
		int n = snprintf(key, sizeof(key), "%s%s", prefix, names.at[i]);

		if (n < 0 || (size_t)n >= sizeof(key))
			continue;
		if (key[n - 1] != '/') {
			err = list_file(l, key);
		} else if (l->depth < DEPTH_MAX &&
		    (!l->after || strncmp(key, l->after, (size_t)n) >= 0)) {
			l->depth++;
			err = list_folder(l, key);
			l->depth--;
		}
	}
	names_release(&names);
	return err;
}

static int
folder_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	struct listing l = {folder_of(b), after, each, arg, 0};

	atomic_fetch_add(&b->requests, 1);
	return list_folder(&l, prefix);
}

static bool
is_same_folder(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');

	return x && y && x - a == y - b && !memcmp(a, b, (size_t)(x - a));
}

static int
folder_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	const struct mvc_folder *f = folder_of(b);
	bool gone = false;
	int err = MVC_OK;

	for (size_t i = 0; !err && i < n; i++) {
		atomic_fetch_add(&b->requests, 1);
		err = named(f, mvc_sys_unlink(f->fd, keys[i]));
		gone |= !err;
		if (err == MVC_ENOTFOUND)
			err = MVC_OK;
		/* A folder once, when the last of its keys went. */
		if (!err && gone &&
		    (i + 1 == n || !is_same_folder(keys[i], keys[i + 1]))) {
			err = named(f, mvc_folder_sync(f, keys[i]));
			gone = false;
		}
	}
	return err;
}

static int
folder_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	const struct mvc_folder *f = folder_of(b);
	struct stat st;

	atomic_fetch_add(&b->requests, 1);
	if (fstatat(f->fd, key, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return mvc_fail_errno("stat %s/%s", f->path, key);
	if (!S_ISREG(st.st_mode))
		return mvc_fail(
		    MVC_ECORRUPT, "%s: %s is no plain file", b->url, key);
	out->size = (uint64_t)st.st_size;
	out->modified = st.st_mtime;
	return MVC_OK;
}

static int
folder_clock(struct mvc_backend *b, int64_t *now)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	const struct mvc_folder *f = folder_of(b);
	struct stat st;
	int err;

	atomic_fetch_add(&b->requests, 1);
	err = mvc_folder_tmp(&t, f);
	if (!err && fstat(t.fd, &st) < 0)
		err = mvc_fail_errno("stat %s", t.name);
	mvc_tmpfile_release(&t);
	if (!err)
		*now = st.st_mtime;
	return named(f, err);
}

/* It lies in memory of its owner's. */
static void
folder_free(struct mvc_backend *b)
{
}

static const struct mvc_backend_ops folder_ops = {
    .get = folder_get,
    .put = folder_put,
    .list = folder_list,
    .del = folder_del,
    .stat = folder_stat,
    .clock = folder_clock,
    .free = folder_free,
};

void
mvc_folder_backend_init(
    struct mvc_folder_backend *out, const struct mvc_folder *f)
{
	memset(out, 0, sizeof(*out));
	out->b.ops = &folder_ops;
	out->b.url = f->path;
	out->b.can = MVC_CAN_WRITE | MVC_CAN_LIST | MVC_CAN_TELL;
	/* A disk likes a few, one on a network some more. */
	out->b.calls = 4;
	out->folder = f;
}
