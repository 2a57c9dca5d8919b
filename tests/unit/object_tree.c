#include "hash/digest.h"
#include "memory_store.h"
#include "object/tree.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct memory_store store;

static void
enter(void)
{
	memory_store_init(&store);
}

static void
leave(void)
{
	memory_store_release(&store);
}

static struct mvc_entry
file_entry(const char *name, uint64_t size)
{
	struct mvc_entry e = {.kind = MVC_ENTRY_FILE,
	    .name = name,
	    .name_len = strlen(name),
	    .size = size,
	    .files = 1};

	mvc_blake3(&e.id, name, e.name_len);
	return e;
}

/* A directory of n files f0000000 …, of i bytes each. */
static struct mvc_oid
build(unsigned n)
{
	MVC_OWN(mvc_tree_builder) *b = NULL;
	struct mvc_oid id;
	uint64_t size, files;
	char name[32];

	cr_assert_eq(mvc_tree_builder_new(&b, &store.sink), 0);
	for (unsigned i = 0; i < n; i++) {
		struct mvc_entry e;

		snprintf(name, sizeof(name), "f%07u", i);
		e = file_entry(name, i);
		cr_assert_eq(mvc_tree_builder_add(b, &e), 0);
	}
	cr_assert_eq(mvc_tree_builder_finish(b, &id, &size, &files), 0);
	cr_assert_eq(files, n);
	cr_assert_eq(size, (uint64_t)n * (n ? n - 1 : 0) / 2);
	return id;
}

static void
load(struct mvc_tree_node *node, const struct mvc_oid *id)
{
	struct memory_object *o = memory_store_find(&store, MVC_TREE, id);
	struct mvc_oid again;

	cr_assert_not_null(o);
	mvc_tree_id(&again, o->bytes, o->len);
	cr_assert(mvc_oid_eq(id, &again));
	cr_assert_eq(mvc_tree_decode(node, o->bytes, o->len), 0);
}

/* Check a node and all below it; `next` counts the files seen. */
static void
check(const struct mvc_oid *id, unsigned level, bool top, bool last,
    unsigned *next)
{
	struct mvc_tree_node node;

	load(&node, id);
	cr_assert_eq(node.level, level);
	cr_assert(last || node.n >= MVC_TREE_MIN);
	cr_assert(!top || !level || node.n > 1);
	for (size_t i = 0; i < node.n; i++) {
		struct mvc_entry *e = &node.entries[i];
		char name[32];
		bool ends = mvc_tree_ends_after(level, e->name, e->name_len);

		cr_assert(i + 1 == node.n || i + 1 < MVC_TREE_MIN || !ends);
		cr_assert(i + 1 < node.n || last || ends);
		if (level) {
			check(&e->id, level - 1, false, last && i + 1 == node.n,
			    next);
			snprintf(name, sizeof(name), "f%07u", *next - 1);
		} else {
			snprintf(name, sizeof(name), "f%07u", (*next)++);
		}
		cr_assert(mvc_name_cmp(name, 8, e->name, e->name_len) == 0);
	}
	mvc_tree_node_release(&node);
}

Test(object_tree, an_empty_directory_is_five_zero_bytes, .init = enter,
    .fini = leave)
{
	struct mvc_oid id = build(0);
	struct memory_object *o = memory_store_find(&store, MVC_TREE, &id);

	cr_assert_eq(store.n, 1);
	cr_assert_eq(o->len, 5);
	cr_assert_arr_eq(o->bytes, "\0\0\0\0\0", 5);
}

Test(object_tree, nodes_end_by_the_rule_at_every_level, .init = enter,
    .fini = leave)
{
	static const struct {
		unsigned n, level;
	} cases[] = {{1, 0}, {63, 0}, {64, 0}, {5000, 1}, {300000, 2}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mvc_oid id = build(cases[i].n);
		unsigned next = 0;

		check(&id, cases[i].level, true, true, &next);
		cr_assert_eq(next, cases[i].n);
	}
}

Test(object_tree, a_list_that_ends_where_a_node_ends_has_no_node_above,
    .init = enter, .fini = leave)
{
	unsigned n = MVC_TREE_MIN, next = 0;
	char name[32];
	struct mvc_oid id;

	do
		snprintf(name, sizeof(name), "f%07u", n++ - 1);
	while (!mvc_tree_ends_after(0, name, 8));
	id = build(n - 1);
	cr_assert_eq(store.n, 1);
	check(&id, 0, true, true, &next);
	build(n);
	cr_assert_eq(store.n, 3);
}

Test(object_tree, one_new_file_in_many_rewrites_a_few_nodes, .init = enter,
    .fini = leave)
{
	size_t before;

	build(300000);
	before = store.n;
	build(300001);
	cr_assert_leq(store.n - before, 3);
}

Test(object_tree, golden_ids, .init = enter, .fini = leave)
{
	static const char *const golden[] = {
	    "2a2675a5a8b8031003a1edaaa71010cf5323260349877150f2b153e473a7df24",
	    "a1364cf4a3d2d1982c3bae6164e117573049831794466b6d0d6b2a579ddc490d",
	    "69e7877d54656c8a3ae9542a9c6c4aaa83d6e622014c239c75ce2b31bc59c7be"};
	static const unsigned sizes[] = {0, 3, 10000};

	for (size_t i = 0; i < 3; i++) {
		struct mvc_oid id = build(sizes[i]);

		cr_expect_str_eq(mvc_oid_hex(&id).s, golden[i]);
	}
}

/* One entry of each kind, as bytes. */
Test(object_tree, the_form_of_each_kind_is_pinned)
{
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1000);
	struct mvc_entry e[] = {
	    {.kind = MVC_ENTRY_DIR,
		.name = "a",
		.name_len = 1,
		.size = 0x0102,
		.files = 3},
	    {.kind = MVC_ENTRY_FILE,
		.name = "b",
		.name_len = 1,
		.size = 7,
		.files = 1},
	    {.kind = MVC_ENTRY_LINK,
		.name = "cc",
		.name_len = 2,
		.files = 1,
		.target = "../b",
		.target_len = 4},
	    {.kind = MVC_ENTRY_EXEC, .name = "d", .name_len = 1, .files = 1},
	};
	uint8_t want[5 + 3 * 52 + 11] = {0, 4, 0, 0, 0};
	uint8_t *p = want + 5;

	memcpy(p, "\4\1\0a\2\1\0\0\0\0\0\0\3", 13);
	p += 52;
	memcpy(p, "\1\1\0b\7\0\0\0\0\0\0\0\1", 13);
	p += 52;
	memcpy(p, "\3\2\0cc\4\0../b", 11);
	p += 11;
	memcpy(p, "\2\1\0d\0\0\0\0\0\0\0\0\1", 13);
	cr_assert_eq(mvc_tree_encode(&out, 0, e, 4), 0);
	cr_assert_eq(out.len, sizeof(want));
	cr_assert_arr_eq(out.data, want, sizeof(want));
}

Test(object_tree, nodes_of_long_links_are_bounded, .init = enter, .fini = leave)
{
	MVC_OWN(mvc_tree_builder) *b = NULL;
	char target[MVC_TARGET_MAX], name[256];
	struct mvc_oid id;
	uint64_t size, files;

	memset(target, 't', sizeof(target));
	cr_assert_eq(mvc_tree_builder_new(&b, &store.sink), 0);
	for (unsigned i = 0; i < 2000; i++) {
		struct mvc_entry e = {.kind = MVC_ENTRY_LINK,
		    .name = name,
		    .name_len = 255,
		    .files = 1,
		    .target = target,
		    .target_len = sizeof(target)};

		snprintf(name, sizeof(name), "%0255u", i);
		cr_assert_eq(mvc_tree_builder_add(b, &e), 0);
	}
	cr_assert_eq(mvc_tree_builder_finish(b, &id, &size, &files), 0);
	cr_assert_eq(files, 2000);
	for (size_t i = 0; i < store.cap; i++)
		cr_assert_leq(store.slots[i].len, MVC_TREE_NODE_MAX);
}

Test(object_tree, the_builder_refuses_what_a_reader_would, .init = enter,
    .fini = leave)
{
	MVC_OWN(mvc_tree_builder) *b = NULL;
	struct mvc_entry e = file_entry("m", 1);

	cr_assert_eq(mvc_tree_builder_new(&b, &store.sink), 0);
	cr_assert_eq(mvc_tree_builder_add(b, &e), 0);
	cr_assert_eq(mvc_tree_builder_add(b, &e), MVC_EINVALID);
	e = file_entry("a", 1);
	cr_assert_eq(mvc_tree_builder_add(b, &e), MVC_EINVALID);
	e = file_entry("n", 1);
	e.kind = MVC_ENTRY_NODE;
	cr_assert_eq(mvc_tree_builder_add(b, &e), MVC_EINVALID);
	e = file_entry("o/p", 1);
	cr_assert_eq(mvc_tree_builder_add(b, &e), MVC_EINVALID);
	e = file_entry("q", 1);
	e.kind = MVC_ENTRY_LINK;
	cr_assert_eq(mvc_tree_builder_add(b, &e), MVC_EINVALID);
}

Test(object_tree, a_node_is_only_taken_over_at_a_boundary, .init = enter,
    .fini = leave)
{
	MVC_OWN(mvc_tree_builder) *b = NULL;
	struct mvc_oid id = build(5000), again;
	struct mvc_entry e = file_entry("a", 1);
	struct mvc_tree_node node;
	uint64_t size, files;
	bool taken;

	load(&node, &id);
	cr_assert_eq(mvc_tree_builder_new(&b, &store.sink), 0);
	cr_assert_eq(mvc_tree_builder_add_node(b, 0, node.entries, &taken), 0);
	cr_assert(taken);
	cr_assert_eq(mvc_tree_builder_finish(b, &again, &size, &files), 0);
	cr_assert(mvc_oid_eq(&again, &node.entries[0].id));
	cr_assert_eq(files, node.entries[0].files);
	cr_assert_eq(size, node.entries[0].size);

	cr_assert_eq(mvc_tree_builder_add(b, &e), 0);
	cr_assert_eq(mvc_tree_builder_add_node(b, 0, node.entries, &taken), 0);
	cr_assert_not(taken);
	mvc_tree_node_release(&node);
}

static int
decode(const void *p, size_t n)
{
	struct mvc_tree_node node;
	uint8_t *exact = malloc(n ? n : 1);
	int err;

	/* So that valgrind and the sanitizers see a byte read too far. */
	memcpy(exact, p, n);
	err = mvc_tree_decode(&node, exact, n);
	free(exact);
	cr_assert(err == 0 || (!node.entries && !node.n));
	mvc_tree_node_release(&node);
	return err;
}

/* A leaf of the file "b" and the link "c" to "t". */
#define TWO (5 + 52 + 7)

static void
two_entries(uint8_t *p)
{
	static const uint8_t head[] = {0, 2, 0, 0, 0, 1, 1, 0, 'b'};
	static const uint8_t link[] = {3, 1, 0, 'c', 1, 0, 't'};

	memset(p, 0, TWO);
	memcpy(p, head, sizeof(head));
	p[17] = 1;
	memcpy(p + 57, link, sizeof(link));
}

static int
decode_with(size_t at, uint8_t value)
{
	uint8_t p[TWO];

	two_entries(p);
	p[at] = value;
	return decode(p, TWO);
}

Test(object_tree, hostile_bytes_are_refused)
{
	cr_assert_eq(decode_with(0, 0), MVC_OK);
	cr_assert_eq(decode_with(0, 1), MVC_ECORRUPT);
	cr_assert_eq(decode_with(0, 8), MVC_EVERSION);
	cr_assert_eq(decode_with(1, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(1, 1), MVC_ECORRUPT);
	cr_assert_eq(decode_with(1, 3), MVC_ECORRUPT);
	cr_assert_eq(decode_with(4, 0xff), MVC_ECORRUPT);
	cr_assert_eq(decode_with(5, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(5, 2), MVC_OK);
	cr_assert_eq(decode_with(5, 4), MVC_OK);
	cr_assert_eq(decode_with(5, 5), MVC_ECORRUPT);
	cr_assert_eq(decode_with(5, 6), MVC_ECORRUPT);
	cr_assert_eq(decode_with(6, 0xff), MVC_ECORRUPT);
	cr_assert_eq(decode_with(8, 'c'), MVC_ECORRUPT);
	cr_assert_eq(decode_with(8, 'd'), MVC_ECORRUPT);
	cr_assert_eq(decode_with(8, '/'), MVC_EINVALID);
	cr_assert_eq(decode_with(8, '.'), MVC_EINVALID);
	cr_assert_eq(decode_with(8, 0), MVC_EINVALID);
	cr_assert_eq(decode_with(17, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(17, 2), MVC_ECORRUPT);
	cr_assert_eq(decode_with(61, 0), MVC_ECORRUPT);
	cr_assert_eq(decode_with(61, 2), MVC_ECORRUPT);
	cr_assert_eq(decode_with(63, 0), MVC_ECORRUPT);
}

Test(object_tree, every_truncation_is_refused)
{
	uint8_t p[TWO + 1] = {0};

	two_entries(p);
	for (size_t n = 0; n < TWO; n++)
		cr_assert_eq(decode(p, n), MVC_ECORRUPT);
	cr_assert_eq(decode(p, TWO), MVC_OK);
	cr_assert_eq(decode(p, TWO + 1), MVC_ECORRUPT);
}

Test(object_tree, sums_that_pass_2_to_the_64_are_refused)
{
	uint8_t p[5 + 2 * 52] = {0, 2};
	uint8_t *b = p + 5, *c = b + 52;

	memcpy(b, "\1\1\0b", 4);
	memcpy(c, "\1\1\0c", 4);
	b[12] = c[12] = 1;
	mvc_put64(b + 4, UINT64_MAX - 1);
	mvc_put64(c + 4, 1);
	cr_assert_eq(decode(p, sizeof(p)), MVC_OK);
	mvc_put64(c + 4, 2);
	cr_assert_eq(decode(p, sizeof(p)), MVC_ECORRUPT);
}

Test(object_tree, names_sort_by_bytes_a_prefix_first)
{
	cr_assert_lt(mvc_name_cmp("a", 1, "ab", 2), 0);
	cr_assert_lt(mvc_name_cmp("a.x", 3, "a0", 2), 0);
	cr_assert_lt(mvc_name_cmp("z", 1, "\xc3\xa9", 2), 0);
	cr_assert_eq(mvc_name_cmp("a", 1, "a", 1), 0);
	cr_assert_gt(mvc_name_cmp("b", 1, "a", 1), 0);
}
