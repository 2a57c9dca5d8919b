#include "work/holes.h"

#include "util/sys.h"

#include <string.h>

#include "util/banned.h"

#define HOLE 4096

static bool
is_zero(const char *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

int
mvc_write_around_holes(int fd, bool reserve, const char *p, size_t n,
    uint64_t off, uint64_t *end, const char *path)
{
	size_t at = 0;
	int err = MVC_OK;

	while (!err && at < n) {
		size_t from = at;

		while (at < n) {
			size_t k = HOLE - (size_t)((off + at) % HOLE);

			if (k > n - at)
				k = n - at;
			if (k == HOLE && is_zero(p + at, HOLE))
				break;
			at += k;
		}
		if (at > from && reserve)
			mvc_sys_reserve(fd, off + from, at - from);
		if (at > from) {
			err = mvc_sys_pwrite(
			    fd, p + from, at - from, off + from, path);
			*end = off + at;
		}
		while (n - at >= HOLE && is_zero(p + at, HOLE))
			at += HOLE;
	}
	return err;
}
