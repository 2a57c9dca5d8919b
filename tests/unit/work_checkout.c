#include "project.h"
#include "scratch.h"

#include "work/add.h"
#include "work/checkout.h"
#include "work/choose.h"
#include "work/sparse.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static struct project p;
static struct mvc_checkout_opts opts;
static char said[8192];

static int
on_path(void *arg, const struct mvc_checkout_path *c)
{
	static const char marks[] = "+~^-!?";
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%c%s ", marks[c->what], c->path);
	return 0;
}

/* Check out paths (NULL-ended), as a command of its own. */
static int
checkout(const char *path, ...)
{
	static const struct mvc_checkout_ops ops = {.path = on_path};
	const char *paths[8] = {path};
	size_t n = path ? 1 : 0;
	va_list ap;

	va_start(ap, path);
	while (path && (paths[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	said[0] = 0;
	project_again(&p);
	return mvc_checkout(p.work, paths, n, &opts, &ops);
}

#define assert_does(code, want, ...)                                           \
	do {                                                                   \
		int err_ = checkout(__VA_ARGS__, NULL);                        \
		cr_assert_eq(                                                  \
		    err_, code, "%d: %s", err_, err_ ? mvc_error_text() : ""); \
		cr_assert_str_eq(said, want);                                  \
	} while (0)
#define assert_all(want) assert_does(0, want, NULL)

static int
on_root(void *arg, const struct mvc_added *a)
{
	return 0;
}

static void
add(const char *path)
{
	static const struct mvc_add_opts o;
	static const struct mvc_add_ops ops = {.root = on_root};

	project_again(&p);
	cr_assert_eq(mvc_add(p.work, &path, 1, &o, &ops, NULL), 0, "%s",
	    mvc_error_text());
}

/* Two commits of a folder: a changed, b deleted, c new. */
static void
enter(void)
{
	memset(&opts, 0, sizeof(opts));
	project_new(&p);
	sh("mkdir -p d/sub && echo a1 >d/a && echo b1 >d/b && echo s >d/sub/s "
	   "&& chmod +x d/a && ln -s a d/link && mkdir d/none");
	add("d");
	sh("git commit -qm one && touch -d '2001-01-01' d/a && echo a2 >d/a "
	   "&& rm d/b && echo c2 >d/c");
	add("d");
	sh("git commit -qm two");
}

static void
leave(void)
{
	project_close(&p);
	scratch_leave();
}

TestSuite(work_checkout, .init = enter, .fini = leave);

Test(work_checkout, with_nothing_to_do_nothing_is_done)
{
	assert_all("");
}

Test(work_checkout, follows_the_pointer_back_and_forth)
{
	sh("git checkout -q HEAD~1");
	assert_all("~d/a +d/b -d/c ");
	assert_prints("cat d/a d/b; readlink d/link; test -x d/a; ls d",
	    "a1\nb1\na\na\nb\nlink\nnone\nsub\n");
	assert_all("");
	sh("git checkout -q main");
	assert_all("~d/a -d/b +d/c ");
	assert_prints("cat d/a d/c", "a2\nc2\n");
}

Test(work_checkout, restores_what_was_deleted_by_accident)
{
	sh("rm -r d/sub d/none d/link");
	assert_all("^d/link ^d/sub/s ");
	assert_prints("cat d/sub/s; readlink d/link; ls d/none", "s\na\n");
	sh("rm -r d");
	assert_all("^d/a ^d/c ^d/link ^d/sub/s ");
}

Test(work_checkout, keeps_local_changes_unless_forced)
{
	sh("echo mine >d/a && git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "!d/a +d/b -d/c ", NULL);
	assert_does(MVC_EFINDING, "!d/a ", NULL);
	assert_prints("cat d/a", "mine\n");
	opts.force = true;
	assert_all("~d/a ");
	assert_prints("cat d/a", "a1\n");
}

Test(work_checkout, a_kept_change_is_added_over_the_new_version)
{
	sh("echo mine >d/a && git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "!d/a +d/b -d/c ", NULL);
	add("d");
	assert_all("");
	sh("rm -r d");
	assert_all("^d/a ^d/b ^d/link ^d/sub/s ");
	assert_prints("cat d/a d/b", "mine\nb1\n");
}

Test(work_checkout, a_changed_file_that_the_version_has_not_is_kept)
{
	sh("echo mine >d/c && git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "~d/a +d/b !d/c ", NULL);
	/* From now on it is just a file that nobody tracks. */
	assert_all("");
	assert_prints("cat d/c", "mine\n");
}

Test(work_checkout, a_file_that_was_only_touched_is_no_change)
{
	sh("touch d/a d/c && git checkout -q HEAD~1");
	assert_all("~d/a +d/b -d/c ");
}

Test(work_checkout, untracked_files_stay)
{
	sh("echo mine >d/new && mkdir d/mine && echo x >d/mine/x");
	assert_all("");
	sh("git checkout -q HEAD~1");
	assert_all("~d/a +d/b -d/c ");
	assert_prints("cat d/new d/mine/x", "mine\nx\n");
}

Test(work_checkout, an_untracked_file_where_one_belongs_is_kept)
{
	sh("echo mine >d/b && git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "~d/a !d/b -d/c ", NULL);
	assert_prints("cat d/b", "mine\n");
}

Test(work_checkout, what_is_there_already_is_not_written_again)
{
	sh("rm .git/mvc/statcache* && touch -d '2001-01-01' d/*");
	assert_all("");
	assert_prints("find d -type f -newermt 2002-01-01", "d/sub/s\n");
	sh("echo b1 >d/b && git checkout -q HEAD~1");
	assert_all("~d/a -d/c ");
}

Test(work_checkout, a_folder_takes_the_place_of_a_file_and_back)
{
	sh("rm d/a && mkdir d/a && echo x >d/a/x && rm -r d/sub && echo f >d/sub");
	add("d");
	sh("git commit -qm three && git checkout -q HEAD~1");
	assert_all("-d/a/x +d/a -d/sub +d/sub/s ");
	assert_prints("cat d/a d/sub/s", "a2\ns\n");
	sh("git checkout -q main");
	assert_all("-d/a +d/a/x -d/sub/s +d/sub ");
	assert_prints("cat d/a/x d/sub", "x\nf\n");
}

Test(work_checkout, a_folder_with_a_users_file_is_not_replaced)
{
	sh("rm d/a && mkdir d/a && echo x >d/a/x");
	add("d");
	sh("git commit -qm three && echo mine >d/a/mine "
	   "&& git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "-d/a/x !d/a ", NULL);
	assert_prints("cat d/a/mine", "mine\n");
}

Test(work_checkout, never_writes_through_a_planted_link)
{
	sh("mkdir away && mv d/sub/s away && rmdir d/sub && ln -s ../away d/sub "
	   "&& rm away/s");
	assert_does(MVC_EFINDING, "!d/sub ", NULL);
	assert_prints("ls away", "");
	sh("mv d e && ln -s e d");
	assert_does(MVC_EFINDING, "!d ", NULL);
	assert_prints("ls away; readlink d", "e\n");
}

Test(work_checkout, a_part_of_a_root_only)
{
	sh("rm -r d/sub d/c");
	assert_does(0, "^d/sub/s ", "d/sub");
	assert_does(0, "^d/c ", "d/c");
	sh("git checkout -q HEAD~1");
	assert_does(0, "+d/b ", "d/b");
	assert_prints("cat d/a", "a2\n");
	assert_all("~d/a -d/c ");
}

Test(work_checkout, deletes_nothing_that_it_never_put)
{
	sh("rm .git/mvc/statcache* && git checkout -q HEAD~1");
	assert_does(MVC_EFINDING, "!d/a +d/b ", NULL);
	assert_prints("cat d/c", "c2\n");
}

Test(work_checkout, missing_content_is_named_and_the_rest_delivered)
{
	sh("git checkout -q HEAD~1");
	sh("echo 'mvc pointer 1' >e.mvc && printf 'oid %%064d\\ntype file\\n"
	   "size 7\\n' 1 >>e.mvc && git add e.mvc");
	assert_does(MVC_EFINDING, "~d/a +d/b -d/c ?e ", NULL);
	assert_does(MVC_EFINDING, "?e ", NULL);
}

Test(work_checkout, data_whose_pointer_went_goes_if_git_still_names_it)
{
	sh("git rm -q d.mvc && git commit -qm gone && echo mine >d/mine");
	assert_all("-d/a -d/c -d/link -d/sub/s ");
	assert_prints("find d -type f", "d/mine\n");
}

Test(work_checkout, data_that_git_names_nowhere_stays)
{
	sh("echo 3 >d/a");
	add("d");
	sh("git rm -qf --cached d.mvc && rm d.mvc && git commit -qm gone");
	assert_all("");
	assert_prints("cat d/a", "3\n");
}

Test(work_checkout, sparse_choices_are_kept)
{
	cr_assert_eq(mvc_sparse_write(".git", "/d/sub\n/d/a\n"), 0);
	assert_all("-d/c -d/link ");
	assert_prints("ls d", "a\nnone\nsub\n");
	assert_all("");
	sh("git checkout -q HEAD~1");
	assert_all("~d/a ");
	cr_assert_eq(mvc_sparse_write(".git", NULL), 0);
	assert_all("+d/b +d/link ");
	assert_prints("ls d", "a\nb\nlink\nnone\nsub\n");
}

Test(work_checkout, zeros_become_holes)
{
	sh("(printf x; head -c 3000000 /dev/zero; printf y) >d/z "
	   "&& cksum d/z >sum");
	add("d");
	sh("rm d/z");
	assert_all("^d/z ");
	sh("cksum -c sum 2>/dev/null || cksum d/z | cmp - sum");
	assert_prints(
	    "test $(du -k d/z | cut -f1) -lt 100 && echo sparse", "sparse\n");
}

Test(work_checkout, a_dry_run_changes_nothing)
{
	sh("rm d/sub/s && git checkout -q HEAD~1");
	opts.dry_run = true;
	assert_all("~d/a +d/b -d/c ^d/sub/s ");
	assert_all("~d/a +d/b -d/c ^d/sub/s ");
	opts.dry_run = false;
	assert_all("~d/a +d/b -d/c ^d/sub/s ");
}

Test(work_checkout, a_file_by_itself)
{
	sh("echo m1 >m");
	add("m");
	sh("git commit -qm m && echo m2 >m");
	add("m");
	sh("git commit -qm m2 && git checkout -q HEAD~1");
	assert_all("~m ");
	sh("rm m");
	assert_all("^m ");
	assert_prints("cat m", "m1\n");
	sh("echo mine >m");
	assert_does(MVC_EFINDING, "!m ", NULL);
}

static void
choose_rev(const char *rev, const char *path)
{
	struct mvc_names set;

	project_again(&p);
	cr_assert_eq(mvc_choose_rev(&set, p.work, rev, &path, 1), 0, "%s",
	    mvc_error_text());
	mvc_names_release(&set);
}

Test(work_checkout, a_revisions_pointer_is_set_and_staged)
{
	choose_rev("HEAD~1", "d");
	assert_prints(
	    "git diff --cached --name-only; git diff --name-only", "d.mvc\n");
	assert_all("~d/a +d/b -d/c ");
	choose_rev("main", "");
	assert_prints("git status --short", "");
}

Test(work_checkout, a_part_as_in_a_revision_leaves_the_rest)
{
	choose_rev("HEAD~1", "d/a");
	assert_all("~d/a ");
	assert_prints("cat d/a; ls d", "a1\na\nc\nlink\nnone\nsub\n");
}

Test(work_checkout, a_side_of_a_conflict_is_taken_from_the_index)
{
	struct mvc_choose_ops ops = {NULL, NULL};
	const char *path = "d";
	struct mvc_names set;

	sh("git checkout -q -b other HEAD~1");
	assert_all("~d/a +d/b -d/c ");
	sh("echo a3 >d/a && echo new >d/new");
	add("d");
	sh("git commit -qm three; git merge -q main >/dev/null 2>&1; "
	   "grep -q '^<<<<' d.mvc");
	cr_assert_eq(checkout(NULL), MVC_ECONFLICT);
	project_again(&p);
	cr_assert_eq(
	    mvc_choose_side(&set, p.work, MVC_SIDE_THEIRS, &path, 1, &ops), 0,
	    "%s", mvc_error_text());
	mvc_names_release(&set);
	assert_all("~d/a -d/b +d/c -d/new ");
	assert_prints("git diff --name-only --diff-filter=U", "");
}

Test(work_checkout, both_sides_are_kept_by_a_merge)
{
	struct mvc_choose_ops ops = {NULL, NULL};
	const char *path = "d";
	struct mvc_names set;

	sh("git checkout -q -b other HEAD~1");
	assert_all("~d/a +d/b -d/c ");
	sh("echo a3 >d/a && echo new >d/new");
	add("d");
	sh("git commit -qm three; git merge -q main >/dev/null 2>&1; true");
	project_again(&p);
	cr_assert_eq(
	    mvc_choose_side(&set, p.work, MVC_SIDE_MERGE, &path, 1, &ops), 0,
	    "%s", mvc_error_text());
	mvc_names_release(&set);
	assert_all("+d/a.theirs -d/b +d/c ");
	assert_prints("cat d/a d/a.theirs d/new", "a3\na2\nnew\n");
}

/* The machine stopped, and started again, since the last checkout. */
static void
reboot(void)
{
	sh("sed -i 's/^[^ ]*/11111111-2222-3333-4444-555555555555/' "
	   ".git/mvc/checkout-running");
}

Test(work_checkout, after_a_power_cut_torn_files_are_restored)
{
	sh("head -c 9000 /dev/urandom >d/r && cksum <d/r >sum");
	add("d");
	sh("rm d/r d/c");
	assert_all("^d/c ^d/r ");
	sh("touch -r d/r t && truncate -s 4096 d/r && touch -r t d/r");
	assert_does(MVC_EFINDING, "!d/r ", NULL);
	reboot();
	assert_all("~d/r ");
	sh("cksum <d/r | cmp - sum");
	sh("touch -r d/r t && head -c 4096 /dev/zero | dd of=d/r conv=notrunc "
	   "2>/dev/null && touch -r t d/r");
	reboot();
	assert_all("~d/r ");
	sh("cksum <d/r | cmp - sum");
}

Test(work_checkout, after_a_power_cut_edits_are_still_the_users)
{
	sh("rm d/c");
	assert_all("^d/c ");
	sh("touch -r d/c t && echo cZ >d/c && touch -r t d/c");
	reboot();
	assert_does(MVC_EFINDING, "!d/c ", NULL);
	assert_prints("cat d/c", "cZ\n");
}

Test(work_checkout, after_a_power_cut_nothing_torn_is_recorded)
{
	static const struct mvc_add_opts o;
	static const struct mvc_add_ops ops = {.root = on_root};
	const char *path = "d";

	sh("rm d/c");
	assert_all("^d/c ");
	sh("touch -r d/c t && : >d/c && touch -r t d/c && rm t");
	reboot();
	project_again(&p);
	cr_assert_eq(mvc_add(p.work, &path, 1, &o, &ops, NULL), MVC_ECHANGED);
	assert_all("~d/c ");
	add("d");
	assert_prints("cat d/c; git status --short", "c2\n");
}

Test(work_checkout, after_a_power_cut_torn_files_of_another_version_go)
{
	sh("head -c 9000 /dev/urandom >d/r");
	add("d");
	sh("git commit -qm three && rm d/r");
	assert_all("^d/r ");
	sh("touch -r d/r t && truncate -s 4200 d/r && touch -r t d/r && rm t");
	reboot();
	sh("git checkout -q HEAD~1");
	assert_all("-d/r ");
	sh("test ! -e d/r");
}

/* The stat cache takes the file as it is for what it knew there. */
static void
trust(const char *name)
{
	MVC_OWN(mvc_statcursor) *k = NULL;
	MVC_OWN(mvc_statupdate) *u = NULL;
	const struct mvc_stat_entry *was;
	struct mvc_stat_entry e;
	struct stat st;

	cr_assert_eq(mvc_statcursor_new(&k, p.work->cache), 0);
	cr_assert_eq(mvc_statcursor_find(&was, k, name), 0);
	e = *was;
	cr_assert_eq(stat(name, &st), 0);
	mvc_stat_fill(&e, &st);
	e.path = name;
	e.path_len = strlen(name);
	e.flags = 0;
	cr_assert_eq(mvc_statupdate_new(&u, p.work->cache), 0);
	cr_assert_eq(mvc_statupdate_set(u, &e, true), 0);
	cr_assert_eq(mvc_statupdate_commit(u), 0);
	project_again(&p);
}

Test(work_checkout, after_a_power_cut_zeros_with_the_right_stat_are_found)
{
	static const struct mvc_add_opts o;
	static const struct mvc_add_ops ops = {.root = on_root};
	const char *path = "d";

	sh("rm d/c");
	assert_all("^d/c ");
	sh("touch -r d/c t && truncate -s 0 d/c && truncate -s 3 d/c && "
	   "touch -r t d/c && rm t");
	usleep(20000);
	trust("d/c");
	assert_all("");
	reboot();
	project_again(&p);
	cr_assert_eq(mvc_add(p.work, &path, 1, &o, &ops, NULL), MVC_ECHANGED);
	project_again(&p);
	assert_all("~d/c ");
	assert_prints("cat d/c; git status --short", "c2\n");
}

static int
try_add(const char *path)
{
	static const struct mvc_add_opts o;
	static const struct mvc_add_ops ops = {.root = on_root};

	project_again(&p);
	return mvc_add(p.work, &path, 1, &o, &ops, NULL);
}

Test(work_checkout, after_a_power_cut_what_is_no_leftover_is_added)
{
	sh("head -c 300 /dev/zero >.git/mvc/checkout-running");
	sh("echo new >d/new && echo junk >junk && echo edited >d/c");
	add("junk");
	add("d");
	sh("rm -r d junk");
	assert_all("^d/a ^d/c ^d/link ^d/new ^d/sub/s ^junk ");
	assert_prints("cat junk d/new d/c", "junk\nnew\nedited\n");
}

Test(
    work_checkout, after_a_power_cut_without_a_stat_cache_nothing_torn_is_added)
{
	sh("head -c 9000 /dev/urandom >d/r");
	add("d");
	sh("rm d/r");
	assert_all("^d/r ");
	sh("head -c 4096 d/r >t && head -c 4904 /dev/zero >>t && cat t >d/r && "
	   "rm .git/mvc/statcache*");
	reboot();
	sh("sed -i 's/[^ ]*$/0/' .git/mvc/checkout-running");
	cr_assert_eq(try_add("d"), MVC_ECHANGED);
	sh("echo mine >d/r");
	add("d");
}

Test(work_checkout, after_a_power_cut_what_a_checkout_was_putting_is_not_added)
{
	sh("head -c 9000 /dev/urandom >r");
	add("r");
	sh("printf 'mvc checkout 1\\n1 %%s 9000 x/r\\0' "
	   "\"$(sed -n 's/^oid //p' r.mvc)\" "
	   ">.git/mvc/checkout-0123456789abcdef");
	sh("echo 'another 1 0' >.git/mvc/checkout-running");
	sh("mkdir x && head -c 8500 r >x/r");
	cr_assert_eq(try_add("x"), MVC_ECHANGED);
	sh("cp r x/r");
	add("x");
}

Test(work_checkout, after_a_power_cut_torn_files_that_are_left_out_go)
{
	sh("head -c 9000 /dev/urandom >d/r && echo u >d/u");
	add("d");
	sh("rm d/r");
	assert_all("^d/r ");
	cr_assert_eq(mvc_sparse_write(".git", "/d/sub\n"), 0);
	sh("truncate -s 4096 d/r && echo user >d/u && "
	   "rm .git/mvc/statcache*");
	sh("echo 'another 1 0' >.git/mvc/checkout-running");
	assert_all("-d/r ");
	assert_prints("ls d/r 2>/dev/null; cat d/u", "user\n");
}
