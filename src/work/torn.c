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
};

static bool
is_zero(const char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* Each sector is as wanted, or zeros. */
static bool
is_part(const char *have, const char *want, size_t n, uint64_t off)
{
	for (size_t at = 0; at < n;) {
		size_t k = SECTOR - (size_t)((off + at) % SECTOR);

		if (k > n - at)
			k = n - at;
		if (memcmp(have + at, want + at, k) && !is_zero(have + at, k))
			return false;
		at += k;
	}
	return true;
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
		if (!err && !is_part(buf, want + at, got, off + at))
			atomic_store(&t->other, true);
		at += k;
	}
	return err;
}

int
mvc_torn_is(bool *is, struct mvc_store *s, const struct mvc_oid *oid,
    uint64_t size, int fd, const char *name)
{
	struct torn t = {fd, name, false};
	struct stat st;
	int err;

	*is = false;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > size)
		return MVC_OK;
	err = mvc_blob_copy(s, oid, size, compare, &t);
	*is = !err && !t.other;
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ? MVC_OK : err;
}
