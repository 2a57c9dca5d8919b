#include "work/pointer.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define OID "6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d6f1c0b5d"
#define RUN "91ab000000000000000000000000000000000000000000000000000000000000"
#define HEAD "mvc pointer 1\noid " OID "\ntype file\n"

static const char golden[] = "mvc pointer 1\n"
			     "oid " OID "\n"
			     "type tree\n"
			     "size 607125504\n"
			     "files 50000\n"
			     "run " RUN "\n"
			     "source https://x.test/d.git v1 data/img\n"
			     "label licence=CC BY 4.0\n"
			     "label pii=no\n"
			     "colour blue\n"
			     "zeal 7\n";

static int
parse(struct mvc_pointer *p, const char *text)
{
	return mvc_pointer_parse(p, "d.mvc", text, strlen(text));
}

static void
assert_refused(int code, const char *text, const char *why)
{
	struct mvc_pointer p;

	cr_assert_eq(parse(&p, text), code, "%s", text);
	cr_assert(strstr(mvc_error_text(), why), "got: %s", mvc_error_text());
	cr_assert(strstr(mvc_error_text(), "d.mvc"));
	cr_assert_null(p.labels.v);
}

static void
assert_formats(const struct mvc_pointer *p, const char *text)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * MVC_POINTER_MAX);

	cr_assert_eq(mvc_pointer_format(&b, p), 0);
	cr_assert_str_eq(b.data, text);
}

Test(work_pointer, golden_text_is_read_and_written_the_same)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;

	cr_assert_eq(parse(&p, golden), 0, "%s", mvc_error_text());
	cr_assert_eq(p.type, MVC_POINTER_TREE);
	cr_assert_eq(p.size, 607125504);
	cr_assert_eq(p.files, 50000);
	cr_assert(p.has_run);
	cr_assert_str_eq(mvc_oid_hex(&p.run).s, RUN);
	cr_assert_str_eq(mvc_pointer_get_label(&p, "pii"), "no");
	cr_assert_eq(p.others.n, 2);
	assert_formats(&p, golden);
}

Test(work_pointer, crlf_is_read_and_lf_written)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;

	cr_assert_eq(parse(&p,
			 "mvc pointer 1\r\noid " OID "\r\ntype "
			 "executable\r\nsize 0\r\n"),
	    0);
	assert_formats(
	    &p, "mvc pointer 1\noid " OID "\ntype executable\nsize 0\n");
}

Test(work_pointer, unknown_keys_move_behind_the_known_ones)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;

	cr_assert_eq(
	    parse(&p,
		"mvc pointer 1\nb 1\noid " OID "\na 2\ntype file\nsize 3\n"),
	    0);
	assert_formats(&p, HEAD "size 3\nb 1\na 2\n");
}

Test(work_pointer, later_versions_and_keyed_ids_are_named)
{
	assert_refused(MVC_EVERSION, "mvc pointer 2\nfoo\n", "version 2");
	assert_refused(MVC_EVERSION, "mvc pointer 1\nids 00aa\noid " OID "\n",
	    "keyed ids");
}

Test(work_pointer, cut_off_pointers_are_refused)
{
	for (size_t n = 0; n < sizeof(golden) - 1; n++) {
		struct mvc_pointer p;
		int err = mvc_pointer_parse(&p, "d.mvc", golden, n);

		/* Only after a whole line from `files` on is it whole. */
		if (golden[n ? n - 1 : 0] == '\n' &&
		    n >= (size_t)(strstr(golden, "run ") - golden))
			cr_assert_eq(err, 0, "cut at %zu", n);
		else
			cr_assert_eq(err, MVC_EINVALID, "cut at %zu", n);
		mvc_pointer_release(&p);
	}
}

Test(work_pointer, hostile_sizes_are_refused)
{
	struct mvc_pointer p;

	cr_assert_eq(parse(&p, HEAD "size 18446744073709551615\n"), 0);
	cr_assert_eq(p.size, UINT64_MAX);
	assert_refused(MVC_EINVALID, HEAD "size 18446744073709551616\n",
	    "line 4: a number over");
	assert_refused(
	    MVC_EINVALID, HEAD "size 28446744073709551615\n", "over");
	assert_refused(
	    MVC_EINVALID, HEAD "size 99999999999999999999999999\n", "decimal");
	assert_refused(MVC_EINVALID, HEAD "size -1\n", "decimal");
	assert_refused(MVC_EINVALID, HEAD "size 0x10\n", "decimal");
	assert_refused(MVC_EINVALID, HEAD "size 01\n", "decimal");
	assert_refused(MVC_EINVALID, HEAD "size 3\nfiles 2\n", "single file");
}

Test(work_pointer, malformed_lines_are_refused)
{
	assert_refused(MVC_EINVALID, "", "empty");
	assert_refused(MVC_EINVALID, "hello\n", "not an mvc pointer");
	assert_refused(MVC_EINVALID, "mvc pointer 0\n", "no such version");
	assert_refused(MVC_EINVALID, "mvc pointer 1\noid 6F\n", "64 lower");
	assert_refused(
	    MVC_EINVALID, "mvc pointer 1\noid ../../etc\n", "64 lower");
	assert_refused(MVC_EINVALID, HEAD "type file\n", "twice");
	assert_refused(MVC_EINVALID, HEAD "size 1\nsize 1\n", "twice");
	assert_refused(MVC_EINVALID,
	    "mvc pointer 1\ntype file\noid " OID "\nsize 1\n", "order");
	assert_refused(MVC_EINVALID,
	    "mvc pointer 1\noid " OID "\ntype folder\n", "type is");
	assert_refused(MVC_EINVALID, HEAD "size 1\nlabel x\n", "KEY=VALUE");
	assert_refused(MVC_EINVALID, HEAD "size 1\nlabel =x\n", "KEY=VALUE");
	assert_refused(
	    MVC_EINVALID, HEAD "size 1\nlabel a=1\nlabel a=2\n", "twice");
	assert_refused(
	    MVC_EINVALID, HEAD "size 1\nlabel a=\x1b[1m\n", "control");
	assert_refused(MVC_EINVALID, HEAD "size 1\n\n", "not a key");
	assert_refused(MVC_EINVALID, HEAD "size 1\nKey x\n", "not a key");
}

Test(work_pointer, nul_bytes_and_long_files_are_refused)
{
	static char big[MVC_POINTER_MAX + 1];
	struct mvc_pointer p;

	memset(big, 'x', sizeof(big));
	memcpy(big, golden, sizeof(golden) - 1);
	cr_assert_eq(
	    mvc_pointer_parse(&p, "x", big, sizeof(big)), MVC_EINVALID);
	memcpy(big, HEAD "size 1\nk \0\n", sizeof(HEAD "size 1\nk \0\n"));
	cr_assert_eq(
	    mvc_pointer_parse(&p, "x", big, sizeof(HEAD "size 1\nk \0\n") - 1),
	    MVC_EINVALID);
}

Test(work_pointer, conflict_markers_are_recognised)
{
	assert_refused(MVC_ECONFLICT,
	    "mvc pointer 1\n<<<<<<< HEAD\noid " OID "\n=======\noid " RUN
	    "\n>>>>>>> other\ntype file\nsize 1\n",
	    "line 2");
	assert_refused(
	    MVC_ECONFLICT, "<<<<<<< HEAD\r\nmvc pointer 1\r\n", "--theirs");
}

Test(work_pointer, pointers_of_other_tools_are_named)
{
	assert_refused(MVC_EINVALID,
	    "version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
	    "git-lfs");
	assert_refused(
	    MVC_EINVALID, "outs:\n- md5: 00\n  size: 1\n  path: d\n", "DVC");
	assert_refused(
	    MVC_EINVALID, "/annex/objects/SHA256E-s1--00\n", "annex");
	cr_assert_eq(mvc_foreign_of(golden, 30), MVC_FOREIGN_MVC);
	cr_assert_eq(mvc_foreign_of("outs: 5\n", 8), MVC_FOREIGN_NONE);
}

Test(work_pointer, labels_are_set_replaced_and_removed)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;

	cr_assert_eq(parse(&p, HEAD "size 1\nlabel ab=1\n"), 0);
	cr_assert_null(mvc_pointer_get_label(&p, "a"));
	cr_assert_eq(mvc_pointer_label(&p, "a", "x=y"), 0);
	cr_assert_eq(mvc_pointer_label(&p, "ab", ""), 0);
	assert_formats(&p, HEAD "size 1\nlabel ab=\nlabel a=x=y\n");
	cr_assert_eq(mvc_pointer_label(&p, "ab", NULL), 0);
	assert_formats(&p, HEAD "size 1\nlabel a=x=y\n");
	cr_assert_eq(mvc_pointer_label(&p, "a b", "1"), MVC_EINVALID);
	cr_assert_eq(mvc_pointer_label(&p, "a=b", "1"), MVC_EINVALID);
	cr_assert_eq(mvc_pointer_label(&p, "", "1"), MVC_EINVALID);
	cr_assert_eq(mvc_pointer_label(&p, "k", "a\nrun x"), MVC_EINVALID);
}

Test(work_pointer, too_many_labels_are_refused_when_written)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	char key[20];

	cr_assert_eq(parse(&p, HEAD "size 1\n"), 0);
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		cr_assert_eq(mvc_pointer_label(&p, key, "v"), 0);
	}
	cr_assert_eq(mvc_pointer_format(&b, &p), MVC_ETOOBIG);
}

Test(work_pointer, a_copy_is_its_own)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) c = MVC_POINTER_INIT;

	cr_assert_eq(parse(&p, golden), 0);
	cr_assert_eq(mvc_pointer_copy(&c, &p), 0);
	cr_assert_eq(mvc_pointer_label(&p, "pii", "yes"), 0);
	assert_formats(&c, golden);
}

Test(work_pointer, only_names_with_the_suffix_are_pointers)
{
	cr_assert(mvc_pointer_is_path("a.mvc"));
	cr_assert(mvc_pointer_is_path("d/a.b.mvc"));
	cr_assert_not(mvc_pointer_is_path("d.mvc/a"));
	cr_assert_not(mvc_pointer_is_path("d/.mvc"));
	cr_assert_not(mvc_pointer_is_path("mvc"));
}
