#include "scratch.h"

#include "hash/digest.h"
#include "store/blob.h"
#include "store/ingest.h"
#include "store/lines.h"
#include "store/root.h"
#include "store/writer.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HOLDER "0123456789abcdef0123456789abcdef"

struct fixture {
	struct mvc_ctx ctx;
	struct mvc_store *store;
	struct mvc_writer *w;
};

static void
open_fixture(struct fixture *f, const char *path, unsigned threads)
{
	memset(f, 0, sizeof(*f));
	mvc_ctx_init(&f->ctx);
	if (threads)
		f->ctx.threads = threads;
	cr_assert_eq(mvc_store_create(path, 0), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_store_open(&f->store, &f->ctx, path), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(
	    mvc_writer_new(&f->w, f->store), 0, "%s", mvc_error_text());
}

static void
close_fixture(struct fixture *f)
{
	mvc_writer_free(f->w);
	mvc_store_free(f->store);
}

Test(store_writer, a_copy_without_the_empty_folders_can_be_written,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_oid id;
	struct fixture f;

	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(rmdir("s/tmp"), 0);
	open_fixture(&f, "s", 0);
	mvc_blake3(&id, "hello", 5);
	cr_assert_eq(mvc_writer_put(f.w, MVC_CHUNK, &id, "hello", 5), 0);
	cr_assert_eq(mvc_writer_flush(f.w), 0, "%s", mvc_error_text());
	close_fixture(&f);
}

Test(store_writer, what_is_flushed_is_read_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_oid id;
	struct fixture f;

	open_fixture(&f, "s", 0);
	mvc_blake3(&id, "hello", 5);
	cr_assert_eq(mvc_writer_put(f.w, MVC_CHUNK, &id, "hello", 5), 0);
	cr_assert_eq(mvc_store_get(f.store, MVC_CHUNK, &id, &b), MVC_ENOTFOUND);
	cr_assert_eq(mvc_writer_flush(f.w), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_store_get(f.store, MVC_CHUNK, &id, &b), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(b.len, 5);
	cr_assert_arr_eq(b.data, "hello", 5);
	mvc_buf_release(&b);
	close_fixture(&f);
}

static struct mvc_ingested last;
static int n_done;

static int
done(void *arg, void *user, const struct mvc_ingested *res)
{
	n_done++;
	if (res) {
		last = *res;
		cr_assert_eq(res->err, 0, "%s", res->text);
	}
	return 0;
}

static void
ingest(struct fixture *f, const char *name, size_t size)
{
	struct mvc_dirref *dir;
	struct mvc_ingest *in;
	int fd = open(".", O_RDONLY | O_DIRECTORY);

	cr_assert_eq(mvc_dirref_new(&dir, fd, "."), 0);
	cr_assert_eq(mvc_ingest_new(&in, &f->ctx, f->w, done, NULL), 0);
	n_done = 0;
	cr_assert_eq(mvc_ingest_file(in, dir, name, size, NULL), 0);
	cr_assert_eq(mvc_ingest_wait(in), 0, "%s", mvc_error_text());
	cr_assert_eq(n_done, 1);
	mvc_ingest_free(in);
	mvc_dirref_drop(dir);
}

struct collected {
	uint8_t *p;
	_Atomic uint64_t n; /* from any thread */
};

static int
collect(void *arg, const void *p, size_t n, uint64_t off)
{
	struct collected *c = arg;

	memcpy(c->p + off, p, n);
	c->n += n;
	return 0;
}

/* The file, of these bytes, is stored in "s" and read back. */
static void
comes_back(const char *name, const uint8_t *p, size_t size)
{
	uint8_t *q = malloc(size + 1);
	struct collected c = {q, 0};
	struct mvc_claim claim = {0};
	struct mvc_root root;
	struct mvc_oid oid;
	struct fixture f;

	open_fixture(&f, "s", 3);
	ingest(&f, name, size);
	mvc_blake3(&oid, p, size);
	cr_assert(mvc_oid_eq(&oid, &last.oid));
	claim.oid = oid;
	claim.size = size;
	claim.files = 1;
	cr_assert_eq(mvc_writer_claim(f.w, HOLDER, &claim, 1), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(mvc_root_get(&root, f.store, HOLDER, &oid), 0);
	cr_assert_eq(root.size, size);
	mvc_root_release(&root);
	cr_assert_eq(mvc_blob_copy(f.store, &oid, size, collect, &c), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(c.n, size);
	cr_assert_eq(memcmp(p, q, size), 0);
	if (size > 5000) {
		c.n = 0;
		cr_assert_eq(mvc_blob_range(f.store, &oid, size, 3333,
				 size - 4000, collect, &c),
		    0, "%s", mvc_error_text());
		cr_assert_eq(c.n, size - 4000);
		/* Its packs are in the page cache now. */
		c.n = 0;
		memset(q, 0, size);
		cr_assert_eq(
		    mvc_blob_copy(f.store, &oid, size, collect, &c), 0);
		cr_assert_eq(c.n, size);
		cr_assert_eq(memcmp(p, q, size), 0);
	}
	close_fixture(&f);
	free(q);
}

static void
round_trip(size_t size, bool noise)
{
	uint8_t *p = malloc(size + 1);

	if (noise)
		scratch_noise(p, size, 7);
	else
		for (size_t i = 0; i < size; i++)
			p[i] = (uint8_t)(i / 1000);
	scratch_write_bytes("data", p, size);
	comes_back("data", p, size);
	free(p);
}

Test(store_ingest, an_empty_file_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	round_trip(0, true);
}

Test(store_ingest, a_small_file_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	round_trip(9000, true);
}

Test(store_ingest, a_file_of_some_chunks_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	round_trip(400000, true);
}

Test(store_ingest, a_file_of_many_blocks_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	round_trip(11 * 1000 * 1000 + 17, true);
}

Test(store_ingest, a_file_of_whole_blocks_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	round_trip(4 << 20, false);
}

static int
drop(void *arg, const void *p, size_t n, uint64_t off)
{
	return 0;
}

/* One byte of the only pack, far from its ends; or all from there on. */
static void
damage_pack(bool cut)
{
	char name[200];
	FILE *p = popen("ls s/packs/*/*", "r");
	uint8_t b;
	int fd;

	cr_assert_not_null(fgets(name, sizeof(name), p));
	pclose(p);
	name[strcspn(name, "\n")] = 0;
	cr_assert_eq(chmod(name, 0644), 0);
	fd = open(name, O_RDWR);
	cr_assert_eq(pread(fd, &b, 1, 5 << 20), 1);
	b ^= 1;
	cr_assert_eq(pwrite(fd, &b, 1, 5 << 20), 1);
	if (cut)
		cr_assert_eq(ftruncate(fd, (5 << 20) + 1), 0);
	close(fd);
}

static void
is_refused(bool cut)
{
	size_t size = 9 << 20;
	uint8_t *p = malloc(size);
	struct mvc_oid oid;
	struct fixture f;

	scratch_noise(p, size, 3);
	scratch_write_bytes("data", p, size);
	mvc_blake3(&oid, p, size);
	open_fixture(&f, "s", 2);
	ingest(&f, "data", size);
	cr_assert_eq(mvc_writer_flush(f.w), 0);
	damage_pack(cut);
	cr_assert_eq(
	    mvc_blob_copy(f.store, &oid, size, drop, NULL), MVC_ECORRUPT);
	cr_assert(strstr(mvc_error_text(), cut ? "is cut short" : "object "),
	    "%s", mvc_error_text());
	close_fixture(&f);
	free(p);
}

Test(store_blob, of_a_big_file_the_damaged_chunk_is_named,
    .init = scratch_enter, .fini = scratch_leave)
{
	is_refused(false);
}

Test(store_blob, of_a_big_file_the_pack_that_was_cut_short_is_named,
    .init = scratch_enter, .fini = scratch_leave)
{
	is_refused(true);
}

/* A file with holes is stored as if it had none. */
Test(store_ingest, a_file_with_holes_comes_back, .init = scratch_enter,
    .fini = scratch_leave)
{
	/* Holes at the start, the end, between; odd places; data in each. */
	static const struct {
		off_t at;
		size_t n;
	} data[] = {{3 << 20, 70000}, {(9 << 20) + 4096, 5000},
	    {(13 << 20) + 12288, 1 << 20}};
	size_t size = (23 << 20) + 4097;
	uint8_t *p = calloc(1, size);
	int fd;

	fd = open("holes", O_RDWR | O_CREAT, 0644);
	cr_assert_eq(ftruncate(fd, (off_t)size), 0);
	for (int i = 0; i < 3; i++) {
		scratch_noise(p + data[i].at, data[i].n, (unsigned)i);
		cr_assert_eq(pwrite(fd, p + data[i].at, data[i].n, data[i].at),
		    (ssize_t)data[i].n);
	}
	close(fd);
	scratch_write_bytes("full", p, size);
	comes_back("holes", p, size);
	comes_back("full", p, size);
	/* The same chunks: nothing new was stored. */
	cr_assert_eq(system("test $(ls s/packs/*/* | wc -l) = 2"), 0);
	free(p);
}

/* Names (which are hashes) and lengths of all packs and segments. */
static void
fingerprint(const char *store, char *out, size_t size)
{
	char command[600];
	FILE *p;
	size_t n;

	snprintf(command, sizeof(command),
	    "cd %s && find packs segments -type f -printf '%%p %%s\\n' | sort",
	    store);
	p = popen(command, "r");
	n = fread(out, 1, size - 1, p);
	out[n] = 0;
	cr_assert_gt(n, 100);
	pclose(p);
}

Test(store_ingest, the_store_is_the_same_whatever_the_number_of_threads,
    .init = scratch_enter, .fini = scratch_leave)
{
	static char a[8192], b[8192];
	uint8_t *p = malloc(8 << 20);

	scratch_noise(p, 8 << 20, 3);
	memcpy(p + (4 << 20), p, 1 << 20);
	scratch_write_bytes("data", p, 8 << 20);
	scratch_write_bytes("more", p, 100000);
	for (unsigned threads = 1; threads <= 7; threads += 3) {
		struct fixture f;
		char name[20];

		snprintf(name, sizeof(name), "s%u", threads);
		open_fixture(&f, name, threads);
		ingest(&f, "more", 100000);
		ingest(&f, "data", 8 << 20);
		cr_assert_eq(mvc_writer_flush(f.w), 0);
		close_fixture(&f);
		fingerprint(name, b, sizeof(b));
		if (threads == 1)
			memcpy(a, b, sizeof(a));
		cr_assert_str_eq(a, b);
	}
	free(p);
}

Test(store_writer, many_flushes_leave_few_segments_to_look_into,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct fixture f;

	open_fixture(&f, "s", 0);
	for (int i = 0; i < 60; i++) {
		struct mvc_oid id;

		mvc_blake3(&id, &i, sizeof(i));
		cr_assert_eq(
		    mvc_writer_put(f.w, MVC_CHUNK, &id, &i, sizeof(i)), 0);
		cr_assert_eq(mvc_writer_flush(f.w), 0, "%s", mvc_error_text());
	}
	for (int i = 0; i < 60; i++) {
		struct mvc_oid id;

		mvc_blake3(&id, &i, sizeof(i));
		cr_assert_eq(mvc_store_get(f.store, MVC_CHUNK, &id, &b), 0);
	}
	mvc_buf_release(&b);
	close_fixture(&f);
}

/* The largest segment, whose entries are then damaged. */
static void
damage_largest_segment(void)
{
	char largest[512] = "";
	off_t size = 0;
	struct dirent *e;
	struct stat st;
	DIR *d = opendir("s/segments");
	int fd;

	while ((e = readdir(d))) {
		char path[512];

		snprintf(path, sizeof(path), "s/segments/%.256s", e->d_name);
		cr_assert_eq(stat(path, &st), 0);
		if (!S_ISREG(st.st_mode) || st.st_size <= size)
			continue;
		size = st.st_size;
		memcpy(largest, path, sizeof(largest));
	}
	closedir(d);
	cr_assert_eq(chmod(largest, 0644), 0);
	fd = open(largest, O_WRONLY);
	cr_assert_eq(pwrite(fd, "\xff\xff\xff", 3, size - 3), 3);
	close(fd);
}

static void
put_number(struct fixture *f, int n, struct mvc_oid *id)
{
	mvc_blake3(id, &n, sizeof(n));
	cr_assert_eq(mvc_writer_put(f->w, MVC_CHUNK, id, &n, sizeof(n)), 0);
}

Test(store_lookup, a_damaged_segment_hides_nothing_that_another_one_has,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_oid id, first;
	struct fixture f;

	open_fixture(&f, "s", 0);
	for (int i = 0; i < 100; i++)
		put_number(&f, i, &first);
	cr_assert_eq(mvc_writer_flush(f.w), 0);
	put_number(&f, 100, &id);
	cr_assert_eq(mvc_writer_flush(f.w), 0);
	close_fixture(&f);
	damage_largest_segment();
	open_fixture(&f, "s", 0);
	cr_assert_eq(mvc_store_get(f.store, MVC_CHUNK, &id, &b), 0, "%s",
	    mvc_error_text());
	cr_assert_eq(
	    mvc_store_get(f.store, MVC_CHUNK, &first, &b), MVC_ECORRUPT);
	mvc_buf_release(&b);
	close_fixture(&f);
}

Test(store_writer, a_whole_root_is_not_made_part, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_claim claim = {.part = false, .size = 4, .files = 1};
	struct mvc_oid other;
	struct mvc_root root;
	struct fixture f;

	open_fixture(&f, "s", 0);
	put_number(&f, 1, &claim.oid);
	cr_assert_eq(mvc_writer_claim(f.w, HOLDER, &claim, 1), 0);
	put_number(&f, 2, &other);
	claim.part = true;
	cr_assert_eq(mvc_writer_claim(f.w, HOLDER, &claim, 1), 0);
	cr_assert_eq(mvc_root_get(&root, f.store, HOLDER, &claim.oid), 0);
	cr_assert(!root.part);
	mvc_root_release(&root);
	close_fixture(&f);
}

Test(store_store, an_unknown_read_only_feature_forbids_writing_alone,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct mvc_buf b = MVC_BUF_INIT(1000);
	struct mvc_ctx ctx;
	struct mvc_store *s;
	struct mvc_writer *w;

	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_lines_begin(&b, "store"), 0);
	cr_assert_eq(
	    mvc_buf_addf(&b, "id %032d\nids blake3\nread-only sealed\n", 1), 0);
	cr_assert_eq(mvc_lines_end(&b), 0);
	cr_assert_eq(unlink("s/format"), 0); /* read-only */
	scratch_write_bytes("s/format", b.data, b.len);
	mvc_buf_release(&b);
	cr_assert_eq(mvc_store_open(&s, &ctx, "s"), 0, "%s", mvc_error_text());
	cr_assert_eq(mvc_writer_new(&w, s), MVC_EVERSION);
	cr_assert_not_null(strstr(mvc_error_text(), "sealed"));
	mvc_store_free(s);
}

Test(store_store, a_format_that_was_changed_is_corrupt, .init = scratch_enter,
    .fini = scratch_leave)
{
	static const char *const changes[] = {"s/^id ./id x/", "s/^id /ie /",
	    "s/^ids/Ids/", "s/^shared 00/shared 06/", "s/ 1$/ 2/",
	    "s/^incompatible/incomputible/", "$d", "2p", "2d", "d"};
	struct mvc_ctx ctx;
	struct mvc_store *s;
	char command[200];

	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		snprintf(command, sizeof(command),
		    "cp -f s/format was && chmod u+w s/format && "
		    "sed -i '%s' s/format",
		    changes[i]);
		cr_assert_eq(system(command), 0);
		cr_assert_eq(mvc_store_open(&s, &ctx, "s"), MVC_ECORRUPT, "%s",
		    changes[i]);
		cr_assert_null(s);
		cr_assert_not_null(
		    strstr(mvc_error_text(), "s/format is damaged"));
		cr_assert_eq(system("cp -f was s/format"), 0);
	}
}
