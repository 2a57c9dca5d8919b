#include "tree/edit.h"
#include "tree/find.h"
#include "tree_model.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct mvc_tree_edit *
begin(const struct mvc_oid *base)
{
	struct mvc_tree_edit *t;

	cr_assert_eq(
	    mvc_tree_edit_new(&t, &tree_store.source, &tree_store.sink, base),
	    0);
	return t;
}

static struct mvc_oid
end(struct mvc_tree_edit *t)
{
	struct mvc_oid root;
	uint64_t size, files;

	cr_assert_eq(mvc_tree_edit_finish(t, &root, &size, &files), 0, "%s",
	    mvc_error_text());
	mvc_tree_edit_free(t);
	return root;
}

static int
set(struct mvc_tree_edit *t, const char *path, uint32_t content)
{
	struct mvc_entry e = model_entry(content);

	return mvc_tree_edit_set(t, path, content == UINT32_MAX ? NULL : &e);
}

/* Tree and model get the same change. */
static void
both_set(struct mvc_tree_edit *t, struct model *m, const char *path,
    uint32_t content)
{
	cr_assert_eq(set(t, path, content), 0, "%s", mvc_error_text());
	model_set(m, path, content);
}

static void
assert_canonical(const struct mvc_oid *root, const struct model *m)
{
	struct mvc_oid want = model_build(m);

	assert_tree_is(root, m);
	cr_assert(mvc_oid_eq(root, &want));
}

Test(tree_edit, nothing_is_the_empty_directory, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid root = end(begin(NULL)), again = end(begin(&root));

	cr_assert_str_eq(mvc_oid_hex(&root).s,
	    "2a2675a5a8b8031003a1edaaa71010cf5323260349877150f2b153e473a7df24");
	cr_assert(mvc_oid_eq(&root, &again));
}

Test(tree_edit, directories_are_made_on_the_way, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_tree_edit *t = begin(NULL);
	struct mvc_oid root;

	both_set(t, &m, "a/b/c/d", 1);
	both_set(t, &m, "a/b/c.d", 2);
	both_set(t, &m, "a/b0", 3);
	both_set(t, &m, "a.b", 4);
	both_set(t, &m, "e", 0);
	both_set(t, &m, "f", 0);
	both_set(t, &m, "f/g", 7);
	root = end(t);
	assert_canonical(&root, &m);
	model_release(&m);
}

Test(tree_edit, sums_add_up_through_directories, .init = tree_enter,
    .fini = tree_leave)
{
	MVC_OWN(mvc_tree_edit) *t = begin(NULL);
	struct mvc_oid root;
	uint64_t size, files;

	cr_assert_eq(set(t, "a/b/x", 100), 0);
	cr_assert_eq(set(t, "a/c", 1000), 0);
	cr_assert_eq(set(t, "d", 5), 0);
	cr_assert_eq(set(t, "e", 7), 0); /* a link */
	cr_assert_eq(mvc_tree_edit_finish(t, &root, &size, &files), 0);
	cr_assert_eq(size, 1105);
	cr_assert_eq(files, 4);
}

/* Read and written per edit of a directory of 200,000 files. */
static void
assert_cheap(const struct mvc_oid *base, struct model *m, const char *path,
    uint32_t content)
{
	struct model edited = {0};
	struct mvc_tree_edit *t = begin(base);
	struct mvc_oid root;
	size_t before = tree_store.n;

	model_copy(&edited, m);
	tree_store.gets = tree_store.puts = 0;
	both_set(t, &edited, path, content);
	root = end(t);
	cr_assert_leq(tree_store.gets, 12, "%zu reads", tree_store.gets);
	cr_assert_leq(tree_store.puts, 12, "%zu writes", tree_store.puts);
	cr_assert_leq(tree_store.n - before, 6);
	assert_canonical(&root, &edited);
	model_release(&edited);
}

Test(tree_edit, an_edit_of_a_great_directory_costs_the_edit, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid base;

	model_fill(&m, 200000);
	base = model_build(&m);
	assert_cheap(&base, &m, "f0100000x", 1); /* insert */
	assert_cheap(&base, &m, "f0123456", 1); /* change */
	assert_cheap(&base, &m, "f0050000", UINT32_MAX);
	assert_cheap(&base, &m, "a", 1);
	assert_cheap(&base, &m, "f0000000", UINT32_MAX);
	assert_cheap(&base, &m, "z", 1);
	assert_cheap(&base, &m, "f0199999", UINT32_MAX);
	assert_cheap(&base, &m, "f0100000x", UINT32_MAX); /* not there */
	model_release(&m);
}

Test(tree_edit, the_last_node_grows_though_its_last_name_could_end_it,
    .init = tree_enter, .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid root;
	struct mvc_tree_edit *t;
	char path[64];
	uint32_t i = 0;

	model_fill(&m, 1000);
	m.n = MVC_TREE_MIN;
	while (!mvc_tree_ends_after(0, m.files[m.n - 1].path, 8))
		m.n++;
	do
		snprintf(path, sizeof(path), "g%u", i++);
	while (!mvc_tree_ends_after(0, path, strlen(path)));
	model_set(&m, path, 1);
	root = model_build(&m);
	t = begin(&root);
	for (i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "h%u", 100 + i);
		both_set(t, &m, path, i + 1);
	}
	root = end(t);
	assert_canonical(&root, &m);
	model_release(&m);
}

Test(tree_edit, what_is_set_to_what_it_is_changes_nothing, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid base, root;
	struct mvc_tree_edit *t;

	model_set(&m, "a/b", 1);
	model_set(&m, "a/c", 0);
	model_set(&m, "d", 2);
	base = model_build(&m);
	t = begin(&base);
	tree_store.puts = 0;
	both_set(t, &m, "a/b", 1);
	both_set(t, &m, "a/c", 0);
	both_set(t, &m, "a/nothing/there", UINT32_MAX);
	both_set(t, &m, "d/nothing", UINT32_MAX);
	root = end(t);
	cr_assert(mvc_oid_eq(&root, &base));
	cr_assert_eq(tree_store.puts, 0);
	model_release(&m);
}

Test(tree_edit, a_file_becomes_a_directory_and_back, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0}, want = {0};
	struct mvc_oid base, root;
	struct mvc_tree_edit *t;

	model_set(&m, "a", 1);
	model_set(&m, "b/x", 2);
	model_set(&m, "b/y", 3);
	model_set(&m, "c/z", 4);
	base = model_build(&m);
	t = begin(&base);
	both_set(t, &want, "a/in", 5);
	both_set(t, &want, "b", 6);
	cr_assert_eq(set(t, "c", UINT32_MAX), 0);
	both_set(t, &want, "c/new", 8);
	root = end(t);
	assert_canonical(&root, &want);
	model_release(&m);
	model_release(&want);
}

Test(tree_edit, an_emptied_directory_stays_unless_pruned, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0}, kept = {0}, pruned = {0};
	struct mvc_oid base, root;

	model_set(&m, "a/b/c", 1);
	model_set(&m, "d/e", 2);
	model_set(&m, "f", 0);
	model_set(&kept, "a/b", 0);
	model_set(&kept, "d", 0);
	model_set(&kept, "f", 0);
	model_set(&pruned, "d", 0);
	model_set(&pruned, "f", 0);
	base = model_build(&m);
	for (int prune = 0; prune < 2; prune++) {
		struct mvc_tree_edit *t = begin(&base);

		if (prune)
			mvc_tree_edit_prune(t);
		cr_assert_eq(set(t, "a/b/c", UINT32_MAX), 0);
		cr_assert_eq(set(t, "d", 0), 0); /* is to stay */
		cr_assert_eq(set(t, "d/e", UINT32_MAX), 0);
		cr_assert_eq(set(t, "f/x", UINT32_MAX), 0);
		root = end(t);
		assert_canonical(&root, prune ? &pruned : &kept);
	}
	model_release(&m);
	model_release(&kept);
	model_release(&pruned);
}

Test(tree_edit, a_whole_tree_is_put_and_edited, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid base, root;
	struct mvc_tree_edit *t;
	struct mvc_found sub;

	model_set(&m, "a/b/c", 1);
	model_set(&m, "a/b/d", 2);
	base = model_build(&m);
	cr_assert_eq(mvc_tree_find(&sub, &tree_store.source, &base, "a/b"), 0);
	t = begin(&base);
	cr_assert_eq(mvc_tree_edit_set(t, "a/e", &sub.e), 0);
	cr_assert_eq(set(t, "a/e/d", 9), 0);
	cr_assert_eq(mvc_tree_edit_set(t, "f", &sub.e), 0);
	root = end(t);
	mvc_found_release(&sub);
	model_set(&m, "a/e/c", 1);
	model_set(&m, "a/e/d", 9);
	model_set(&m, "f/c", 1);
	model_set(&m, "f/d", 2);
	assert_canonical(&root, &m);
	model_release(&m);
}

Test(tree_edit, paths_out_of_order_and_hostile_names_are_refused,
    .init = tree_enter, .fini = tree_leave)
{
	static const char *const bad[] = {"m", "l", "a/b", "m/x", "", "n//x",
	    "n/", "n/.git/x", "n/../x", "..", ".git "};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		MVC_OWN(mvc_tree_edit) *t = begin(NULL);

		cr_assert_eq(set(t, "m", 1), 0);
		cr_assert_eq(set(t, bad[i], 1), MVC_EINVALID, "%s", bad[i]);
	}
}

Test(tree_edit, too_deep_a_path_is_refused, .init = tree_enter,
    .fini = tree_leave)
{
	MVC_OWN(mvc_tree_edit) *t = begin(NULL);
	char path[2 * (MVC_DEPTH_MAX + 2)];

	for (size_t i = 0; i < sizeof(path); i++)
		path[i] = i & 1 ? '/' : 'd';
	path[2 * MVC_DEPTH_MAX + 1] = 0;
	cr_assert_eq(set(t, path, 1), 0, "%s", mvc_error_text());
	mvc_tree_edit_free(t);
	t = begin(NULL);
	path[2 * MVC_DEPTH_MAX + 1] = '/';
	path[2 * MVC_DEPTH_MAX + 3] = 0;
	cr_assert_eq(set(t, path, 1), MVC_EINVALID);
}

Test(
    tree_edit, a_full_disk_is_passed_up, .init = tree_enter, .fini = tree_leave)
{
	MVC_OWN(mvc_tree_edit) *t = begin(NULL);
	struct mvc_oid root;
	uint64_t size, files;

	cr_assert_eq(set(t, "a/b", 1), 0);
	tree_store.put_fails_at = tree_store.puts + 2;
	cr_assert_eq(
	    mvc_tree_edit_finish(t, &root, &size, &files), MVC_ENOSPACE);
}

/* A path in one of a few directories, or in none. */
static void
random_path(char *path, size_t n, uint32_t names)
{
	static const char *const dirs[] = {
	    "", "", "", "a/", "a/b/", "a.b/", "c/", "d/e/f/"};

	snprintf(path, n, "%sf%u", dirs[random_below(8)],
	    random_below(names) * 7919 % 100003);
}

static int
by_path(const void *a, const void *b)
{
	return mvc_path_cmp(a, b);
}

#define EDITS 400

static struct mvc_oid
random_edit(const struct mvc_oid *base, struct model *m, uint32_t names)
{
	static char paths[EDITS][64];
	struct mvc_tree_edit *t = begin(base);
	uint32_t n = 1 + random_below(random_below(2) ? 3 : EDITS);

	for (uint32_t i = 0; i < n; i++)
		random_path(paths[i], sizeof(paths[i]), names);
	qsort(paths, n, sizeof(paths[0]), by_path);
	mvc_tree_edit_prune(t);
	for (uint32_t i = 0; i < n; i++)
		if (!i || strcmp(paths[i - 1], paths[i]) != 0)
			both_set(t, m, paths[i],
			    random_below(3) ? 1 + random_below(9999)
					    : UINT32_MAX);
	return end(t);
}

/* Removes a run of names, so that nodes vanish and boundaries with them. */
static struct mvc_oid
random_cut(const struct mvc_oid *base, struct model *m)
{
	struct mvc_tree_edit *t = begin(base);
	size_t n = m->n / 3, from = random_below((uint32_t)(m->n - n + 1));
	char path[64];

	mvc_tree_edit_prune(t);
	for (; n; n--) {
		snprintf(path, sizeof(path), "%s", m->files[from].path);
		both_set(t, m, path, UINT32_MAX);
	}
	return end(t);
}

Test(tree_edit, random_edits_give_what_a_build_from_nothing_gives,
    .init = tree_enter, .fini = tree_leave, .timeout = 120)
{
	random_start();
	for (int round = 0; round < 12; round++) {
		struct model m = {0};
		struct mvc_oid root;
		uint32_t names = round & 1 ? 30000 : 300;

		for (uint32_t i = 0; i < names / 3; i++) {
			char path[64];

			random_path(path, sizeof(path), names);
			model_set(&m, path, 1 + i);
		}
		root = model_build(&m);
		for (int i = 0; i < 12; i++) {
			root = i % 4 == 3 ? random_cut(&root, &m)
					  : random_edit(&root, &m, names);
			assert_canonical(&root, &m);
		}
		model_release(&m);
	}
}

Test(tree_edit, paths_sort_depth_first)
{
	static const char *const sorted[] = {"", "a", "a/", "a/b", "a/b/c",
	    "a/b.c", "a b", "a.b", "a0", "b", "\xff"};

	for (size_t i = 0; i < sizeof(sorted) / sizeof(*sorted); i++)
		for (size_t j = 0; j < sizeof(sorted) / sizeof(*sorted); j++) {
			int cmp = mvc_path_cmp(sorted[i], sorted[j]);

			cr_assert_eq((i > j) - (i < j), (cmp > 0) - (cmp < 0),
			    "%s %s", sorted[i], sorted[j]);
		}
}
