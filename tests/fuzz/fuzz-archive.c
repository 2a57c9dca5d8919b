/*
 * Archives: every entry is taken apart and read. What comes out is a clean path
 * of names that a tree may have, and its bytes are as many as it says.
 */
#include "bundle/reader.h"
#include "util/name.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of what unpacks to ever more. */
#define ENOUGH (UINT64_C(4) << 20)

struct bytes {
	const uint8_t *p;
	size_t n;
};

static int
on_pread(void *arg, size_t *got, void *p, size_t n, uint64_t off)
{
	const struct bytes *b = arg;

	*got = off >= b->n           ? 0
	    : b->n - (size_t)off < n ? b->n - (size_t)off
				     : n;
	if (*got)
		memcpy(p, b->p + off, *got);
	return 0;
}

static void
check_path(const char *path)
{
	for (const char *p = path;; p++) {
		size_t n = strcspn(p, "/");

		assert(!mvc_name_check(p, n));
		p += n;
		if (!*p)
			return;
	}
}

static int
read_entry(struct mvc_archive_reader *r, const struct mvc_archive_entry *e,
    uint64_t *sum)
{
	static char buf[4096];
	uint64_t left = e->size;
	int err = 0;

	check_path(e->path);
	assert((e->kind == MVC_ENTRY_LINK || !e->kind) == !!e->target);
	assert(!e->kind || e->kind <= MVC_ENTRY_DIR);
	while (!err && left && *sum < ENOUGH) {
		size_t n = left < sizeof(buf) ? (size_t)left : sizeof(buf);

		err = mvc_archive_read(r, buf, n);
		left -= n;
		*sum += n;
	}
	return err;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = {data, size};
	struct mvc_archive_source s = {on_pread, &b, size};
	const struct mvc_archive_entry *e = NULL;
	struct mvc_archive_reader *r;
	uint64_t sum = 0;
	unsigned n = 0;
	int err = mvc_archive_reader_new(&r, &s);

	if (err)
		return 0;
	do {
		err = mvc_archive_next(&e, r);
		if (!err && e)
			err = read_entry(r, e, &sum);
	} while (!err && e && sum < ENOUGH && n++ < 10000);
	mvc_archive_reader_free(r);
	return 0;
}
