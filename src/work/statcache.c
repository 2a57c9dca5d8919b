/*
 * Up to four layers are seen as one: base < delta < changes < roots. Of equal
 * paths the highest layer's entry counts; one that is no directory, is GONE or
 * has HIDE keeps everything below it in lower layers from showing. One that is
 * no directory does not show where a higher layer has something below it.
 */
#include "work/statcache.h"
#include "work/gitfolder.h"
#include "util/clock.h"
#include "util/sys.h"

#include <errno.h>
#include <sys/file.h>

#include "util/banned.h"

#define BASE "statcache"
#define DELTA "statcache.delta"
#define LOCK "statcache.lock"
#define LAYERS 4
/* Below this a delta is never worth merging. */
#define DELTA_MIN (64 << 10)
/* How long a commit waits for another process's: merging a million entries
 * takes a quarter of a second. */
#define LOCK_TRIES 100
#define LOCK_WAIT_NS 20000000

struct mvc_statcache {
	char *git_dir;
	struct mvc_statlayer *base, *delta;
};

struct mvc_statcursor {
	struct mvc_statpos pos[LAYERS];
	int n;
	int win; /* whose entry shows, -1 at the end */
	bool keep; /* GONE shows: for writing a delta */
	struct mvc_stat_entry e;
};

struct mvc_statupdate {
	char *git_dir;
	int dirfd;
	int64_t begun;
	struct mvc_statwriter *changes, *roots;
};

static int
no_memory(void)
{
	return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
}

bool
mvc_stat_same(
    const struct mvc_stat_entry *e, const struct stat *st, bool trust_mode)
{
	struct mvc_stat_entry now;

	mvc_stat_fill(&now, st);
	if (!trust_mode && now.kind == MVC_ENTRY_EXEC)
		now.kind = MVC_ENTRY_FILE;
	if (now.kind != e->kind &&
	    !(!trust_mode && e->kind == MVC_ENTRY_EXEC &&
		now.kind == MVC_ENTRY_FILE))
		return false;
	return now.size == e->size && now.modified == e->modified &&
	    now.changed == e->changed && now.inode == e->inode;
}

bool
mvc_stat_within(const struct mvc_stat_entry *e, const char *path, size_t len)
{
	return (e->path_len == len && !memcmp(e->path, path, len)) ||
	    mvc_statpath_below(e->path, e->path_len, path, len);
}

void
mvc_stat_fill(struct mvc_stat_entry *e, const struct stat *st)
{
	e->kind = S_ISDIR(st->st_mode) ? MVC_ENTRY_DIR
	    : S_ISLNK(st->st_mode)     ? MVC_ENTRY_LINK
	    : (st->st_mode & 0100)     ? MVC_ENTRY_EXEC
				       : MVC_ENTRY_FILE;
	e->size = (uint64_t)st->st_size;
	e->modified = mvc_ns_of(&st->st_mtim);
	e->changed = mvc_ns_of(&st->st_ctim);
	e->inode = (uint64_t)st->st_ino;
}

/* A layer by its name, NULL where there is none; MVC_ECORRUPT where it is not
 * sound, or not ours to read. */
static int
open_layer(struct mvc_statlayer **out, int dirfd, const char *name)
{
	struct stat st;
	int fd, err;

	*out = NULL;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !S_ISREG(st.st_mode))
		return MVC_ECORRUPT;
	err = mvc_sys_open(
	    &fd, dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (err)
		return err == MVC_ENOTFOUND ? MVC_OK
		    : err == MVC_EDENIED    ? MVC_ECORRUPT
					    : err;
	return mvc_statlayer_open(out, fd);
}

static int
open_layers(
    struct mvc_statlayer **base, struct mvc_statlayer **delta, int dirfd)
{
	int err;

	*delta = NULL;
	err = open_layer(base, dirfd, BASE);
	if (!err && *base)
		err = open_layer(delta, dirfd, DELTA);
	if (err) {
		mvc_statlayer_free(MVC_TAKE(*base));
		return err == MVC_ECORRUPT ? MVC_OK : err;
	}
	if (*delta && mvc_statlayer_base(*delta) != mvc_statlayer_id(*base))
		mvc_statlayer_free(MVC_TAKE(*delta));
	return MVC_OK;
}

static int
open_folder(int *fd, const char *git_dir)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int err = mvc_buf_addf(&path, "%s/mvc", git_dir);

	return err
	    ? err
	    : mvc_sys_open(fd, AT_FDCWD, path.data, O_RDONLY | O_DIRECTORY, 0);
}

int
mvc_statcache_open(struct mvc_statcache **out, const char *git_dir)
{
	MVC_OWN(mvc_statcache) *c = calloc(1, sizeof(*c));
	MVC_OWN_FD int dirfd = -1;
	int err;

	*out = NULL;
	if (!c)
		return no_memory();
	c->git_dir = strdup(git_dir);
	if (!c->git_dir)
		return no_memory();
	err = open_folder(&dirfd, git_dir);
	if (!err)
		err = open_layers(&c->base, &c->delta, dirfd);
	if (err && err != MVC_ENOTFOUND && err != MVC_EDENIED)
		return err;
	*out = MVC_TAKE(c);
	return MVC_OK;
}

void
mvc_statcache_free(struct mvc_statcache *c)
{
	if (!c)
		return;
	mvc_statlayer_free(c->base);
	mvc_statlayer_free(c->delta);
	free(c->git_dir);
	free(c);
}

/* Cursors. */

static bool
hides(const struct mvc_stat_entry *e)
{
	return e->kind != MVC_ENTRY_DIR ||
	    (e->flags & (MVC_STAT_GONE | MVC_STAT_HIDE));
}

/* Pass over everything at and below path. */
static void
pass_below(struct mvc_statpos *p, const char *path, size_t len)
{
	char *after;
	int near = 16;

	while (p->valid && near-- &&
	    ((p->e.path_len == len && !memcmp(p->e.path, path, len)) ||
		mvc_statpath_below(p->e.path, p->e.path_len, path, len)))
		mvc_statpos_next(p);
	if (!p->valid || near >= 0)
		return;
	/* In path order, "x\1" comes after everything below "x". */
	after = malloc(len + 1);
	if (!after) {
		p->valid = false;
		p->err = no_memory();
		return;
	}
	memcpy(after, path, len);
	after[len] = 1;
	mvc_statpos_seek(p, after, len + 1);
	free(after);
}

static bool
at_path(const struct mvc_statpos *p, const struct mvc_stat_entry *e)
{
	return p->valid && p->e.path_len == e->path_len &&
	    !memcmp(p->e.path, e->path, e->path_len);
}

static int
lowest(const struct mvc_statcursor *k)
{
	int win = -1;

	for (int i = 0; i < k->n; i++) {
		const struct mvc_stat_entry *e = &k->pos[i].e;

		if (!k->pos[i].valid)
			continue;
		if (win < 0 ||
		    mvc_statpath_cmp(e->path, e->path_len, k->pos[win].e.path,
			k->pos[win].e.path_len) <= 0)
			win = i;
	}
	return win;
}

/* Whether the entry is no directory where a higher layer, which is later, knows
 * of one: d/a of what was a file, when d/a/x is recorded. */
static bool
is_outgrown(const struct mvc_statcursor *k)
{
	for (int i = k->win + 1; i < k->n && k->e.kind != MVC_ENTRY_DIR; i++) {
		const struct mvc_statpos *p = &k->pos[i];

		if (p->valid &&
		    mvc_statpath_below(
			p->e.path, p->e.path_len, k->e.path, k->e.path_len))
			return true;
	}
	return false;
}

/* Find the entry that shows, moving lower layers past what it hides. */
static void
settle(struct mvc_statcursor *k)
{
	for (;;) {
		bool hidden = false;

		k->win = lowest(k);
		if (k->win < 0)
			return;
		k->e = k->pos[k->win].e;
		for (int i = k->win; i >= 0; i--) {
			if (!at_path(&k->pos[i], &k->e))
				continue;
			if (hides(&k->pos[i].e)) {
				hidden = true;
				for (int j = 0; j < i; j++)
					pass_below(&k->pos[j], k->e.path,
					    k->e.path_len);
			}
			if (i != k->win)
				mvc_statpos_next(&k->pos[i]);
		}
		if (hidden && k->e.kind == MVC_ENTRY_DIR &&
		    !(k->e.flags & MVC_STAT_GONE))
			k->e.flags |= MVC_STAT_HIDE;
		if (is_outgrown(k)) {
			k->e.kind = MVC_ENTRY_DIR;
			k->e.flags = MVC_STAT_GONE;
		}
		if (k->keep || !(k->e.flags & MVC_STAT_GONE))
			return;
		mvc_statpos_next(&k->pos[k->win]);
	}
}

/* That of the layer that could not be read. */
static int
error_of(const struct mvc_statcursor *k)
{
	for (int i = 0; i < k->n; i++)
		if (k->pos[i].err)
			return k->pos[i].err;
	return MVC_OK;
}

static int
cursor_over(struct mvc_statcursor **out, struct mvc_statlayer **layers, int n)
{
	MVC_OWN(mvc_statcursor) *k = calloc(1, sizeof(*k));
	int err;

	*out = NULL;
	if (!k)
		return no_memory();
	for (int i = 0; i < n; i++) {
		if (!layers[i])
			continue;
		err = mvc_statpos_init(&k->pos[k->n], layers[i]);
		if (err)
			return err;
		mvc_statpos_next(&k->pos[k->n++]);
	}
	*out = MVC_TAKE(k);
	return MVC_OK;
}

int
mvc_statcursor_new(struct mvc_statcursor **out, struct mvc_statcache *c)
{
	struct mvc_statlayer *layers[] = {c->base, c->delta};
	int err = cursor_over(out, layers, 2);

	if (err)
		return err;
	settle(*out);
	err = error_of(*out);
	if (err)
		mvc_statcursor_free(MVC_TAKE(*out));
	return err;
}

void
mvc_statcursor_free(struct mvc_statcursor *k)
{
	if (!k)
		return;
	for (int i = 0; i < k->n; i++)
		mvc_statpos_release(&k->pos[i]);
	free(k);
}

/* A seek jumps over the folders above the path, which may hide it. */
static void
hide_from_above(struct mvc_statcursor *k, int i, const char *path)
{
	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		struct mvc_statpos *p = &k->pos[i];
		size_t len = (size_t)(s - path);

		mvc_statpos_seek(p, path, len);
		if (!p->valid || p->e.path_len != len ||
		    memcmp(p->e.path, path, len) || !hides(&p->e))
			continue;
		for (int j = 0; j < i; j++)
			pass_below(&k->pos[j], path, len);
	}
}

int
mvc_statcursor_seek(struct mvc_statcursor *k, const char *path)
{
	size_t len = strlen(path);

	for (int i = 0; i < k->n; i++) {
		if (i > 0)
			hide_from_above(k, i, path);
		mvc_statpos_seek(&k->pos[i], path, len);
	}
	settle(k);
	return error_of(k);
}

int
mvc_statcursor_next(struct mvc_statcursor *k)
{
	if (k->win >= 0) {
		mvc_statpos_next(&k->pos[k->win]);
		settle(k);
	}
	return error_of(k);
}

const struct mvc_stat_entry *
mvc_statcursor_at(const struct mvc_statcursor *k)
{
	return k->win < 0 ? NULL : &k->e;
}

int
mvc_statcursor_find(const struct mvc_stat_entry **out, struct mvc_statcursor *k,
    const char *path)
{
	int err = mvc_statcursor_seek(k, path);

	*out = mvc_statcursor_at(k);
	if (*out && strcmp((*out)->path, path))
		*out = NULL;
	return err;
}

/* Updates. */

int
mvc_statupdate_new(struct mvc_statupdate **out, struct mvc_statcache *c)
{
	MVC_OWN(mvc_statupdate) *u = calloc(1, sizeof(*u));

	*out = NULL;
	if (!u)
		return no_memory();
	u->dirfd = -1;
	u->git_dir = strdup(c->git_dir);
	if (!u->git_dir)
		return no_memory();
	u->begun = mvc_clock_ns(MVC_CLOCK_FILES);
	*out = MVC_TAKE(u);
	return MVC_OK;
}

void
mvc_statupdate_free(struct mvc_statupdate *u)
{
	if (!u)
		return;
	mvc_statwriter_free(u->changes);
	mvc_statwriter_free(u->roots);
	if (u->dirfd >= 0)
		close(u->dirfd);
	free(u->git_dir);
	free(u);
}

static int
need_writer(struct mvc_statupdate *u, struct mvc_statwriter **w)
{
	MVC_SCOPED(mvc_buf) path = MVC_BUF_INIT(1 << 16);
	int err;

	if (*w)
		return MVC_OK;
	if (u->dirfd < 0) {
		err = mvc_buf_addf(&path, "%s/mvc", u->git_dir);
		if (!err)
			err = mvc_gitfolder_make(path.data);
		if (!err)
			err = mvc_sys_open(&u->dirfd, AT_FDCWD, path.data,
			    O_RDONLY | O_DIRECTORY, 0);
		if (err)
			return err;
	}
	return mvc_statwriter_new(w, u->dirfd);
}

int
mvc_statupdate_set(
    struct mvc_statupdate *u, const struct mvc_stat_entry *e, bool written)
{
	struct mvc_stat_entry set = *e;
	int err = need_writer(u, &u->changes);

	if (err)
		return err;
	if (!written && e->kind != MVC_ENTRY_DIR &&
	    (e->modified >= u->begun || e->changed >= u->begun))
		set.flags |= MVC_STAT_RACY;
	return mvc_statwriter_add(u->changes, &set);
}

int
mvc_statupdate_remove(struct mvc_statupdate *u, const char *path)
{
	struct mvc_stat_entry e = {.path = path,
	    .path_len = strlen(path),
	    .kind = MVC_ENTRY_DIR,
	    .flags = MVC_STAT_GONE};
	int err = need_writer(u, &u->changes);

	return err ? err : mvc_statwriter_add(u->changes, &e);
}

int
mvc_statupdate_root(struct mvc_statupdate *u, const char *path,
    const struct mvc_oid *oid, unsigned part)
{
	struct mvc_stat_entry e = {.path = path,
	    .path_len = strlen(path),
	    .kind = MVC_ENTRY_DIR,
	    .oid = *oid};
	int err = need_writer(u, &u->roots);

	e.flags = MVC_STAT_ROOT | (part & MVC_STAT_PART);
	return err ? err : mvc_statwriter_add(u->roots, &e);
}

/* A folder or the like at one of the names: none of ours, so it is kept. */
static int
clear_way(int dirfd, const char *name)
{
	char aside[64], hex[17];
	uint8_t random[8];
	struct stat st;
	int err;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    S_ISREG(st.st_mode))
		return MVC_OK;
	err = mvc_random(random, sizeof(random));
	if (err)
		return err;
	mvc_hex_of(hex, random, sizeof(random));
	snprintf(aside, sizeof(aside), "%s.aside-%s", name, hex);
	return mvc_sys_rename(dirfd, name, dirfd, aside);
}

static int
take_lock(int *fd, int dirfd)
{
	struct timespec wait = {0, LOCK_WAIT_NS};
	int err = clear_way(dirfd, LOCK);

	if (err)
		return err;
	err =
	    mvc_sys_open(fd, dirfd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
	if (err)
		return err;
	mvc_gitfolder_share(dirfd, LOCK);
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
			return MVC_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return mvc_fail_errno("lock the stat cache");
		nanosleep(&wait, NULL);
	}
	return mvc_fail(
	    MVC_EAGAIN, "the stat cache is in use by another command");
}

/* All entries of the layers, as one; `base` is 0 for a new base. */
static int
merge(struct mvc_statwriter **out, int dirfd, struct mvc_statlayer **layers,
    int n, uint64_t base)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	MVC_OWN(mvc_statwriter) *w = NULL;
	int err;

	err = cursor_over(&k, layers, n);
	if (!err)
		err = mvc_statwriter_new(&w, dirfd);
	if (err)
		return err;
	k->keep = base != 0;
	settle(k);
	for (err = error_of(k); !err && k->win >= 0;) {
		if (!base)
			k->e.flags &= ~(unsigned)MVC_STAT_HIDE;
		err = mvc_statwriter_add(w, &k->e);
		if (!err)
			err = mvc_statcursor_next(k);
	}
	if (!err)
		err = mvc_statwriter_finish(w, base);
	if (!err)
		*out = MVC_TAKE(w);
	return err;
}

/* Put a new delta or a new base in place; layers are base, delta and two. */
static int
replace(int dirfd, struct mvc_statlayer **layers)
{
	MVC_OWN(mvc_statwriter) *w = NULL;
	uint64_t size = 0;
	int err;

	for (int i = 1; i < LAYERS; i++)
		size += layers[i] ? mvc_statlayer_size(layers[i]) : 0;
	if (layers[0] &&
	    (size < DELTA_MIN || size < mvc_statlayer_size(layers[0]) / 16)) {
		err = merge(&w, dirfd, layers + 1, LAYERS - 1,
		    mvc_statlayer_id(layers[0]));
		if (err != MVC_EINVALID)
			return err ? err : mvc_statwriter_commit(w, DELTA);
	}
	err = merge(&w, dirfd, layers, LAYERS, 0);
	/* A base out of order, which no check shows: begin anew. */
	if (err == MVC_EINVALID)
		err = merge(&w, dirfd, layers + 2, LAYERS - 2, 0);
	if (!err)
		err = mvc_statwriter_commit(w, BASE);
	/* Left behind, it would be ignored: it is another base's. */
	if (!err && mvc_file_exists(dirfd, DELTA))
		err = mvc_sys_unlink(dirfd, DELTA);
	return err;
}

int
mvc_statupdate_commit(struct mvc_statupdate *u)
{
	struct mvc_statlayer *layers[LAYERS] = {NULL};
	MVC_OWN_FD int lock = -1;
	int err = MVC_OK;

	if (!u->changes && !u->roots)
		return MVC_OK;
	if (u->changes) {
		err = mvc_statwriter_finish(u->changes, 0);
		if (!err)
			err = mvc_statwriter_reopen(&layers[2], u->changes);
	}
	if (!err && u->roots) {
		err = mvc_statwriter_finish(u->roots, 0);
		if (!err)
			err = mvc_statwriter_reopen(&layers[3], u->roots);
	}
	if (!err)
		err = take_lock(&lock, u->dirfd);
	if (!err)
		err = clear_way(u->dirfd, BASE);
	if (!err)
		err = clear_way(u->dirfd, DELTA);
	if (!err)
		err = open_layers(&layers[0], &layers[1], u->dirfd);
	if (!err)
		err = replace(u->dirfd, layers);
	for (int i = 0; i < LAYERS; i++)
		mvc_statlayer_free(layers[i]);
	return err;
}
