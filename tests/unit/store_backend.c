#include "store/folder_backend.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SCRATCH .init = scratch_enter, .fini = scratch_leave

static struct mvc_folder folder;
static struct mvc_folder_backend fb;
static struct mvc_backend *b = &fb.b;

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

static void
make(void)
{
	folder.fd = open(".", O_RDONLY | O_DIRECTORY);
	folder.path = (char *)"place";
	mvc_folder_share(&folder, 0);
	mvc_folder_backend_init(&fb, &folder);
}

static void
save(const char *key, const char *text)
{
	ok(mvc_backend_save(b, key, text, strlen(text), 0));
}

static int
join(void *arg, const char *key, const struct mvc_keystat *st)
{
	char *s = arg;

	sprintf(s + strlen(s), "%s:%d ", key, (int)st->size);
	return 0;
}

static void
lists(const char *prefix, const char *after, const char *want)
{
	char got[1000] = "";

	ok(mvc_backend_list(b, prefix, after, join, got));
	cr_assert_str_eq(got, want);
}

Test(store_backend, what_is_put_is_got_whole_and_in_part, SCRATCH)
{
	MVC_SCOPED(mvc_buf) all = MVC_BUF_INIT(100);
	char part[4] = "";

	make();
	save("packs/aa/x.pack", "0123456789");
	ok(mvc_backend_load(b, "packs/aa/x.pack", &all));
	cr_assert_str_eq(all.data, "0123456789");
	ok(mvc_backend_read(b, "packs/aa/x.pack", 7, part, 3));
	cr_assert_str_eq(part, "789");
}

Test(store_backend, what_is_short_or_missing_is_said, SCRATCH)
{
	MVC_SCOPED(mvc_buf) all = MVC_BUF_INIT(5);
	struct mvc_keystat st;
	char part[4];

	make();
	save("a", "0123456789");
	cr_assert_eq(mvc_backend_read(b, "a", 8, part, 3), MVC_ECORRUPT);
	cr_assert_eq(mvc_backend_load(b, "a", &all), MVC_ETOOBIG);
	cr_assert_eq(mvc_backend_load(b, "b", &all), MVC_ENOTFOUND);
	cr_assert_eq(mvc_backend_stat(b, "b", &st), MVC_ENOTFOUND);
}

static int
take_none(void *arg, const void *p, size_t n)
{
	(void)arg, (void)p, (void)n;
	cr_assert_fail("something came");
	return 0;
}

Test(store_backend, nothing_is_had_without_asking_and_no_range_wraps, SCRATCH)
{
	make();
	save("a", "0123456789");
	ok(mvc_backend_get(b, "a", 99, 0, take_none, NULL));
	ok(mvc_backend_get(b, "none", 0, 0, take_none, NULL));
	cr_assert_eq(
	    mvc_backend_get(b, "..", 0, 0, take_none, NULL), MVC_EINVALID);
	cr_assert_eq(
	    mvc_backend_get(b, "a", UINT64_MAX - 1, 2, take_none, NULL),
	    MVC_EINVALID);
	cr_assert_eq(b->received, 0);
}

Test(store_backend, a_long_body_is_written_and_read_in_pieces, SCRATCH)
{
	size_t n = (9 << 20) + 123;
	char *p = malloc(n), *q = malloc(n);

	make();
	scratch_noise(p, n, 1);
	ok(mvc_backend_save(b, "packs/aa/x.pack", p, n, 0));
	ok(mvc_backend_read(b, "packs/aa/x.pack", 0, q, n));
	cr_assert_eq(memcmp(p, q, n), 0);
	cr_assert_eq(b->sent, n);
	cr_assert_eq(b->received, n);
	free(p);
	free(q);
}

Test(store_backend, keys_are_listed_in_order_of_bytes, SCRATCH)
{
	make();
	save("roots/b/2", "xx");
	save("roots/b/1", "x");
	save("roots/b.c", "");
	save("roots/b~", "");
	save("format", "abc");
	lists(
	    "roots/", NULL, "roots/b.c:0 roots/b/1:1 roots/b/2:2 roots/b~:0 ");
	lists("roots/b/", "roots/b/1", "roots/b/2:2 ");
	lists("roots/", "roots/b/1", "roots/b/2:2 roots/b~:0 ");
	lists("", "roots/b/2", "roots/b~:0 ");
	lists("", NULL,
	    "format:3 roots/b.c:0 roots/b/1:1 roots/b/2:2 roots/b~:0 ");
	lists("none/", NULL, "");
}

Test(store_backend, a_new_key_is_put_once, SCRATCH)
{
	make();
	ok(mvc_backend_save(b, "trash/1", "a", 1, MVC_PUT_NEW));
	cr_assert_eq(
	    mvc_backend_save(b, "trash/1", "bb", 2, MVC_PUT_NEW), MVC_EEXISTS);
	lists("", NULL, "trash/1:1 ");
	ok(mvc_backend_save(b, "trash/1", "bb", 2, 0));
	lists("", NULL, "trash/1:2 ");
}

Test(store_backend, what_is_deleted_may_be_gone_before, SCRATCH)
{
	const char *keys[] = {"a/1", "a/2", "b/3"};

	make();
	save("a/1", "x");
	save("a/4", "y");
	ok(mvc_backend_del(b, keys, 3));
	lists("", NULL, "a/4:1 ");
}

Test(store_backend, keys_that_lead_elsewhere_are_refused, SCRATCH)
{
	make();
	cr_assert_eq(mvc_backend_save(b, "../x", "x", 1, 0), MVC_EINVALID);
	cr_assert_eq(mvc_backend_save(b, "/x", "x", 1, 0), MVC_EINVALID);
	cr_assert_eq(mvc_backend_save(b, "a//x", "x", 1, 0), MVC_EINVALID);
	cr_assert_eq(mvc_backend_save(b, "a\nb", "x", 1, 0), MVC_EINVALID);
}

static int
fail_late(void *arg, uint64_t off, void *p, size_t n)
{
	memset(p, 0, n);
	return off ? mvc_fail(MVC_ECORRUPT, "it is damaged") : 0;
}

Test(store_backend, a_body_that_fails_leaves_nothing, SCRATCH)
{
	struct mvc_body body = {.size = 5 << 20, .read = fail_late, .fd = -1};

	make();
	save("x", "old");
	cr_assert_eq(mvc_backend_put(b, "x", &body, 0), MVC_ECORRUPT);
	lists("", NULL, "x:3 ");
}

Test(store_backend, its_clock_is_about_ours, SCRATCH)
{
	int64_t now = 0;

	make();
	ok(mvc_backend_clock(b, &now));
	cr_assert(llabs((long long)now - (long long)time(NULL)) < 5);
	lists("", NULL, "");
}
