#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char where[512];

void
scratch_enter(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(
	    where, sizeof(where), "%s/mvc-unit-XXXXXX", tmp ? tmp : "/tmp");
	cr_assert_not_null(mkdtemp(where));
	cr_assert_eq(chdir(where), 0);
}

void
scratch_leave(void)
{
	char command[1200];

	cr_assert_eq(chdir("/"), 0);
	snprintf(command, sizeof(command), "chmod -R u+rwX '%s'; rm -rf '%s'",
	    where, where);
	cr_assert_eq(system(command), 0);
}

void
scratch_write_bytes(const char *path, const void *p, size_t n)
{
	char parent[4096];
	FILE *f;

	snprintf(parent, sizeof(parent), "%s", path);
	for (char *s = strchr(parent + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = 0;
		mkdir(parent, 0777);
		*s = '/';
	}
	f = fopen(path, "wb");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(p, 1, n, f), n);
	cr_assert_eq(fclose(f), 0);
}

void
scratch_write(const char *path, const char *text)
{
	scratch_write_bytes(path, text, strlen(text));
}

void
scratch_noise(void *p, size_t n, unsigned seed)
{
	uint64_t x = 0x9e3779b97f4a7c15u * (seed + 1);
	uint8_t *at = p;

	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		at[i] = (uint8_t)(x >> 32);
	}
}
