/*
 * A stat cache of hostile bytes: read from its start and from the middle,
 * then changed. The first byte says whether checks are made right first, so
 * that what lies behind them is reached.
 */
#include "hash/digest.h"
#include "util/bytes.h"
#include "work/statcache.h"

#include <assert.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t
check(const void *p, size_t n)
{
	struct mvc_oid h;

	mvc_blake3(&h, p, n);
	return mvc_get64(h.b);
}

static void
seal(uint8_t *p, size_t size)
{
	static uint8_t text[1 << 20];
	uint64_t at, n, off, end;

	if (size < MVC_STAT_HEADER || size > sizeof(text) / 2)
		return;
	at = mvc_get64(p + 40);
	if (at < MVC_STAT_HEADER || at > size)
		return;
	n = (size - at) / 16;
	for (uint64_t i = 0; i < n; i++) {
		off = mvc_get64(p + at + 16 * i);
		end = i + 1 < n ? mvc_get64(p + at + 16 * i + 16) : at;
		if (off <= end && end <= size)
			mvc_put64(
			    p + at + 16 * i + 8, check(p + off, end - off));
	}
	memcpy(text, p, MVC_STAT_HEADER - 8);
	memcpy(text + MVC_STAT_HEADER - 8, p + at, 16 * n);
	mvc_put64(p + 56, check(text, MVC_STAT_HEADER - 8 + 16 * n));
}

static void
read_through(struct mvc_statcache *c)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	const struct mvc_stat_entry *e;

	assert(mvc_statcursor_new(&k, c) == 0);
	while ((e = mvc_statcursor_at(k))) {
		assert(e->path_len > 0 && strlen(e->path) == e->path_len);
		assert(mvc_statcursor_next(k) == 0);
	}
	assert(mvc_statcursor_seek(k, "d/m") == 0);
	assert(mvc_statcursor_seek(k, "d/00011/x") == 0);
	assert(mvc_statcursor_seek(k, "") == 0);
}

static void
put(const char *name, const void *p, size_t n)
{
	FILE *f = fopen(name, "wb");

	assert(f && fwrite(p, 1, n, f) == n);
	fclose(f);
}

static void
change(const char *dir)
{
	struct mvc_stat_entry e = {
	    .path = "d/m", .path_len = 3, .kind = MVC_ENTRY_FILE};
	MVC_OWN(mvc_statcache) *c = NULL;
	MVC_OWN(mvc_statupdate) *u = NULL;

	assert(mvc_statcache_open(&c, dir) == 0);
	read_through(c);
	assert(mvc_statupdate_new(&u, c) == 0);
	assert(mvc_statupdate_set(u, &e, false) == 0);
	assert(mvc_statupdate_commit(u) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const made[] = {
	    "mvc/statcache", "mvc/statcache.delta", "mvc/statcache.lock"};
	char dir[] = "/tmp/mvc-fuzz-XXXXXX", name[64];
	uint8_t *p;

	if (size < 1)
		return 0;
	p = malloc(size);
	assert(p && mkdtemp(dir));
	memcpy(p, data, size);
	if (p[0] & 1)
		seal(p + 1, size - 1);
	snprintf(name, sizeof(name), "%s/mvc", dir);
	assert(mkdir(name, 0700) == 0);
	snprintf(name, sizeof(name), "%s/mvc/statcache", dir);
	put(name, p + 1, size - 1);
	free(p);
	change(dir);
	change(dir);
	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/%s", dir, made[i]);
		unlink(name);
	}
	snprintf(name, sizeof(name), "%s/mvc", dir);
	rmdir(name);
	rmdir(dir);
	return 0;
}
