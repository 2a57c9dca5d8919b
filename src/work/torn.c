#include "work/torn.h"

#include "util/sys.h"

#include <stdatomic.h>

#include "util/banned.h"

#define PAGE 4096
#define SECTOR 512 /* a disk writes it whole or not */

struct torn {
	int fd;
	const char *name;
	atomic_bool other; /* it has bytes of its own */
	atomic_bool lacks; /* some of the blob's */
};

static bool
is_zero(const char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Each sector is as wanted, or zeros. */
static void
compare_sectors(
    struct torn *t, const char *have, const char *want, size_t n, uint64_t off)
{
	for (size_t at = 0; at < n;) {
		size_t k = SECTOR - (size_t)((off + at) % SECTOR);

		if (k > n - at)
			k = n - at;
		if (memcmp(have + at, want + at, k))
			atomic_store(
			    is_zero(have + at, k) ? &t->lacks : &t->other,
			    true);
		at += k;
	}
}

static int
compare(void *arg, const void *p, size_t n, uint64_t off)
{
	struct torn *t = arg;
	const char *want = p;
	char buf[PAGE];
	int err = MVC_OK;

	for (size_t at = 0; !err && at < n && !t->other;) {
		size_t k = PAGE - (size_t)((off + at) % PAGE), got;

		if (k > n - at)
			k = n - at;
		err = mvc_sys_pread(&got, t->fd, buf, k, off + at, t->name);
		if (!err)
			compare_sectors(t, buf, want + at, got, off + at);
		at += k;
	}
	return err;
}

int
mvc_torn_is(bool *is, struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, int fd, const char *name)
{
	struct torn t = {.fd = fd, .name = name};
	struct stat st;
	int err;

	*is = false;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > size)
		return MVC_OK;
	err = mvc_blob_copy(s, oid, size, compare, &t);
	*is = !err && !t.other && (t.lacks || (uint64_t)st.st_size < size);
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ? MVC_OK : err;
}

int
mvc_torn_at(bool *is, struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, const struct mvc_scanned *f)
{
	MVC_OWN_FD int fd = -1;
	int err;

	*is = false;
	err = mvc_sys_open(
	    &fd, f->dir->fd, f->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	return err ? err : mvc_torn_is(is, s, oid, size, fd, f->path);
}
