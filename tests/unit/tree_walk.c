#include "tree/walk.h"
#include "tree_model.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* What a walk showed: paths, "PATH/" where a directory was left. */
struct log {
	char text[1000];
	const char *skip; /* this path */
	size_t nodes, unwanted;
	int stop_at; /* this node */
};

static void
note(struct log *l, const char *path, const char *end)
{
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s%s ", path, end);
}

static int
log_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct log *l = arg;

	(void)e;
	note(l, path, "");
	return l->skip && !strcmp(path, l->skip) ? MVC_WALK_SKIP : 0;
}

static int
log_leave(void *arg, const char *path)
{
	note(arg, path, "/");
	return 0;
}

static int
log_node(void *arg, const struct mvc_oid *id)
{
	struct log *l = arg;

	(void)id;
	return (int)++l->nodes == l->stop_at ? 42 : 0;
}

static int
log_want(void *arg, const struct mvc_oid *id)
{
	struct log *l = arg;

	(void)id;
	return l->nodes >= l->unwanted ? MVC_WALK_SKIP : 0;
}

static const struct mvc_walk_ops log_ops = {
    .entry = log_entry, .leave = log_leave, .node = log_node};

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

Test(tree_walk, shows_entries_in_path_order_and_leaves_directories,
    .init = tree_enter, .fini = tree_leave)
{
	struct mvc_oid root = small_tree();
	struct log l = {.text = ""};

	cr_assert_eq(mvc_tree_walk(&tree_store.source, &root, &log_ops, &l), 0);
	cr_assert_str_eq(l.text, "a a/b a/b/c a/b/ a/d a/ a.x e e/ f ");
	cr_assert_eq(l.nodes, 4);
}

Test(tree_walk, passes_over_a_directory_when_told, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid root = small_tree();
	struct log l = {.text = "", .skip = "a/b"};

	cr_assert_eq(mvc_tree_walk(&tree_store.source, &root, &log_ops, &l), 0);
	cr_assert_str_eq(l.text, "a a/b a/d a/ a.x e e/ f ");
	cr_assert_eq(l.nodes, 3);
}

Test(tree_walk, a_result_stops_it, .init = tree_enter, .fini = tree_leave)
{
	struct mvc_oid root = small_tree();
	struct log l = {.text = "", .stop_at = 3};

	cr_assert_eq(
	    mvc_tree_walk(&tree_store.source, &root, &log_ops, &l), 42);
	cr_assert_str_eq(l.text, "a a/b ");
}

Test(tree_walk, what_nobody_wants_is_not_read, .init = tree_enter,
    .fini = tree_leave)
{
	static const struct mvc_walk_ops ops = {
	    .node = log_node, .want = log_want};
	struct model m = {0};
	struct log l = {.text = "", .unwanted = 5};
	struct mvc_oid root;

	model_fill(&m, 5000);
	root = model_build(&m);
	tree_store.gets = 0;
	cr_assert_eq(mvc_tree_walk(&tree_store.source, &root, &ops, &l), 0);
	cr_assert_eq(tree_store.gets, 5);
	model_release(&m);
}

/* Damage that a node's own id cannot show, since a hostile writer made it. */
static int
walk_it(const struct mvc_oid *root)
{
	static const struct mvc_walk_ops ops = {.entry = NULL};

	return mvc_tree_walk(&tree_store.source, root, &ops, NULL);
}

static struct mvc_oid
put_node(unsigned level, const struct mvc_entry *e, size_t n)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(100000);
	struct mvc_oid id;

	cr_assert_eq(mvc_tree_encode(&b, level, e, n), 0);
	mvc_tree_id(&id, b.data, b.len);
	cr_assert_eq(tree_store.sink.put(
			 tree_store.sink.arg, MVC_TREE, &id, b.data, b.len),
	    0);
	return id;
}

static struct mvc_entry
named(const char *name, enum mvc_entry_kind kind, uint64_t files)
{
	struct mvc_entry e = {.kind = kind,
	    .name = name,
	    .name_len = strlen(name),
	    .files = files};

	return e;
}

/* Two leaves, a b and c d, below an inner node; one thing of it is wrong. */
enum wrong { NOTHING, LEVEL, FILES, LAST_NAME, ORDER, ONE_NODE };

static struct mvc_oid
hostile(enum wrong wrong)
{
	struct mvc_entry low[] = {
	    named("a", MVC_ENTRY_FILE, 1), named("b", MVC_ENTRY_FILE, 1)};
	struct mvc_entry high[] = {
	    named(wrong == ORDER ? "a" : "c", MVC_ENTRY_FILE, 1),
	    named("d", MVC_ENTRY_FILE, 1)};
	struct mvc_entry inner[] = {named(wrong == LAST_NAME ? "a" : "b",
					MVC_ENTRY_NODE, wrong == FILES ? 3 : 2),
	    named("d", MVC_ENTRY_NODE, 2)};

	inner[0].id = put_node(0, low, 2);
	inner[1].id = put_node(0, high, 2);
	return put_node(
	    wrong == LEVEL ? 2 : 1, inner, wrong == ONE_NODE ? 1 : 2);
}

Test(tree_walk, nodes_that_contradict_their_parents_are_refused,
    .init = tree_enter, .fini = tree_leave)
{
	struct mvc_oid root;

	for (enum wrong w = NOTHING; w <= ONE_NODE; w++) {
		root = hostile(w);
		cr_assert_eq(walk_it(&root), w ? MVC_ECORRUPT : 0, "%d", w);
	}
}

Test(tree_walk, a_directory_with_other_sums_than_its_entry_is_refused,
    .init = tree_enter, .fini = tree_leave)
{
	struct mvc_entry in = named("x", MVC_ENTRY_FILE, 1);
	struct mvc_entry dir = named("d", MVC_ENTRY_DIR, 1);
	struct mvc_oid root;

	dir.id = put_node(0, &in, 1);
	root = put_node(0, &dir, 1);
	cr_assert_eq(walk_it(&root), 0);
	dir.files = 2;
	root = put_node(0, &dir, 1);
	cr_assert_eq(walk_it(&root), MVC_ECORRUPT);
}

Test(tree_walk, directories_too_deep_are_refused, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid root = put_node(0, NULL, 0);

	for (unsigned i = 0; i <= MVC_DEPTH_MAX; i++) {
		struct mvc_entry dir = named("d", MVC_ENTRY_DIR, 0);

		cr_assert_eq(walk_it(&root), 0);
		dir.id = root;
		root = put_node(0, &dir, 1);
	}
	cr_assert_eq(walk_it(&root), MVC_ECORRUPT);
}

Test(tree_walk, a_missing_node_is_not_found, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid root = {{1}};

	cr_assert_eq(walk_it(&root), MVC_ENOTFOUND);
}
