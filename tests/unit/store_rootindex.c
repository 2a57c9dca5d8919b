#include "store/rootindex.h"
#include "scratch.h"
#include "store/folder_backend.h"
#include "store/lines.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>

#define SCRATCH .init = scratch_enter, .fini = scratch_leave
#define H1 "00112233445566778899aabbccddeeff"
#define H2 "ffeeddccbbaa99887766554433221100"
#define OID1 H1 H1
#define OID2 H2 H2

static struct mvc_folder folder;
static struct mvc_folder_backend fb;
static struct mvc_backend *b = &fb.b;

static void
ok(int err)
{
	cr_assert_eq(err, 0, "%s", mvc_error_text());
}

static int
parse(struct mvc_rootindex *x, const char *lines)
{
	MVC_SCOPED(mvc_buf) t = MVC_BUF_INIT(1 << 20);

	ok(mvc_buf_addf(&t, "mvc index 1\n%s", lines));
	ok(mvc_lines_end(&t));
	return mvc_rootindex_parse(x, t.data, t.len);
}

static void
refuses(const char *lines, int code)
{
	struct mvc_rootindex x;

	cr_assert_eq(parse(&x, lines), code, "%s", lines);
	cr_assert_null(x.names);
}

Test(store_rootindex, names_come_in_order_and_are_read)
{
	struct mvc_rootindex x;

	ok(parse(&x, "root " H1 "/" OID1 "\nroot " H1 "/" OID1 "~1f\n"));
	cr_assert_eq(x.n, 2);
	cr_assert_str_eq(x.names[1], H1 "/" OID1 "~1f");
	mvc_rootindex_release(&x);
	ok(parse(&x, ""));
	cr_assert_eq(x.n, 0);
	mvc_rootindex_release(&x);
}

Test(store_rootindex, what_names_no_root_is_refused)
{
	refuses("root " H1 "/" OID2 "\nroot " H1 "/" OID1 "\n", MVC_ECORRUPT);
	refuses("root " H1 "/" OID1 "\nroot " H1 "/" OID1 "\n", MVC_ECORRUPT);
	refuses("root ../../" OID1 "\n", MVC_ECORRUPT);
	refuses("root " H1 "/" OID1 "~\n", MVC_ECORRUPT);
	refuses("root " H1 "/" OID1 "~11112222333344445\n", MVC_ECORRUPT);
	refuses("root " H1 "/" OID1 "/x\n", MVC_ECORRUPT);
	refuses("pack " OID1 "\n", MVC_EVERSION);
}

Test(store_rootindex, keys_that_are_no_roots_are_told)
{
	cr_assert(mvc_root_key_ok("roots/" H1 "/" OID1));
	cr_assert(mvc_root_key_ok("roots/" H1 "/" OID1 "~0"));
	cr_assert_not(mvc_root_key_ok("roots/index"));
	cr_assert_not(mvc_root_key_ok("roots/" H1));
	cr_assert_not(mvc_root_key_ok("roots/" H1 "/" H1));
	cr_assert_not(mvc_root_key_ok("holders/" H1));
}

/* Just before our index is put, somebody else puts a root, and an index that
 * names it too. */
static const struct mvc_backend_ops *real;
static bool other;

static int
put_after_another(struct mvc_backend *to, const char *key,
    const struct mvc_body *body, unsigned flags)
{
	if (other && !strcmp(key, MVC_ROOTINDEX_KEY)) {
		other = false;
		ok(mvc_backend_save(to, "roots/" H2 "/" OID2, "x", 1, 0));
		ok(mvc_rootindex_refresh(to, false));
	}
	return real->put(to, key, body, flags);
}

static void
make(void)
{
	static struct mvc_backend_ops sly;

	folder.fd = open(".", O_RDONLY | O_DIRECTORY);
	folder.path = (char *)"place";
	mvc_folder_share(&folder, 0);
	mvc_folder_backend_init(&fb, &folder);
	real = b->ops;
	sly = *real;
	sly.put = put_after_another;
	b->ops = &sly;
}

static void
names(size_t n)
{
	struct mvc_rootindex x;

	ok(mvc_rootindex_read(&x, b));
	cr_assert_eq(x.n, n);
	mvc_rootindex_release(&x);
}

Test(store_rootindex, it_is_kept_only_where_somebody_made_it, SCRATCH)
{
	struct mvc_rootindex x;

	make();
	ok(mvc_backend_save(b, "roots/" H1 "/" OID1, "x", 1, 0));
	ok(mvc_rootindex_refresh(b, false));
	cr_assert_eq(mvc_rootindex_read(&x, b), MVC_ENOTFOUND);
	ok(mvc_rootindex_refresh(b, true));
	names(1);
	ok(mvc_backend_save(b, "roots/" H1 "/" OID2, "x", 1, 0));
	ok(mvc_rootindex_refresh(b, false));
	names(2);
}

Test(store_rootindex, two_who_write_it_at_once_leave_it_whole, SCRATCH)
{
	make();
	ok(mvc_rootindex_refresh(b, true));
	ok(mvc_backend_save(b, "roots/" H1 "/" OID1, "x", 1, 0));
	other = true;
	ok(mvc_rootindex_refresh(b, false));
	names(2);
}

Test(store_rootindex, a_damaged_one_is_written_anew, SCRATCH)
{
	make();
	ok(mvc_backend_save(b, "roots/" H1 "/" OID1, "x", 1, 0));
	ok(mvc_backend_save(b, MVC_ROOTINDEX_KEY, "y", 1, 0));
	ok(mvc_rootindex_refresh(b, false));
	names(1);
}
