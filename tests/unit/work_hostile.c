/* Trees that a writer of bad will put into a store, brought to a work tree. */
#include "project.h"
#include "scratch.h"

#include "hash/digest.h"
#include "store/writer.h"
#include "util/bytes.h"
#include "work/checkout.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct project p;
static struct mvc_buf node = MVC_BUF_INIT(10000);

static void
enter(void)
{
	project_new(&p);
	sh("echo evil >evil && cp .git/config saved");
	sh("mkdir out");
}

static void
leave(void)
{
	sh("cmp .git/config saved");
	mvc_buf_release(&node);
	project_close(&p);
	scratch_leave();
}

TestSuite(work_hostile, .init = enter, .fini = leave);

static void
add_bytes(const void *bytes, size_t n)
{
	cr_assert_eq(mvc_buf_add(&node, bytes, n), 0);
}

static void
begin(unsigned count)
{
	const uint8_t head[5] = {0, (uint8_t)count};

	node.len = 0;
	add_bytes(head, sizeof(head));
}

/* An entry for the empty file, or a claim of another size. */
static void
put_file(const char *name, size_t len, uint64_t size)
{
	uint8_t tail[48] = {0};
	struct mvc_oid id;

	add_bytes((uint8_t[]){1, (uint8_t)len, (uint8_t)(len >> 8)}, 3);
	add_bytes(name, len);
	mvc_blake3(&id, "", 0);
	mvc_put64(tail, size);
	mvc_put64(tail + 8, 1);
	memcpy(tail + 16, &id, 32);
	add_bytes(tail, sizeof(tail));
}

static void
put_link(const char *name, const char *target)
{
	size_t n = strlen(name), t = strlen(target);

	add_bytes((uint8_t[]){3, (uint8_t)n, 0}, 3);
	add_bytes(name, n);
	add_bytes((uint8_t[]){(uint8_t)t, 0}, 2);
	add_bytes(target, t);
}

static struct mvc_oid
store_node(void)
{
	MVC_OWN(mvc_writer) *w = NULL;
	struct mvc_oid id;

	mvc_tree_id(&id, node.data, node.len);
	cr_assert_eq(mvc_writer_new(&w, p.store), 0);
	cr_assert_eq(mvc_writer_put(w, MVC_TREE, &id, node.data, node.len), 0,
	    "%s", mvc_error_text());
	cr_assert_eq(mvc_writer_flush(w), 0);
	return id;
}

/* Store the node, point to it by d.mvc, and check it out. */
static int
checkout(uint64_t size, unsigned files)
{
	static const struct mvc_checkout_opts opts;
	static const struct mvc_checkout_ops ops;
	struct mvc_oid id = store_node();
	char text[300];

	snprintf(text, sizeof(text),
	    "mvc pointer 1\noid %s\ntype tree\nsize %" PRIu64 "\nfiles %u\n",
	    mvc_oid_hex(&id).s, size, files);
	scratch_write("d.mvc", text);
	sh("git add -f d.mvc");
	project_again(&p);
	return mvc_checkout(p.work, NULL, 0, &opts, &ops);
}

static void
assert_nothing_written(const char *what)
{
	assert_sh("evil\n", "find d out ! -type d 2>&- ; cat evil # %s", what);
}

Test(work_hostile, a_good_tree_is_brought)
{
	begin(2);
	put_file("a", 1, 0);
	put_link("b", "a");
	cr_assert_eq(checkout(0, 2), 0, "%s", mvc_error_text());
	assert_prints("ls d; readlink d/b", "a\nb\na\n");
}

Test(work_hostile, names_that_lead_out_or_into_git_deliver_nothing)
{
	static const char *const names[] = {"", ".", "..", "/", "/etc/mvc-x",
	    "../evil", "../../out/x", "a/b", ".git", ".GIT", ".gIt", "git~1",
	    "GIT~1", ".git.", ".git ", ".git::$INDEX_ALLOCATION",
	    ".g\xe2\x80\x8cit", "\xef\xbb\xbf.git", ".git\\hooks",
	    "a\\..\\.git"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		begin(1);
		put_file(names[i], strlen(names[i]), 0);
		cr_assert_neq(checkout(0, 1), 0, "'%s'", names[i]);
		assert_nothing_written(names[i]);
	}
}

Test(work_hostile, a_nul_in_a_name_or_too_long_a_name_delivers_nothing)
{
	char name[300];

	begin(1);
	put_file("a\0/../../out/x", 14, 0);
	cr_assert_neq(checkout(0, 1), 0);
	memset(name, 'n', sizeof(name));
	begin(1);
	put_file(name, sizeof(name), 0);
	cr_assert_neq(checkout(0, 1), 0);
	assert_nothing_written("a bad name");
}

Test(work_hostile, names_twice_or_unsorted_deliver_nothing)
{
	begin(2);
	put_link("a", "../out");
	put_file("a", 1, 0);
	cr_assert_neq(checkout(0, 2), 0);
	begin(2);
	put_file("b", 1, 0);
	put_file("a", 1, 0);
	cr_assert_neq(checkout(0, 2), 0);
	assert_nothing_written("disorder");
}

Test(work_hostile, a_declared_size_of_2_to_the_63_writes_nothing)
{
	begin(1);
	put_file("a", 1, UINT64_C(1) << 63);
	cr_assert_neq(checkout(UINT64_C(1) << 63, 1), 0);
	begin(2);
	put_file("a", 1, UINT64_C(1) << 63);
	put_file("b", 1, UINT64_C(1) << 63);
	cr_assert_neq(checkout(0, 2), 0);
	begin(1);
	put_file("a", 1, UINT64_MAX);
	cr_assert_neq(checkout(UINT64_MAX, 1), 0);
	assert_nothing_written("a hostile size");
}

Test(work_hostile, a_directory_below_a_link_is_written_beside_not_through)
{
	begin(1);
	put_file("x", 1, 0);
	sh("ln -s out d");
	cr_assert_neq(checkout(0, 1), 0);
	assert_prints("ls out; readlink d", "out\n");
}
