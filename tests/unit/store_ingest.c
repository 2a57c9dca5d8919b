#include "scratch.h"

#include "chunk/cutter.h"
#include "chunk/layout.h"
#include "hash/digest.h"
#include "store/ingest.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What a dry ingest told of one file, whose bytes are p. */
struct told {
	const uint8_t *p;
	struct mvc_offsets cuts;
	size_t n;
	uint64_t at;
	bool done;
	struct mvc_ingested res;
};

static int
on_chunk(void *arg, const struct mvc_oid *id, uint32_t len)
{
	struct told *t = arg;
	struct mvc_oid want;

	cr_assert_not(t->done);
	cr_assert_lt(t->n, t->cuts.n);
	mvc_blake3(&want, t->p + t->at, len);
	cr_assert(mvc_oid_eq(id, &want));
	t->at += len;
	cr_assert_eq(t->at, t->cuts.at[t->n++]);
	return 0;
}

static int
on_done(void *arg, void *user, const struct mvc_ingested *res)
{
	struct told *t = arg;

	cr_assert_eq(user, t);
	t->done = true;
	t->res = *res;
	return 0;
}

/* By its path below this folder. */
static void
tell(struct told *t, const char *path, size_t size, unsigned threads)
{
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	struct mvc_dirref *dir;
	struct mvc_ingest *in;
	struct mvc_ctx ctx;

	mvc_ctx_init(&ctx);
	mvc_ctx_set_threads(&ctx, threads);
	cr_assert_eq(mvc_dirref_new(&dir, fd, "."), 0);
	cr_assert_eq(mvc_ingest_new_dry(&in, &ctx, on_chunk, on_done, t), 0);
	cr_assert_eq(mvc_ingest_file(in, dir, path, size, t), 0);
	cr_assert_eq(mvc_ingest_wait(in), 0, "%s", mvc_error_text());
	cr_assert(t->done);
	mvc_ingest_free(in);
	mvc_dirref_drop(dir);
}

static int
give(void *arg, void *p, size_t n)
{
	const uint8_t **at = arg;

	memcpy(p, *at, n);
	*at += n;
	return 0;
}

static void
tell_stream(struct told *t, size_t size, unsigned threads)
{
	const uint8_t *at = t->p;
	struct mvc_ingest *in;
	struct mvc_ctx ctx;

	mvc_ctx_init(&ctx);
	mvc_ctx_set_threads(&ctx, threads);
	cr_assert_eq(mvc_ingest_new_dry(&in, &ctx, on_chunk, on_done, t), 0);
	cr_assert_eq(mvc_ingest_stream(in, size, give, &at, t), 0);
	cr_assert_eq(at, t->p + size);
	cr_assert_eq(mvc_ingest_wait(in), 0, "%s", mvc_error_text());
	cr_assert(t->done);
	mvc_ingest_free(in);
}

/* One tensor of bf16 in 4 MiB, after a header of 100 KiB. */
static void
write_safetensors(uint8_t *p, size_t size)
{
	size_t head = 100 << 10, n;

	scratch_noise(p, size, 9);
	memset(p, 0, 8);
	p[1] = (uint8_t)(head >> 8);
	p[2] = (uint8_t)(head >> 16);
	memset(p + 8, ' ', head);
	n = (size_t)snprintf((char *)p + 8, head,
	    "{\"w\":{\"dtype\":\"BF16\",\"shape\":[%zu],"
	    "\"data_offsets\":[0,%zu]}}",
	    (size - head - 8) / 2, size - head - 8);
	p[8 + n] = ' ';
}

Test(store_ingest, a_stream_is_cut_as_the_file_is, .init = scratch_enter,
    .fini = scratch_leave)
{
	size_t size = 4 << 20;
	uint8_t *p = malloc(size);
	struct mvc_layout *layout;
	struct mvc_gear gear;
	struct mvc_oid want;
	size_t need;

	mvc_gear_init(&gear);
	write_safetensors(p, size);
	cr_assert_eq(mvc_layout_parse(&layout, &need, p, size, size), 0);
	cr_assert_not_null(layout);
	for (unsigned i = 1; i <= 4; i += 3) {
		struct told t = {.p = p};

		cr_assert_eq(mvc_cut_all(&gear, layout, &t.cuts, p, size), 0);
		tell_stream(&t, size, i);
		cr_assert_eq(t.n, t.cuts.n);
		mvc_blake3(&want, p, size);
		cr_assert(mvc_oid_eq(&t.res.oid, &want));
		mvc_offsets_release(&t.cuts);
	}
	mvc_layout_free(layout);
	free(p);
}

Test(store_ingest, a_dry_one_tells_the_chunks_in_order, .init = scratch_enter,
    .fini = scratch_leave)
{
	static const size_t sizes[] = {0, 5, 300000, 5 << 20};
	uint8_t *p = malloc(5 << 20);
	struct mvc_gear gear;
	struct mvc_oid want;

	mvc_gear_init(&gear);
	scratch_noise(p, 5 << 20, 7);
	for (size_t i = 0; i < 16; i++) {
		size_t size = sizes[i / 4];
		struct told t = {.p = p};

		scratch_write_bytes("d/e/data", p, size);
		cr_assert_eq(mvc_cut_all(&gear, NULL, &t.cuts, p, size), 0);
		if (i % 4 < 2)
			tell(&t, "d/e/data", size, i % 2 ? 4 : 1);
		else
			tell_stream(&t, size, i % 2 ? 4 : 1);
		cr_assert_eq(t.res.err, 0);
		cr_assert_eq(t.res.size, size);
		cr_assert_eq(t.at, size);
		cr_assert_eq(t.n, t.cuts.n);
		mvc_blake3(&want, p, size);
		cr_assert(mvc_oid_eq(&t.res.oid, &want));
		mvc_offsets_release(&t.cuts);
	}
	free(p);
}

static int
on_slow(void *arg, void *user, const struct mvc_ingested *res)
{
	unsigned *n = arg;

	cr_assert_eq(res->err, 0, "%s", res->text);
	if (!(*n)++)
		usleep(300000);
	return 0;
}

static int
on_any_chunk(void *arg, const struct mvc_oid *id, uint32_t len)
{
	return 0;
}

static struct mvc_dirref *
open_folder(unsigned i)
{
	struct mvc_dirref *dir;
	char name[20];
	int fd;

	snprintf(name, sizeof(name), "d/%u", i);
	fd = open(name, O_RDONLY | O_DIRECTORY);
	cr_assert(fd >= 0 && fd < 400, "%d files are open", fd);
	cr_assert_eq(mvc_dirref_new(&dir, fd, name), 0);
	return dir;
}

Test(store_ingest, few_folders_are_held_while_it_is_slow, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_ingest *in;
	struct mvc_ctx ctx;
	unsigned n = 0;

	mvc_ctx_init(&ctx);
	mvc_ctx_set_threads(&ctx, 2);
	cr_assert_eq(
	    mvc_ingest_new_dry(&in, &ctx, on_any_chunk, on_slow, &n), 0);
	for (unsigned i = 0; i < 1000; i++) {
		char name[20];

		snprintf(name, sizeof(name), "d/%u/f", i);
		scratch_write(name, "hello");
	}
	for (unsigned i = 0; i < 1000; i++) {
		struct mvc_dirref *dir = open_folder(i);

		cr_assert_eq(mvc_ingest_file(in, dir, "f", 5, NULL), 0);
		mvc_dirref_drop(dir);
	}
	cr_assert_eq(mvc_ingest_wait(in), 0, "%s", mvc_error_text());
	cr_assert_eq(n, 1000);
	mvc_ingest_free(in);
}

static void
assert_fails(const char *path, size_t size, int code)
{
	struct told t = {.n = 0};

	tell(&t, path, size, 2);
	cr_assert_eq(t.res.err, code, "%s", path);
}

Test(store_ingest, a_path_does_not_lead_through_links, .init = scratch_enter,
    .fini = scratch_leave)
{
	scratch_write("d/data", "hello");
	cr_assert_eq(symlink("d", "link"), 0);
	cr_assert_eq(symlink("data", "d/link"), 0);
	for (size_t size = 5; size < 5 << 20; size += 4 << 20) {
		assert_fails("link/data", size, MVC_EDENIED);
		assert_fails("d/link", size, MVC_EDENIED);
		assert_fails("d/../d/data", size, MVC_EINVALID);
		assert_fails("d/none", size, MVC_ENOTFOUND);
	}
}
