#include "work/ready.h"

#include "hash/digest.h"
#include "hash/oidset.h"
#include "store/blob.h"
#include "util/file.h"
#include "util/flow.h"
#include "util/leftover.h"
#include "util/sys.h"
#include "work/holes.h"

#include <dirent.h>
#include <pthread.h>

#include "util/banned.h"

/* Files of several chunks that are kept account of. */
#define FILES_MAX (UINT32_C(1) << 16)
#define FILES_ALONE (UINT32_C(1) << 20)
/* Whole ones that wait to be checked. */
#define WAITING 1024

struct file {
	struct mvc_oid oid;
	uint64_t size, got;
	bool lost;
};

struct mvc_ready {
	struct mvc_fetch_taker taker;
	int fd; /* the run's folder, locked */
	int parent;
	char name[17];
	bool alone, leave;
	struct mvc_oidset repeated; /* kind 1 */
	atomic_bool off; /* a write failed: no more */
	_Atomic uint64_t bytes;
	/* Of making files: the system lets one at a time into a folder, and
	 * those who wait for that would keep their cores busy. */
	pthread_mutex_t door;
	pthread_mutex_t lock; /* of the files */
	struct file *files;
	uint32_t n;
	pthread_mutex_t flow_lock;
	struct mvc_flow *flow; /* checks big files */
};

static struct mvc_ready_name
name_of(const struct mvc_oid *oid, const char *suffix)
{
	struct mvc_ready_name name;

	snprintf(name.s, sizeof(name.s), "%s%s", mvc_oid_hex(oid).s, suffix);
	return name;
}

/* ---- the folder ---- */

static bool
is_what_it_says(int dir, const char *name)
{
	MVC_OWN_FD int fd = -1;
	struct mvc_oid oid, is;

	return !mvc_oid_parse(&oid, name, strlen(name)) &&
	    !mvc_sys_open(&fd, dir, name, O_RDONLY | O_NOFOLLOW, 0) &&
	    !mvc_digest_fd(&is, fd, name) && mvc_oid_eq(&oid, &is);
}

/* What a run had that was stopped; a file that it was writing is not whole. */
static void
take_over(struct mvc_ready *r, int fd)
{
	struct dirent *e;
	int own = dup(fd);
	DIR *d = own < 0 ? NULL : fdopendir(own);

	if (!d && own >= 0)
		close(own);
	while (d && (e = readdir(d)))
		if (is_what_it_says(fd, e->d_name))
			(void)!mvc_sys_rename(fd, e->d_name, r->fd, e->d_name);
	if (d)
		closedir(d);
}

/* Those of runs that are over; whoever is at work holds a lock. */
static void
remove_old(struct mvc_ready *r)
{
	int parent = r->parent;
	struct dirent *e;
	int own = dup(parent);
	DIR *d = own < 0 ? NULL : fdopendir(own);

	if (!d && own >= 0)
		close(own);
	while (d && (e = readdir(d))) {
		MVC_OWN_FD int fd = -1;

		if (e->d_name[0] == '.' ||
		    mvc_sys_open(&fd, parent, e->d_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) ||
		    !mvc_leftover_lock(fd))
			continue;
		if (r->alone)
			take_over(r, fd);
		mvc_leftover_clear(fd, true);
		(void)!mvc_sys_rmdir(parent, e->d_name);
	}
	if (d)
		closedir(d);
}

static int
make_folder(struct mvc_ready *r, const char *git_dir)
{
	char path[4096];
	uint64_t random;
	int err;

	if (snprintf(path, sizeof(path), "%s/mvc/ready", git_dir) >=
	    (int)sizeof(path))
		return MVC_ETOOBIG;
	err = mvc_file_mkdirs(AT_FDCWD, path, 0777);
	if (!err)
		err = mvc_sys_open(
		    &r->parent, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_random(&random, sizeof(random));
	if (err)
		return err;
	snprintf(
	    r->name, sizeof(r->name), "%016llx", (unsigned long long)random);
	err = mvc_sys_mkdir(r->parent, r->name, 0777);
	if (!err)
		err = mvc_sys_open(
		    &r->fd, r->parent, r->name, O_RDONLY | O_DIRECTORY, 0);
	if (!err && !mvc_leftover_lock(r->fd))
		err = mvc_fail_errno("lock %s", path);
	if (!err)
		remove_old(r);
	return err;
}

static bool
is_one_disk(const struct mvc_ready *r, int top)
{
	struct stat a, b;

	return fstat(r->fd, &a) == 0 && fstat(top, &b) == 0 &&
	    a.st_dev == b.st_dev;
}

/* ---- what comes ---- */

/* Nothing more is laid ready; what is may be taken. */
static int
give_up(struct mvc_ready *r, const char *name, int err)
{
	atomic_store(&r->off, true);
	mvc_file_discard(r->fd, name);
	return r->alone ? err : MVC_OK;
}

static int
take_file(void *arg, const struct mvc_oid *oid, const void *p, size_t n)
{
	struct mvc_ready *r = arg;
	struct mvc_ready_name name = name_of(oid, "");
	uint64_t end = 0;
	int fd, err;

	if (r->off)
		return MVC_OK;
	pthread_mutex_lock(&r->door);
	err =
	    mvc_sys_open(&fd, r->fd, name.s, O_WRONLY | O_CREAT | O_EXCL, 0666);
	pthread_mutex_unlock(&r->door);
	/* It came before. */
	if (err == MVC_EEXISTS)
		return MVC_OK;
	if (err)
		return r->alone ? err : MVC_OK;
	err = mvc_write_around_holes(fd, false, p, n, 0, &end, name.s);
	if (!err && end < n)
		err = mvc_sys_truncate(fd, n, name.s);
	if (err)
		close(fd);
	else
		err = mvc_sys_close(fd, name.s);
	if (err)
		return give_up(r, name.s, err);
	atomic_fetch_add(&r->bytes, n);
	return MVC_OK;
}

static uint32_t
begin(void *arg, const struct mvc_oid *oid, uint64_t size)
{
	struct mvc_ready *r = arg;
	struct file *t;
	uint32_t no = 0, most = r->alone ? FILES_ALONE : FILES_MAX;

	pthread_mutex_lock(&r->lock);
	if (!r->off && r->n < most && (r->n & (r->n + 1)) == 0) {
		t = realloc(r->files, (2 * (size_t)r->n + 2) * sizeof(*t));
		if (t)
			r->files = t;
		else
			atomic_store(&r->off, true);
	}
	if (!r->off && r->n < most) {
		t = &r->files[r->n];
		memset(t, 0, sizeof(*t));
		t->oid = *oid;
		t->size = size;
		no = ++r->n;
	}
	pthread_mutex_unlock(&r->lock);
	return no;
}

static void
lose(void *arg, uint32_t file)
{
	struct mvc_ready *r = arg;

	pthread_mutex_lock(&r->lock);
	r->files[file - 1].lost = true;
	pthread_mutex_unlock(&r->lock);
}

/* Every byte came: it gets its name if they are what its id says. */
static void
check(struct mvc_ready *r, const struct mvc_oid *oid, uint64_t size)
{
	struct mvc_ready_name part = name_of(oid, ".part");
	MVC_OWN_FD int fd = -1;
	struct mvc_oid is;
	int err;

	err = mvc_sys_open(&fd, r->fd, part.s, O_RDWR, 0);
	if (!err)
		err = mvc_sys_truncate(fd, size, part.s);
	if (!err)
		err = mvc_digest_fd(&is, fd, part.s);
	if (err || !mvc_oid_eq(&is, oid) ||
	    mvc_sys_rename(r->fd, part.s, r->fd, name_of(oid, "").s))
		mvc_file_discard(r->fd, part.s);
}

static int
check_work(void *ctx, void *job, unsigned thread)
{
	const struct file *f = job;

	check(ctx, &f->oid, f->size);
	return MVC_OK;
}

static void
check_drop(void *ctx, void *job)
{
	free(job);
}

static const struct mvc_flow_ops check_ops = {check_work, NULL, check_drop};

/* Big ones beside the work that goes on. */
static void
finish(struct mvc_ready *r, const struct file *f)
{
	struct file *job = NULL;

	if (f->size > MVC_BLOB_SMALL)
		job = malloc(sizeof(*job));
	if (!job) {
		check(r, &f->oid, f->size);
		return;
	}
	*job = *f;
	pthread_mutex_lock(&r->flow_lock);
	if (mvc_flow_push(r->flow, job))
		atomic_store(&r->off, true);
	pthread_mutex_unlock(&r->flow_lock);
}

static int
take_part(void *arg, uint32_t file, uint64_t off, const void *p, size_t n)
{
	struct mvc_ready *r = arg;
	struct mvc_ready_name name;
	struct file f;
	uint64_t end;
	int fd, err;

	pthread_mutex_lock(&r->lock);
	f = r->files[file - 1];
	pthread_mutex_unlock(&r->lock);
	name = name_of(&f.oid, ".part");
	if (r->off || f.lost || off > f.size || n > f.size - off)
		return MVC_OK;
	err = mvc_sys_open(&fd, r->fd, name.s, O_WRONLY | O_CREAT, 0666);
	if (err)
		return r->alone ? err : MVC_OK;
	err = mvc_write_around_holes(fd, false, p, n, off, &end, name.s);
	if (err)
		close(fd);
	else
		err = mvc_sys_close(fd, name.s);
	if (err)
		return give_up(r, name.s, err);
	atomic_fetch_add(&r->bytes, n);
	pthread_mutex_lock(&r->lock);
	r->files[file - 1].got += n;
	f = r->files[file - 1];
	pthread_mutex_unlock(&r->lock);
	if (f.got == f.size)
		finish(r, &f);
	return MVC_OK;
}

/* ---- the rest ---- */

int
mvc_ready_open(struct mvc_ready **out, const char *git_dir, int top, bool alone)
{
	MVC_OWN(mvc_ready) *r = calloc(1, sizeof(*r));

	*out = NULL;
	if (!r)
		return mvc_fail(MVC_ENOMEM, "no memory for a pull");
	r->fd = r->parent = -1;
	r->alone = alone;
	pthread_mutex_init(&r->door, NULL);
	pthread_mutex_init(&r->lock, NULL);
	pthread_mutex_init(&r->flow_lock, NULL);
	r->taker = (struct mvc_fetch_taker){
	    .file = take_file,
	    .begin = begin,
	    .part = take_part,
	    .lose = lose,
	    .arg = r,
	};
	if (make_folder(r, git_dir) || !is_one_disk(r, top) ||
	    mvc_flow_new(&r->flow, 1, WAITING, &check_ops, r))
		return MVC_OK;
	*out = MVC_TAKE(r);
	return MVC_OK;
}

void
mvc_ready_free(struct mvc_ready *r)
{
	if (!r)
		return;
	mvc_flow_free(r->flow);
	if (r->fd >= 0) {
		if (!r->leave)
			mvc_leftover_clear(r->fd, true);
		close(r->fd);
	}
	if (r->parent >= 0) {
		if (r->name[0] && !r->leave)
			(void)!mvc_sys_rmdir(r->parent, r->name);
		close(r->parent);
	}
	pthread_mutex_destroy(&r->door);
	pthread_mutex_destroy(&r->lock);
	pthread_mutex_destroy(&r->flow_lock);
	mvc_oidset_release(&r->repeated);
	free(r->files);
	free(r);
}

void
mvc_ready_leave(struct mvc_ready *r)
{
	r->leave = true;
}

bool
mvc_ready_has(
    const struct mvc_ready *r, const struct mvc_oid *oid, uint64_t size)
{
	struct stat st;

	return fstatat(r->fd, name_of(oid, "").s, &st, AT_SYMLINK_NOFOLLOW) ==
	    0 &&
	    S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

int
mvc_ready_repeat(struct mvc_ready *r, const struct mvc_oid *oid)
{
	bool was;

	return mvc_oidset_add(&r->repeated, 1, oid, &was);
}

const struct mvc_fetch_taker *
mvc_ready_taker(const struct mvc_ready *r)
{
	return r ? &r->taker : NULL;
}

uint64_t
mvc_ready_bytes(const struct mvc_ready *r)
{
	return r ? r->bytes : 0;
}

int
mvc_ready_take(struct mvc_ready *r, const struct mvc_oid *oid, uint64_t size,
    int *dirfd, struct mvc_ready_name *name, bool *copy)
{
	int fd;

	if (!r || !size)
		return -1;
	if (size > MVC_BLOB_SMALL) {
		pthread_mutex_lock(&r->flow_lock);
		(void)!mvc_flow_wait(r->flow);
		pthread_mutex_unlock(&r->flow_lock);
	}
	*name = name_of(oid, "");
	*dirfd = r->fd;
	*copy = mvc_oidset_has(&r->repeated, 1, oid);
	return mvc_sys_open(&fd, r->fd, name->s, O_RDWR | O_NOFOLLOW, 0) ? -1
									 : fd;
}
