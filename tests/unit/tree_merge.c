#include "tree/edit.h"
#include "tree/merge.h"
#include "tree_model.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

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

/* Each conflict as path[bot], with a letter for each side that is there. */
struct log {
	char text[1000];
	char choose; /* b, o, t or n: nothing */
};

static int
log_conflict(void *arg, const char *path, const struct mvc_entry *base,
    const struct mvc_entry *ours, const struct mvc_entry *theirs,
    const struct mvc_entry **choice)
{
	struct log *l = arg;
	size_t n = strlen(l->text);

	snprintf(l->text + n, sizeof(l->text) - n, "%s[%s%s%s] ", path,
	    base ? "b" : "", ours ? "o" : "", theirs ? "t" : "");
	*choice = l->choose == 'b' ? base
	    : l->choose == 'o'     ? ours
	    : l->choose == 't'     ? theirs
				   : NULL;
	return l->choose == 'x' ? 77 : 0;
}

static const struct mvc_merge_ops log_ops = {log_conflict};

/* The merge must be just the tree `want`. */
static void
assert_merge(struct mvc_oid base, struct mvc_oid ours, struct mvc_oid theirs,
    struct mvc_oid want, const char *conflicts, char choose)
{
	struct log l = {.text = "", .choose = choose};
	struct mvc_oid out;
	uint64_t size, files;

	cr_assert_eq(mvc_tree_merge(&out, &size, &files, &tree_store.source,
			 &tree_store.sink, &base, &ours, &theirs, &log_ops, &l),
	    0, "%s", mvc_error_text());
	cr_assert_str_eq(l.text, conflicts);
	cr_assert(mvc_oid_eq(&out, &want));
}

/* The same from both sides, where nothing conflicts. */
static void
assert_clean(struct mvc_oid base, struct mvc_oid ours, struct mvc_oid theirs,
    struct mvc_oid want)
{
	assert_merge(base, ours, theirs, want, "", 'x');
	assert_merge(base, theirs, ours, want, "", 'x');
}

Test(tree_merge, changes_of_both_sides_come_together, .init = tree_enter,
    .fini = tree_leave)
{
	assert_clean(TREE("a=1", "b=2", "c/d=3", "c/e=4", "f=5"),
	    TREE("a=11", "b=2", "c/d=3", "c/e=4", "f=5", "g=6"),
	    TREE("a=1", "c/d=13", "c/e=4", "f=5", "h/i=6"),
	    TREE("a=11", "c/d=13", "c/e=4", "f=5", "g=6", "h/i=6"));
}

Test(tree_merge, the_same_change_on_both_sides_is_one, .init = tree_enter,
    .fini = tree_leave)
{
	assert_clean(TREE("a=1", "b=2", "c=3"),
	    TREE("a=9", "c=3", "d=4", "e=1"), TREE("a=9", "c=13", "d=4"),
	    TREE("a=9", "c=13", "d=4", "e=1"));
}

Test(tree_merge, one_side_unchanged_gives_the_other, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid a = TREE("a=1", "b/c=2"), b = TREE("a=2", "d=4");

	assert_clean(a, a, b, b);
	assert_clean(a, b, b, b);
	assert_clean(a, a, a, a);
}

Test(tree_merge, directories_are_merged_by_their_entries, .init = tree_enter,
    .fini = tree_leave)
{
	/* Both add one; one removes a directory that the other left alone. */
	assert_clean(TREE("x=1"), TREE("d/a=1", "x=1"), TREE("d/b=2", "x=1"),
	    TREE("d/a=1", "d/b=2", "x=1"));
	assert_clean(TREE("d/a=1", "d/b=2", "x=1"), TREE("x=1"),
	    TREE("d/a=1", "d/b=2", "x=2"), TREE("x=2"));
	/* One removes a directory, the other adds to it, or empties it. */
	assert_clean(TREE("d/a=1", "x=1"), TREE("x=1"),
	    TREE("d/a=1", "d/b=2", "x=1"), TREE("d/b=2", "x=1"));
	/* Each empties one half: the directory stays, as both have it. */
	assert_clean(
	    TREE("d/a=1", "d/b=2"), TREE("d/a=1"), TREE("d/b=2"), TREE("d=0"));
	/* An empty directory that one side added. */
	assert_clean(
	    TREE("x=1"), TREE("d=0", "x=1"), TREE("x=2"), TREE("d=0", "x=2"));
	/* A file that became a directory here and was removed there. */
	assert_clean(TREE("d=1", "x=1"), TREE("d/a=1", "x=1"), TREE("x=1"),
	    TREE("d/a=1", "x=1"));
	assert_clean(TREE("d=1", "x=1"), TREE("d=0", "x=1"), TREE("x=1"),
	    TREE("d=0", "x=1"));
}

Test(tree_merge, conflicts_are_asked_about, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid b = TREE("a=1", "b=2", "d/c=3", "z=4");
	struct mvc_oid o = TREE("a=11", "b=12", "n=1", "z=4");
	struct mvc_oid t = TREE("a=21", "d/c=13", "n=2", "z=5");
	const char *asked = "a[bot] b[bo] d/c[bt] n[ot] ";

	assert_merge(b, o, t, TREE("a=11", "b=12", "n=1", "z=5"), asked, 'o');
	assert_merge(b, o, t, TREE("a=21", "d/c=13", "n=2", "z=5"), asked, 't');
	assert_merge(b, o, t, TREE("a=1", "b=2", "d/c=3", "z=5"), asked, 'b');
	assert_merge(b, o, t, TREE("z=5"), asked, 'n');
}

Test(tree_merge, a_directory_against_a_file_conflicts_at_its_path,
    .init = tree_enter, .fini = tree_leave)
{
	struct mvc_oid b = TREE("x=1");
	struct mvc_oid o = TREE("p/q=1", "x=1"), t = TREE("p=2", "x=3");

	assert_merge(b, o, t, TREE("p/q=1", "x=3"), "p[ot] ", 'o');
	assert_merge(b, o, t, TREE("p=2", "x=3"), "p[ot] ", 't');
	assert_merge(b, t, o, TREE("p/q=1", "x=3"), "p[ot] ", 't');
	b = TREE("p/q=5", "p/r=1");
	o = TREE("p/q=6", "p/r=1");
	t = TREE("p=2");
	assert_merge(b, o, t, t, "p[bot] ", 't');
	assert_merge(b, o, t, o, "p[bot] ", 'o');
}

Test(tree_merge, no_common_ancestor_is_an_empty_one, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid o = TREE("a=1", "b=2"), t = TREE("a=1", "b=3", "c=4");
	struct mvc_oid want = TREE("a=1", "b=2", "c=4"), out;
	struct log l = {.text = "", .choose = 'o'};
	uint64_t size, files;

	cr_assert_eq(mvc_tree_merge(&out, &size, &files, &tree_store.source,
			 &tree_store.sink, NULL, &o, &t, &log_ops, &l),
	    0);
	cr_assert_str_eq(l.text, "b[ot] ");
	cr_assert(mvc_oid_eq(&out, &want));
	cr_assert_eq(size, 7);
	cr_assert_eq(files, 3);
}

Test(tree_merge, the_callers_result_stops_it, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid o = TREE("a=1"), t = TREE("a=2"), out;
	struct log l = {.text = "", .choose = 'x'};
	uint64_t size, files;

	cr_assert_eq(mvc_tree_merge(&out, &size, &files, &tree_store.source,
			 &tree_store.sink, NULL, &o, &t, &log_ops, &l),
	    77);
}

static struct mvc_oid
one_file(enum mvc_entry_kind kind, uint8_t content)
{
	MVC_OWN(mvc_tree_edit) *t = NULL;
	struct mvc_entry e = {
	    .kind = kind, .size = 1, .files = 1, .id = {{content}}};
	struct mvc_oid root;
	uint64_t size, files;

	cr_assert_eq(
	    mvc_tree_edit_new(&t, &tree_store.source, &tree_store.sink, NULL),
	    0);
	cr_assert_eq(mvc_tree_edit_set(t, "f", &e), 0);
	cr_assert_eq(mvc_tree_edit_finish(t, &root, &size, &files), 0);
	return root;
}

Test(tree_merge, bytes_and_the_executable_bit_merge_apart, .init = tree_enter,
    .fini = tree_leave)
{
	struct mvc_oid base = one_file(MVC_ENTRY_FILE, 1);

	assert_clean(base, one_file(MVC_ENTRY_EXEC, 1),
	    one_file(MVC_ENTRY_FILE, 2), one_file(MVC_ENTRY_EXEC, 2));
	assert_merge(base, one_file(MVC_ENTRY_EXEC, 3),
	    one_file(MVC_ENTRY_FILE, 2), one_file(MVC_ENTRY_EXEC, 3), "f[bot] ",
	    'o');
}

Test(tree_merge, a_great_directory_costs_what_changed, .init = tree_enter,
    .fini = tree_leave)
{
	struct model m = {0}, o = {0}, t = {0};
	struct mvc_oid base, ours, theirs, want;

	model_fill(&m, 200000);
	model_copy(&o, &m);
	model_copy(&t, &m);
	base = model_build(&m);
	model_set(&o, "f0020000x", 1);
	model_set(&o, "f0100000", UINT32_MAX);
	ours = model_build(&o);
	model_set(&t, "f0020001", 9);
	model_set(&t, "f0180000", UINT32_MAX);
	theirs = model_build(&t);
	model_set(&o, "f0020001", 9);
	model_set(&o, "f0180000", UINT32_MAX);
	want = model_build(&o);
	tree_store.gets = tree_store.puts = 0;
	assert_merge(base, ours, theirs, want, "", 'x');
	cr_assert_leq(tree_store.gets, 48, "%zu reads", tree_store.gets);
	cr_assert_leq(tree_store.puts, 16, "%zu writes", tree_store.puts);
	model_release(&m);
	model_release(&o);
	model_release(&t);
}

Test(tree_merge, what_only_ours_changed_is_not_read, .init = tree_enter,
    .fini = tree_leave)
{
	struct model o = {0}, t = {0};
	struct mvc_oid base, ours, theirs, want;

	model_fill(&t, 200000);
	model_copy(&o, &t);
	base = model_build(&t);
	for (size_t i = 0; i < o.n; i += 20)
		o.files[i].content = 500000;
	ours = model_build(&o);
	model_set(&t, "f0020001", 9);
	theirs = model_build(&t);
	model_set(&o, "f0020001", 9);
	want = model_build(&o);
	tree_store.gets = 0;
	assert_merge(base, ours, theirs, want, "", 'x');
	cr_assert_leq(tree_store.gets, 24, "%zu reads", tree_store.gets);
	model_release(&o);
	model_release(&t);
}

/* What the merge of files should be; conflicts are ours. */
static void
merge_models(struct model *out, const struct model *b, const struct model *o,
    const struct model *t)
{
	model_copy(out, o);
	for (size_t i = 0; i < b->n + t->n; i++) {
		const struct model_file *f =
		    i < b->n ? &b->files[i] : &t->files[i - b->n];
		const struct model_file *fb = model_get(b, f->path);
		const struct model_file *fo = model_get(o, f->path);
		const struct model_file *ft = model_get(t, f->path);
		bool ours_is_base =
		    fb && fo ? fb->content == fo->content : fb == fo;

		if (ours_is_base)
			model_set(out, f->path, ft ? ft->content : UINT32_MAX);
	}
}

static void
change_some(struct model *m, uint32_t names)
{
	uint32_t n = random_below(random_below(2) ? 10 : names / 2);
	char path[64];

	while (n--) {
		static const char *const dirs[] = {"", "d/", "d/e/", "g/"};

		snprintf(path, sizeof(path), "%s%u", dirs[random_below(4)],
		    100000 + random_below(names));
		/* Even ones, so that no executable bit is merged apart. */
		model_set(m, path,
		    random_below(3) ? 2 * (1 + random_below(3)) : UINT32_MAX);
	}
}

Test(tree_merge, random_merges_are_what_the_model_says, .init = tree_enter,
    .fini = tree_leave, .timeout = 60)
{
	random_start();
	for (int round = 0; round < 40; round++) {
		struct model b = {0}, o = {0}, t = {0}, want = {0};
		struct log l = {.text = "", .choose = 'o'};
		uint32_t names = round % 4 ? 50 : 6000;
		struct mvc_oid base, ours, theirs, out;
		uint64_t size, files;

		for (int i = 0; i < 4; i++)
			change_some(&b, names);
		model_copy(&o, &b);
		model_copy(&t, &b);
		change_some(&o, names);
		change_some(&t, names);
		merge_models(&want, &b, &o, &t);
		base = model_build(&b);
		ours = model_build(&o);
		theirs = model_build(&t);
		cr_assert_eq(
		    mvc_tree_merge(&out, &size, &files, &tree_store.source,
			&tree_store.sink, &base, &ours, &theirs, &log_ops, &l),
		    0);
		assert_tree_is(&out, &want);
		model_release(&b);
		model_release(&o);
		model_release(&t);
		model_release(&want);
	}
}
