#include "tree/find.h"
#include "tree_model.h"

#include <criterion/criterion.h>

static struct mvc_oid
small_tree(void)
{
	struct model m = {0};
	struct mvc_oid root;

	model_set(&m, "a/b/c", 1);
	model_set(&m, "a/d", 7);
	model_set(&m, "a.x", 2);
	model_set(&m, "e", 0);
	model_set(&m, "f", 3);
	root = model_build(&m);
	model_release(&m);
	return root;
}

static void
assert_find(const struct mvc_oid *root, const char *path, int want)
{
	struct mvc_found f;

	cr_assert_eq(mvc_tree_find(&f, &tree_store.source, root, path), want,
	    "'%s'", path);
	mvc_found_release(&f);
}

Test(tree_find, finds_what_is_there_and_nothing_else, .init = tree_enter,
    .fini = tree_leave)
{
	static const char *const missing[] = {"b", "a/", "/a", "a//b",
	    "a/b/c/d", "a/b/d", "f/x", "zz", "a/d/x", "."};
	struct mvc_oid root = small_tree();
	struct mvc_found f;

	for (size_t i = 0; i < sizeof(missing) / sizeof(*missing); i++)
		assert_find(&root, missing[i], MVC_ENOTFOUND);
	assert_find(&root, "a", 0);
	assert_find(&root, "a/b/c", 0);
	assert_find(&root, "e", 0);
	cr_assert_eq(mvc_tree_find(&f, &tree_store.source, &root, ""), 0);
	cr_assert_eq(f.e.kind, MVC_ENTRY_DIR);
	cr_assert_eq(f.e.files, 4);
	cr_assert_eq(f.e.size, 6);
	cr_assert(mvc_oid_eq(&f.e.id, &root));
	mvc_found_release(&f);
	cr_assert_eq(mvc_tree_find(&f, &tree_store.source, &root, "a/d"), 0);
	cr_assert_eq(f.e.kind, MVC_ENTRY_LINK);
	cr_assert_eq(f.e.target_len, 4);
	cr_assert_arr_eq(f.e.target, "../u", 4);
	mvc_found_release(&f);
}

Test(tree_find, reads_only_the_nodes_on_the_way, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid root;

	model_fill(&m, 200000);
	root = model_build(&m);
	tree_store.gets = 0;
	assert_find(&root, "f0100000", 0);
	cr_assert_leq(tree_store.gets, 3);
	assert_find(&root, "f0199999", 0);
	assert_find(&root, "f0000000", 0);
	assert_find(&root, "f0100000x", MVC_ENOTFOUND);
	cr_assert_leq(tree_store.gets, 4 * 3);
	model_release(&m);
}
