#include "tree/diff.h"
#include "tree/edit.h"
#include "tree_model.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* "-x" gone, "+x" new, "!x" changed, "x/" left. */
struct log {
	char text[2000];
	size_t n;
};

static int
log_entry(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct log *l = arg;
	size_t n = strlen(l->text);

	l->n++;
	snprintf(l->text + n, sizeof(l->text) - n, "%s%s ",
	    a && b  ? "!"
		: a ? "-"
		    : "+",
	    path);
	return 0;
}

static int
log_leave(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct log *l = arg;
	size_t n = strlen(l->text);

	cr_assert(!a || !b || a->kind != b->kind);
	snprintf(l->text + n, sizeof(l->text) - n, "%s/ ", path);
	return 0;
}

static const struct mvc_diff_ops log_ops = {log_entry, log_leave};

static void
assert_diff(const struct mvc_oid *a, const struct mvc_oid *b, const char *want)
{
	struct log l = {.text = ""};

	cr_assert_eq(mvc_tree_diff(&tree_store.source, a, b, &log_ops, &l), 0);
	cr_assert_str_eq(l.text, want);
}

static struct mvc_oid
tree_of(const char *const *paths)
{
	struct model m = {0};
	struct mvc_oid root;

	for (; *paths; paths++) {
		char path[64];
		unsigned content;

		cr_assert_eq(sscanf(*paths, "%63[^=]=%u", path, &content), 2);
		model_set(&m, path, content);
	}
	root = model_build(&m);
	model_release(&m);
	return root;
}
#define TREE(...) tree_of((const char *const[]){__VA_ARGS__, NULL})

Test(tree_diff, shows_each_kind_of_change_in_path_order, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid a = TREE("a/b=1", "a/c=2", "d=3", "e/f/g=4", "h=5",
	    "link=7", "same/x=9", "x=1");
	struct mvc_oid b = TREE("a/b=1", "a/c=3", "d/n=3", "e=4", "h=5",
	    "link=27", "new/y=1", "same/x=9");

	assert_diff(&a, &b,
	    "!a/c !d +d/n d/ !e -e/f -e/f/g e/f/ e/ !link +new +new/y new/ "
	    "-x ");
	assert_diff(&b, &a,
	    "!a/c !d -d/n d/ !e +e/f +e/f/g e/f/ e/ !link -new -new/y new/ "
	    "+x ");
	assert_diff(&a, &a, "");
}

Test(tree_diff, nothing_against_a_tree_is_all_of_it, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid a = TREE("a/b=1", "c=0");

	assert_diff(NULL, &a, "+a +a/b a/ +c c/ ");
	assert_diff(&a, NULL, "-a -a/b a/ -c c/ ");
	assert_diff(NULL, NULL, "");
}

static int
stop(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	(void)arg, (void)path, (void)a, (void)b;
	return 9;
}

Test(tree_diff, a_result_stops_it, .init = tree_enter, .fini = tree_leave)
{
	static const struct mvc_diff_ops ops = {stop, NULL};
	struct mvc_oid a = TREE("a/b=1", "c=0");

	cr_assert_eq(
	    mvc_tree_diff(&tree_store.source, &a, NULL, &ops, NULL), 9);
}

Test(
    tree_diff, equal_nodes_are_not_read, .init = tree_enter, .fini = tree_leave)
{
	struct model m = {0};
	struct mvc_oid a, b;

	model_fill(&m, 200000);
	a = model_build(&m);
	model_set(&m, "f0100000x", 1);
	model_set(&m, "f0150000", UINT32_MAX);
	model_set(&m, "zz/new", 5);
	b = model_build(&m);
	tree_store.gets = 0;
	assert_diff(&a, &b, "+f0100000x -f0150000 +zz +zz/new zz/ ");
	cr_assert_leq(tree_store.gets, 24, "%zu reads", tree_store.gets);
	assert_diff(&b, &a, "-f0100000x +f0150000 -zz -zz/new zz/ ");
	model_release(&m);
}

/* Applies what a diff shows to a model. */
static int
apply(void *arg, const char *path, const struct mvc_entry *a,
    const struct mvc_entry *b)
{
	struct model *m = arg;

	if (a && a->kind != MVC_ENTRY_DIR)
		model_set(m, path, UINT32_MAX);
	if (b && b->kind != MVC_ENTRY_DIR)
		model_set(m, path, (uint32_t)b->size);
	return 0;
}

Test(tree_diff, what_it_shows_makes_one_tree_of_the_other, .init = tree_enter,
    .fini = tree_leave, .timeout = 60)
{
	static const struct mvc_diff_ops ops = {apply, NULL};

	random_start();
	for (int round = 0; round < 30; round++) {
		struct model m = {0};
		struct mvc_oid a, b;
		char path[64];

		for (int side = 0; side < 2; side++) {
			uint32_t n = random_below(2) ? 20 : 4000;

			for (uint32_t i = 0; i < n; i++) {
				snprintf(path, sizeof(path), "%s%u",
				    random_below(3) ? "" : "d/",
				    random_below(6000));
				/* No links, which have no size. */
				model_set(&m, path,
				    random_below(4) ? 10 * (1 + i)
						    : UINT32_MAX);
			}
			*(side ? &b : &a) = model_build(&m);
			if (!side)
				continue;
			cr_assert_eq(
			    mvc_tree_diff(&tree_store.source, &b, &a, &ops, &m),
			    0);
			assert_tree_is(&a, &m);
		}
		model_release(&m);
	}
}
