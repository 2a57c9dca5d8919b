/*
 * Each byte of a small store is changed in turn. A full check finds it, or it
 * did no harm; and no wrong byte is delivered, whatever was changed.
 */
#include "golden.h"
#include "scratch.h"

#include "store/blob.h"
#include "store/fsck.h"
#include "util/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct mvc_ctx ctx;
static struct golden golden;
static uint8_t bytes[GOLDEN_FILES][GOLDEN_BYTES];

static void
enter(void)
{
	scratch_enter();
	mvc_ctx_init(&ctx);
	ctx.threads = 1;
	golden_make(&golden, "s", true);
	for (int i = 0; i < GOLDEN_FILES; i++)
		golden_bytes(i, bytes[i]);
}

/* How many files come back; a wrong byte in one ends the test. */
static int
deliver(struct mvc_store *s)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	int n = 0;

	for (int i = 0; i < GOLDEN_FILES; i++) {
		if (mvc_blob_get(s, &golden.file[i], golden.size[i], &b))
			continue;
		cr_assert_eq(b.len, golden.size[i]);
		cr_assert_eq(memcmp(b.data, bytes[i], b.len), 0);
		n++;
	}
	mvc_buf_release(&b);
	return n;
}

static int
check(struct mvc_store *s)
{
	struct mvc_fsck_pointer p = {.name = "all.mvc",
	    .oid = golden.tree,
	    .tree = true,
	    .size = golden.tree_size,
	    .files = golden.tree_files};
	struct mvc_fsck f = {.store = s,
	    .holder = GOLDEN_HOLDER,
	    .full = true,
	    .pointers = &p,
	    .n_pointers = 1};

	return mvc_fsck(&f);
}

/* Whether a check finds fault with the store as it is. */
static bool
is_found(int *delivered)
{
	struct mvc_store *s;
	bool found;

	*delivered = 0;
	if (mvc_store_open(&s, &ctx, "s"))
		return true;
	*delivered = deliver(s);
	found = check(s) != 0;
	mvc_store_free(s);
	return found;
}

static void
find(char *out, size_t size, const char *glob)
{
	char command[200];
	FILE *p;

	snprintf(command, sizeof(command), "ls %s | head -n 1", glob);
	p = popen(command, "r");
	cr_assert_not_null(fgets(out, (int)size, p));
	out[strcspn(out, "\n")] = 0;
	pclose(p);
	cr_assert_eq(chmod(out, 0644), 0);
}

static void
flip_each(const char *glob)
{
	char path[300];
	int fd, n, delivered;
	struct stat st;

	find(path, sizeof(path), glob);
	cr_assert_not(is_found(&n));
	cr_assert_eq(n, GOLDEN_FILES);
	fd = open(path, O_RDWR);
	cr_assert_eq(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at++) {
		uint8_t was, is;

		cr_assert_eq(pread(fd, &was, 1, at), 1);
		is = was ^ (uint8_t)(1 << at % 8);
		cr_assert_eq(pwrite(fd, &is, 1, at), 1);
		if (!is_found(&delivered))
			cr_assert_eq(
			    delivered, n, "byte %ld of %s", (long)at, path);
		cr_assert_eq(pwrite(fd, &was, 1, at), 1);
	}
	close(fd);
	cr_assert_not(is_found(&n));
}

Test(store_damage, a_changed_byte_of_a_pack, .init = enter,
    .fini = scratch_leave)
{
	flip_each("s/packs/*/*.pack");
}

Test(store_damage, a_changed_byte_of_a_segment, .init = enter,
    .fini = scratch_leave)
{
	flip_each("s/segments/*");
}

Test(store_damage, a_changed_byte_of_a_root, .init = enter,
    .fini = scratch_leave)
{
	flip_each("s/roots/*/*");
}
