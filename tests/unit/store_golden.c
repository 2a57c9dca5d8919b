/*
 * tests/golden was written once and is never written again: today's reader
 * reads it, and today's writer makes the same. Only what zstd wrote may
 * differ, with its version: packs, and what names them. To look at what would
 * be written: MVC_GOLDEN=FOLDER tests/unit-tests, with that suite alone.
 */
#include "golden.h"
#include "scratch.h"

#include "hash/digest.h"
#include "object/recipe.h"
#include "object/tree.h"
#include "store/blob.h"
#include "store/fsck.h"
#include "store/pack.h"
#include "store/root.h"
#include "store/segment.h"
#include "store/trash.h"
#include "util/file.h"
#include "work/pointer.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ok(expr) cr_assert_eq((expr), 0, "%s", mvc_error_text())
#define PATH GOLDEN_FOLDER "/store"

static struct mvc_ctx ctx;

static struct mvc_store *
open_store(const char *path)
{
	struct mvc_store *s;

	mvc_ctx_init(&ctx);
	ok(mvc_store_open(&s, &ctx, path));
	return s;
}

Test(store_golden, every_file_comes_back)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_store *s = open_store(PATH);
	uint8_t p[GOLDEN_BYTES];
	struct golden g;

	golden_ids(&g);
	for (int i = 0; i < GOLDEN_FILES; i++) {
		size_t n = golden_bytes(i, p);

		ok(mvc_blob_get(s, &g.file[i], n, &b));
		cr_assert_eq(b.len, n);
		cr_assert_arr_eq(b.data, p, n);
	}
	mvc_buf_release(&b);
	mvc_store_free(s);
}

static struct mvc_pointer
read_pointer(const char *path)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(MVC_POINTER_MAX);
	struct mvc_pointer p;

	ok(mvc_file_read(&b, AT_FDCWD, path));
	ok(mvc_pointer_parse(&p, path, b.data, b.len));
	return p;
}

Test(store_golden, a_full_check_finds_nothing)
{
	struct mvc_pointer p = read_pointer(GOLDEN_FOLDER "/all.mvc");
	struct mvc_fsck_pointer fp = {.name = "all.mvc",
	    .oid = p.oid,
	    .tree = true,
	    .size = p.size,
	    .files = p.files};
	struct mvc_fsck f = {.store = open_store(PATH),
	    .holder = GOLDEN_HOLDER,
	    .full = true,
	    .pointers = &fp,
	    .n_pointers = 1};
	struct mvc_root r;

	ok(mvc_fsck(&f));
	cr_assert_eq(f.damaged + f.missing + f.absent, 0);
	cr_assert_gt(f.objects, 50);
	ok(mvc_root_get(&r, f.store, GOLDEN_HOLDER, &p.oid));
	cr_assert(r.tree && !r.part);
	cr_assert_eq(r.files, p.files);
	mvc_root_release(&r);
	mvc_store_free(f.store);
	mvc_pointer_release(&p);
}

static char *
only_file(const char *folder, const char *ends)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char *found = NULL;

	cr_assert_not_null(d, "%s", folder);
	while ((e = readdir(d))) {
		size_t n = strlen(e->d_name), m = strlen(ends);

		if (e->d_name[0] == '.' || n < m ||
		    strcmp(e->d_name + n - m, ends))
			continue;
		cr_assert_null(found);
		found = strdup(e->d_name);
	}
	closedir(d);
	cr_assert_not_null(found, "%s", folder);
	return found;
}

struct packed {
	struct mvc_pack_index ix;
	char path[1200];
	int fd;
};

static void
open_pack(struct packed *p, const char *store)
{
	char folder[600];
	char *aa, *name;

	snprintf(folder, sizeof(folder), "%s/packs", store);
	aa = only_file(folder, "");
	snprintf(folder, sizeof(folder), "%s/packs/%s", store, aa);
	name = only_file(folder, ".pack");
	snprintf(p->path, sizeof(p->path), "%s/%s", folder, name);
	p->fd = open(p->path, O_RDONLY);
	ok(mvc_pack_index_read(&p->ix, p->fd, p->path, NULL));
	free(aa);
	free(name);
}

static void
close_pack(struct packed *p)
{
	mvc_pack_index_release(&p->ix);
	close(p->fd);
}

Test(store_golden, all_codecs_and_kinds_are_in_it)
{
	unsigned kinds = 0, codecs = 0;
	struct packed p;

	open_pack(&p, PATH);
	for (uint32_t i = 0; i < p.ix.n; i++) {
		kinds |= 1u << p.ix.entries[i].kind;
		codecs |= 1u << p.ix.entries[i].codec;
	}
	cr_assert_eq(kinds, 0x1e);
	cr_assert_eq(codecs, 0xf);
	close_pack(&p);
}

static void
make(struct golden *g)
{
	const char *to = getenv("MVC_GOLDEN");
	char path[600];

	snprintf(path, sizeof(path), "%s/store", to ? to : ".");
	golden_make(g, path, false);
	if (to)
		cr_assert_eq(chdir(to), 0);
}

/* The same objects; what they decode to is compared, and how they are packed
 * where zstd had no part in it. */
Test(store_golden, the_same_objects_are_written, .init = scratch_enter,
    .fini = scratch_leave)
{
	struct mvc_buf a = MVC_BUF_INIT(1 << 20), b = MVC_BUF_INIT(1 << 20);
	struct mvc_store *old, *new;
	struct packed po, pn;
	struct golden g;

	make(&g);
	old = open_store(PATH);
	new = open_store("store");
	open_pack(&po, PATH);
	open_pack(&pn, "store");
	cr_assert_eq(po.ix.n, pn.ix.n);
	for (uint32_t i = 0; i < po.ix.n; i++) {
		struct mvc_pack_entry *x = &po.ix.entries[i];
		struct mvc_pack_entry *y = &pn.ix.entries[i];

		cr_assert_eq(mvc_pack_entry_cmp(x, y), 0);
		cr_assert_eq(x->raw, y->raw);
		cr_assert_eq(x->codec, y->codec);
		cr_assert_eq(x->offset == 8, y->offset == 8, "the order");
		ok(mvc_store_get(old, x->kind, &x->id, &a));
		ok(mvc_store_get(new, y->kind, &y->id, &b));
		cr_assert_eq(a.len, b.len);
		cr_assert_arr_eq(a.data, b.data, a.len);
	}
	close_pack(&po);
	close_pack(&pn);
	mvc_buf_release(&a);
	mvc_buf_release(&b);
	mvc_store_free(old);
	mvc_store_free(new);
}

static void
assert_same_file(const char *name, const char *made)
{
	MVC_SCOPED(mvc_buf) a = MVC_BUF_INIT(1 << 20);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", GOLDEN_FOLDER, name);
	ok(mvc_file_read(&a, AT_FDCWD, path));
	ok(mvc_file_read(&b, AT_FDCWD, made));
	cr_assert_eq(a.len, b.len, "%s", name);
	cr_assert_arr_eq(a.data, b.data, a.len, "%s", name);
}

Test(store_golden, pointer_trash_and_format_are_the_same_bytes,
    .init = scratch_enter, .fini = scratch_leave)
{
	struct golden g;

	make(&g);
	assert_same_file("all.mvc", "all.mvc");
	assert_same_file("store/" GOLDEN_TRASH, "store/" GOLDEN_TRASH);
	assert_same_file("store/format", "store/format");
}

/* An index made anew is the pack's own, and names it. */
Test(store_golden, the_packs_index_is_the_same_bytes)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	struct mvc_oid name;
	struct packed p;

	open_pack(&p, PATH);
	name = p.ix.name;
	ok(mvc_pack_index_encode(&b, &p.ix));
	cr_assert(mvc_oid_eq(&name, &p.ix.name));
	cr_assert_not_null(strstr(p.path, mvc_oid_hex(&name).s));
	mvc_buf_release(&b);
	close_pack(&p);
}

struct listing {
	struct mvc_pack_index *ix;
	uint32_t at;
};

static int
next_entry(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct listing *l = arg;
	struct mvc_pack_entry *e;

	if (rewind)
		l->at = 0;
	if (l->at == l->ix->n)
		return 0;
	e = &l->ix->entries[l->at++];
	*out = (struct mvc_segment_entry){.id = e->id,
	    .offset = e->offset,
	    .packed = e->packed,
	    .raw = e->raw,
	    .kind = e->kind,
	    .codec = e->codec};
	return 1;
}

Test(store_golden, a_segment_over_the_pack_is_the_same_bytes,
    .init = scratch_enter, .fini = scratch_leave)
{
	char *name = only_file(PATH "/segments", "");
	char where[] = "s";
	struct mvc_folder f = {.path = where, .file = 0444, .dir = 0777};
	struct mvc_segment_draft d = {.n_packs = 1, .next = next_entry};
	struct mvc_segment_pack sp;
	struct listing l = {NULL, 0};
	char was[200], is[200];
	struct mvc_oid made;
	struct packed p;
	struct stat st;

	open_pack(&p, PATH);
	cr_assert_eq(fstat(p.fd, &st), 0);
	ok(mvc_store_create("s", 0));
	f.fd = open("s", O_RDONLY);
	sp.name = p.ix.name;
	sp.size = (uint64_t)st.st_size;
	l.ix = &p.ix;
	d.packs = &sp;
	d.arg = &l;
	ok(mvc_segment_write(&made, &f, &d));
	cr_assert_str_eq(mvc_oid_hex(&made).s, name);
	snprintf(was, sizeof(was), "store/segments/%s", name);
	snprintf(is, sizeof(is), "s/segments/%s", name);
	assert_same_file(was, is);
	close(f.fd);
	close_pack(&p);
	free(name);
}

Test(store_golden, roots_are_the_same_bytes)
{
	static const char folder[] = PATH "/roots/" GOLDEN_HOLDER;
	struct mvc_buf a = MVC_BUF_INIT(4096), b = MVC_BUF_INIT(4096);
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		struct mvc_root r;
		char path[1000];

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		mvc_buf_clear(&a);
		ok(mvc_file_read(&a, AT_FDCWD, path));
		ok(mvc_root_parse(&r, a.data, a.len));
		ok(mvc_root_format(&b, &r));
		cr_assert_eq(a.len, b.len);
		cr_assert_arr_eq(a.data, b.data, a.len);
		mvc_root_release(&r);
		n++;
	}
	cr_assert_eq(n, 2);
	closedir(d);
	mvc_buf_release(&a);
	mvc_buf_release(&b);
}
