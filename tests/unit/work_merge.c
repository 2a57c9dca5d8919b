#include "scratch.h"

#include "hash/digest.h"
#include "store/root.h"
#include "store/writer.h"
#include "tree/edit.h"
#include "tree/walk.h"
#include "work/merge.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HOLDER "0123456789abcdef0123456789abcdef"

static struct mvc_ctx ctx;
static struct mvc_store *store;
static char reported[4096];

static void
enter(void)
{
	scratch_enter();
	mvc_ctx_init(&ctx);
	cr_assert_eq(mvc_store_create("s", 0), 0);
	cr_assert_eq(mvc_store_open(&store, &ctx, "s"), 0);
	reported[0] = 0;
}

static void
leave(void)
{
	mvc_store_free(store);
	scratch_leave();
}

/* A pointer to a directory of files "NAME=CONTENT NAME=CONTENT …", in path
 * order, in the store and claimed. */
static struct mvc_pointer
dir(const char *spec)
{
	struct mvc_pointer p = {.type = MVC_POINTER_TREE};
	MVC_OWN_MEM char *text = strdup(spec);
	MVC_OWN(mvc_tree_edit) *edit = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	struct mvc_claim claim = {.tree = true};
	char *save = NULL;

	cr_assert_eq(mvc_writer_new(&w, store), 0);
	cr_assert_eq(mvc_tree_edit_new(&edit, mvc_store_source(store),
			 mvc_writer_sink(w), NULL),
	    0);
	for (char *f = strtok_r(text, " ", &save); f;
	     f = strtok_r(NULL, " ", &save)) {
		struct mvc_entry e = {.kind = MVC_ENTRY_FILE, .files = 1};
		char *content = strchr(f, '=');

		*content++ = 0;
		e.size = strlen(content);
		mvc_blake3(&e.id, content, e.size);
		cr_assert_eq(
		    mvc_writer_put(w, MVC_CHUNK, &e.id, content, e.size), 0);
		cr_assert_eq(
		    mvc_tree_edit_set(edit, f, &e), 0, "%s", mvc_error_text());
	}
	cr_assert_eq(mvc_tree_edit_finish(edit, &p.oid, &p.size, &p.files), 0);
	claim.oid = p.oid;
	claim.size = p.size;
	claim.files = p.files;
	cr_assert_eq(mvc_writer_claim(w, HOLDER, &claim, 1), 0);
	return p;
}

static struct mvc_pointer
file(const char *content)
{
	struct mvc_pointer p = {.type = MVC_POINTER_FILE, .files = 1};

	p.size = strlen(content);
	mvc_blake3(&p.oid, content, p.size);
	return p;
}

static int
list_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	struct mvc_buf b = MVC_BUF_INIT(1 << 20);
	char *out = arg;

	if (e->kind == MVC_ENTRY_DIR)
		return 0;
	cr_assert_eq(mvc_store_get(store, MVC_CHUNK, &e->id, &b), 0);
	sprintf(out + strlen(out), "%s%s=%s", *out ? " " : "", path, b.data);
	mvc_buf_release(&b);
	return 0;
}

static void
assert_dir(const struct mvc_pointer *p, const char *spec)
{
	static const struct mvc_walk_ops ops = {.entry = list_entry};
	char got[4096] = "";

	cr_assert_eq(p->type, MVC_POINTER_TREE);
	cr_assert_eq(mvc_store_refresh(store), 0);
	cr_assert_eq(mvc_tree_walk(mvc_store_source(store), &p->oid, &ops, got),
	    0, "%s", mvc_error_text());
	cr_assert_str_eq(got, spec);
}

static int
note(void *arg, const char *path, const char *what, const char *beside)
{
	sprintf(reported + strlen(reported), "%s: %s%s%s\n", path, what,
	    beside ? " -> " : "", beside ? beside : "");
	return 0;
}

static int
merge(struct mvc_pointer *out, bool keep_both, const struct mvc_pointer *base,
    const struct mvc_pointer *ours, const struct mvc_pointer *theirs)
{
	struct mvc_merge m = {.store = store,
	    .holder = HOLDER,
	    .name = "images",
	    .keep_both = keep_both,
	    .conflict = note};

	return mvc_merge_pointers(out, &m, base, ours, theirs);
}

static void
assert_clean(struct mvc_pointer *out, const struct mvc_pointer *base,
    const struct mvc_pointer *ours, const struct mvc_pointer *theirs)
{
	cr_assert_eq(
	    merge(out, false, base, ours, theirs), 0, "%s", mvc_error_text());
	cr_assert_str_eq(reported, "");
}

Test(work_merge, different_files_of_a_directory_merge, .init = enter,
    .fini = leave)
{
	struct mvc_pointer base = dir("a=1 b=2 d/x=3"), out;
	struct mvc_pointer ours = dir("a=one b=2 d/x=3 d/z=5");
	struct mvc_pointer theirs = dir("b=2 d/x=3 d/y=4");
	struct mvc_root root;

	cr_assert_eq(merge(&out, false, &base, &ours, &theirs), MVC_ECONFLICT);
	cr_assert_str_eq(reported, "a: deleted by them\n");
	theirs = dir("a=1 b=2 d/x=three d/y=4");
	reported[0] = 0;
	assert_clean(&out, &base, &ours, &theirs);
	assert_dir(&out, "a=one b=2 d/x=three d/y=4 d/z=5");
	cr_assert_eq(out.files, 5);
	cr_assert_eq(out.size, 3 + 1 + 5 + 1 + 1);
	cr_assert_eq(mvc_root_get(&root, store, HOLDER, &out.oid), 0);
	cr_assert(!root.part);
	mvc_root_release(&root);
}

Test(work_merge, a_merge_without_a_common_version_takes_all_names,
    .init = enter, .fini = leave)
{
	struct mvc_pointer ours = dir("a=1 b=2"), theirs = dir("b=2 c=3"), out;

	assert_clean(&out, NULL, &ours, &theirs);
	assert_dir(&out, "a=1 b=2 c=3");
}

static int
count(void *arg, enum mvc_kind kind, const struct mvc_oid *id)
{
	(*(int *)arg)++;
	return 0;
}

static int
objects(void)
{
	int n = 0;

	cr_assert_eq(mvc_store_refresh(store), 0);
	cr_assert_eq(
	    mvc_store_find_prefix(store, 0, "", SIZE_MAX, count, &n), 0);
	return n;
}

Test(work_merge, a_conflict_is_refused_and_stores_nothing, .init = enter,
    .fini = leave)
{
	struct mvc_pointer base = dir("a=1"), ours = dir("a=2 b=1");
	struct mvc_pointer theirs = dir("a=3 c=1"), out;
	int before = objects();

	cr_assert_eq(merge(&out, false, &base, &ours, &theirs), MVC_ECONFLICT);
	cr_assert_str_eq(reported, "a: changed by both\n");
	cr_assert_eq(out.type, 0);
	cr_assert_eq(objects(), before);
	cr_assert_eq(merge(&out, true, &base, &ours, &theirs), 0);
	cr_assert_gt(objects(), before);
}

Test(work_merge, theirs_is_put_beside_ours, .init = enter, .fini = leave)
{
	struct mvc_pointer base = dir("a=1 b=1 c=1 d/x=1");
	struct mvc_pointer ours = dir("a=2 a.theirs=0 b=2 d/x=2 n=1");
	struct mvc_pointer theirs = dir("a=3 c=3 d/x=3 n/m=2");
	struct mvc_pointer out;

	cr_assert_eq(merge(&out, true, &base, &ours, &theirs), 0, "%s",
	    mvc_error_text());
	cr_assert_str_eq(reported,
	    "a: changed by both -> a.theirs.2\n"
	    "b: deleted by them\n"
	    "c: deleted by us -> c.theirs\n"
	    "d/x: changed by both -> d/x.theirs\n"
	    "n: added by both -> n.theirs\n");
	assert_dir(&out,
	    "a=2 a.theirs=0 a.theirs.2=3 b=2 c.theirs=3 d/x=2 "
	    "d/x.theirs=3 n=1 n.theirs/m=2");
}

Test(work_merge, long_names_get_different_names_beside, .init = enter,
    .fini = leave)
{
	char spec[3][1200], a[256], b[256];
	struct mvc_pointer p[3], out;

	memset(a, 'x', 255);
	a[255] = 0;
	memcpy(b, a, 256);
	b[254] = 'y';
	for (int i = 0; i < 3; i++) {
		sprintf(spec[i], "%s=a%d %s=b%d", a, i, b, i);
		p[i] = dir(spec[i]);
	}
	cr_assert_eq(
	    merge(&out, true, &p[0], &p[1], &p[2]), 0, "%s", mvc_error_text());
	cr_assert_eq(out.files, 4);
}

Test(work_merge, what_is_half_here_is_claimed_as_part, .init = enter,
    .fini = leave)
{
	struct mvc_pointer base = dir("a=1 b=1"), ours = dir("a=2 b=1");
	struct mvc_pointer theirs = dir("a=1 b=2"), out;
	MVC_OWN(mvc_tree_edit) *edit = NULL;
	MVC_OWN(mvc_writer) *w = NULL;
	struct mvc_entry e = {.kind = MVC_ENTRY_FILE, .files = 1, .size = 9};
	struct mvc_claim claim = {.tree = true, .part = true};
	struct mvc_root root;

	/* Theirs has a file whose bytes are elsewhere. */
	mvc_blake3(&e.id, "elsewhere", 9);
	cr_assert_eq(mvc_writer_new(&w, store), 0);
	cr_assert_eq(mvc_tree_edit_new(&edit, mvc_store_source(store),
			 mvc_writer_sink(w), &theirs.oid),
	    0);
	cr_assert_eq(mvc_tree_edit_set(edit, "c", &e), 0);
	cr_assert_eq(mvc_tree_edit_finish(
			 edit, &theirs.oid, &theirs.size, &theirs.files),
	    0);
	claim.oid = theirs.oid;
	claim.size = theirs.size;
	claim.files = theirs.files;
	cr_assert_eq(mvc_writer_claim(w, HOLDER, &claim, 1), 0);
	assert_clean(&out, &base, &ours, &theirs);
	cr_assert_eq(mvc_root_get(&root, store, HOLDER, &out.oid), 0);
	cr_assert(root.part, "nobody has all of it");
	mvc_root_release(&root);
}

Test(work_merge, a_missing_tree_is_named, .init = enter, .fini = leave)
{
	struct mvc_pointer base = dir("a=1"), ours = dir("a=2");
	struct mvc_pointer theirs = dir("b=1"), out;

	theirs.oid.b[0] ^= 1;
	cr_assert_eq(merge(&out, false, &base, &ours, &theirs), MVC_ENOTFOUND);
	cr_assert(strstr(mvc_error_text(), "(theirs) is not in the store"));
	cr_assert(strstr(mvc_error_text(), "mvc checkout --merge images"));
}

Test(work_merge, what_one_side_changed_needs_no_store)
{
	struct mvc_pointer base = file("1"), theirs = file("2"), out;

	base.type = MVC_POINTER_TREE;
	cr_assert(!mvc_merge_needs_store(&base, &base, &theirs));
	assert_clean(&out, &base, &base, &theirs);
	cr_assert(mvc_oid_eq(&out.oid, &theirs.oid));
	cr_assert_eq(out.type, MVC_POINTER_FILE);
}

Test(work_merge, files_that_both_changed_are_a_conflict)
{
	struct mvc_pointer base = file("1"), ours = file("2");
	struct mvc_pointer theirs = file("3"), out;

	cr_assert_eq(merge(&out, false, &base, &ours, &theirs), MVC_ECONFLICT);
	cr_assert_eq(merge(&out, true, &base, &ours, &theirs), MVC_ECONFLICT);
	cr_assert_str_eq(reported, ": changed by both\n: changed by both\n");
}

Test(work_merge, the_executable_bit_is_merged_by_itself)
{
	struct mvc_pointer base = file("1"), ours = file("1");
	struct mvc_pointer theirs = file("2"), out;

	ours.type = MVC_POINTER_EXEC;
	assert_clean(&out, &base, &ours, &theirs);
	cr_assert_eq(out.type, MVC_POINTER_EXEC);
	cr_assert(mvc_oid_eq(&out.oid, &theirs.oid));
}

Test(work_merge, of_two_runs_with_the_same_result_the_lower_id_wins)
{
	struct mvc_pointer base = file("1"), ours = file("2");
	struct mvc_pointer theirs = file("2"), out;

	ours.has_run = theirs.has_run = true;
	memset(ours.run.b, 9, sizeof(ours.run.b));
	memset(theirs.run.b, 7, sizeof(theirs.run.b));
	assert_clean(&out, &base, &ours, &theirs);
	cr_assert(out.has_run);
	cr_assert(mvc_oid_eq(&out.run, &theirs.run));
	assert_clean(&out, &base, &theirs, &ours);
	cr_assert(mvc_oid_eq(&out.run, &theirs.run));
	assert_clean(&out, &ours, &ours, &base);
	cr_assert(!out.has_run);
}

static void
label(struct mvc_pointer *p, const char *key, const char *value)
{
	cr_assert_eq(mvc_pointer_label(p, key, value), 0);
}

Test(work_merge, labels_are_merged_key_by_key)
{
	struct mvc_pointer base = file("1"), ours = file("1");
	struct mvc_pointer theirs = file("1"), out;

	label(&base, "licence", "mit");
	label(&base, "old", "1");
	label(&ours, "licence", "gpl");
	label(&ours, "old", "1");
	label(&theirs, "licence", "mit");
	label(&theirs, "pii", "none");
	cr_assert_eq(mvc_pointer_add_other(&theirs, "later 1"), 0);
	assert_clean(&out, &base, &ours, &theirs);
	cr_assert_eq(out.labels.n, 2);
	cr_assert_str_eq(mvc_pointer_get_label(&out, "licence"), "gpl");
	cr_assert_str_eq(mvc_pointer_get_label(&out, "pii"), "none");
	cr_assert_eq(out.others.n, 1);
	mvc_pointer_release(&out);

	label(&theirs, "licence", "bsd");
	cr_assert_eq(merge(&out, false, &base, &ours, &theirs), MVC_ECONFLICT);
	cr_assert_str_eq(reported, ": both changed label licence\n");
	cr_assert_eq(merge(&out, true, &base, &ours, &theirs), 0);
	cr_assert_str_eq(mvc_pointer_get_label(&out, "licence"), "gpl");
	mvc_pointer_release(&out);
	mvc_pointer_release(&base);
	mvc_pointer_release(&ours);
	mvc_pointer_release(&theirs);
}
