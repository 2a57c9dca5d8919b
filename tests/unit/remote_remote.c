#include "remote/remote.h"
#include "scratch.h"
#include "store/formatfile.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>

#define SCRATCH .init = scratch_enter, .fini = scratch_leave

static void
is(const char *url, enum mvc_url_kind want)
{
	enum mvc_url_kind kind;

	cr_assert_eq(mvc_url_kind(&kind, url), 0, "%s", mvc_error_text());
	cr_assert_eq(kind, want, "%s", url);
}

static void
is_none(const char *url)
{
	enum mvc_url_kind kind;

	cr_assert_eq(mvc_url_kind(&kind, url), MVC_EINVALID, "%s", url);
}

Test(remote_remote, urls_say_what_they_are)
{
	is("/a/b:c", MVC_URL_DIR);
	is("../a", MVC_URL_DIR);
	is("./a:b", MVC_URL_DIR);
	is("file:///a", MVC_URL_DIR);
	is("s3://lab/cats", MVC_URL_S3);
	is("ssh://ada@host:22/a", MVC_URL_SSH);
	is("ada@host:a/b", MVC_URL_SSH);
	is("https://x.org/a", MVC_URL_HTTP);
}

Test(remote_remote, what_could_be_a_program_or_an_option_is_no_url)
{
	is_none("");
	is_none("-oProxyCommand=x:y");
	is_none("ext::sh -c x");
	is_none("gopher://x");
	is_none("/a\nb");
}

Test(remote_remote, a_file_url_is_a_path)
{
	char *path;

	cr_assert_eq(mvc_url_path(&path, "file:///a%20b/c"), 0);
	cr_assert_str_eq(path, "/a b/c");
	free(path);
	cr_assert_eq(mvc_url_path(&path, "file://host/c"), MVC_EINVALID);
	cr_assert_eq(mvc_url_path(&path, "file:///a%00"), MVC_EINVALID);
	cr_assert_eq(mvc_url_path(&path, "file:///a%4"), MVC_EINVALID);
}

static int
open_place(struct mvc_backend **b, struct mvc_formatfile *f, bool make)
{
	static struct mvc_ctx ctx;
	struct mvc_remote_place place = {.url = "r/s", .make = make};
	int err;

	mvc_ctx_init(&ctx);
	err = mvc_remote_open(b, &ctx, &place);
	return err ? err : mvc_remote_format(f, *b, make);
}

Test(remote_remote, a_store_is_made_where_nothing_is, SCRATCH)
{
	MVC_OWN(mvc_backend) *b = NULL, *again = NULL;
	struct mvc_formatfile f, g;

	cr_assert_eq(open_place(&b, &f, false), MVC_ENOTFOUND);
	cr_assert_eq(open_place(&b, &f, true), 0, "%s", mvc_error_text());
	cr_assert_eq(open_place(&again, &g, false), 0, "%s", mvc_error_text());
	cr_assert_str_eq(f.id, g.id);
}

Test(remote_remote, a_folder_with_something_else_is_left_alone, SCRATCH)
{
	MVC_OWN(mvc_backend) *b = NULL;
	struct mvc_formatfile f;

	scratch_write("r/s/thesis.txt", "x");
	cr_assert_eq(open_place(&b, &f, true), MVC_EINVALID);
	cr_assert_not_null(strstr(mvc_error_text(), "thesis.txt"));
}
