/*
 * What changes, gathered beside the stat cache, and put over it: as a new delta,
 * or merged into a new base.
 */
#include "work/statcache_priv.h"
#include "work/gitfolder.h"
#include "util/clock.h"
#include "util/sys.h"

#include <errno.h>
#include <sys/file.h>

#include "util/banned.h"

#define LOCK "statcache.lock"
/* Below this a delta is never worth merging. */
#define DELTA_MIN (64 << 10)
/* How long a commit waits for another process's: merging a million entries
 * takes a quarter of a second. */
#define LOCK_TRIES 100
#define LOCK_WAIT_NS 20000000

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
	const struct mvc_stat_entry *at;
	int err;

	err = statcache_cursor(&k, layers, n, base != 0);
	if (!err)
		err = mvc_statwriter_new(&w, dirfd);
	while (!err && (at = mvc_statcursor_at(k))) {
		struct mvc_stat_entry e = *at;

		if (!base)
			e.flags &= ~(unsigned)MVC_STAT_HIDE;
		err = mvc_statwriter_add(w, &e);
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

	for (int i = 1; i < STATCACHE_LAYERS; i++)
		size += layers[i] ? mvc_statlayer_size(layers[i]) : 0;
	if (layers[0] &&
	    (size < DELTA_MIN || size < mvc_statlayer_size(layers[0]) / 16)) {
		err = merge(&w, dirfd, layers + 1, STATCACHE_LAYERS - 1,
		    mvc_statlayer_id(layers[0]));
		if (err != MVC_EINVALID)
			return err ? err
				   : mvc_statwriter_commit(w, STATCACHE_DELTA);
	}
	err = merge(&w, dirfd, layers, STATCACHE_LAYERS, 0);
	/* A base out of order, which no check shows: begin anew. */
	if (err == MVC_EINVALID)
		err = merge(&w, dirfd, layers + 2, STATCACHE_LAYERS - 2, 0);
	if (!err)
		err = mvc_statwriter_commit(w, STATCACHE_BASE);
	/* Left behind, it would be ignored: it is another base's. */
	if (!err && mvc_file_exists(dirfd, STATCACHE_DELTA))
		err = mvc_sys_unlink(dirfd, STATCACHE_DELTA);
	return err;
}

int
mvc_statupdate_commit(struct mvc_statupdate *u)
{
	struct mvc_statlayer *layers[STATCACHE_LAYERS] = {NULL};
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
		err = clear_way(u->dirfd, STATCACHE_BASE);
	if (!err)
		err = clear_way(u->dirfd, STATCACHE_DELTA);
	if (!err)
		err = statcache_layers(&layers[0], &layers[1], u->dirfd);
	if (!err)
		err = replace(u->dirfd, layers);
	for (int i = 0; i < STATCACHE_LAYERS; i++)
		mvc_statlayer_free(layers[i]);
	return err;
}
