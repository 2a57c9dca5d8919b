#include "project.h"
#include "scratch.h"

#include "store/root.h"
#include "tree/walk.h"
#include "work/add.h"
#include "work/pointerfile.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static struct project p;
static struct mvc_add_opts opts;
static char said[4096];

static int
on_root(void *arg, const struct mvc_added *a)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%s%s +%d !%d -%d%s ",
	    a->is_new ? "new " : "", a->path, (int)a->added, (int)a->modified,
	    (int)a->deleted, a->changed ? "" : " same");
	return 0;
}

/* Add paths (NULL-ended), as a command of its own. */
static int
add(const char *path, ...)
{
	static const struct mvc_add_ops ops = {.root = on_root};
	struct mvc_writer_sums sums;
	const char *paths[8] = {path};
	size_t n = 1;
	va_list ap;

	va_start(ap, path);
	while ((paths[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	said[0] = 0;
	project_again(&p);
	return mvc_add(p.work, paths, n, &opts, &ops, &sums);
}

#define assert_adds(want, ...)                                          \
	do {                                                            \
		cr_assert_eq(                                           \
		    add(__VA_ARGS__, NULL), 0, "%s", mvc_error_text()); \
		cr_assert_str_eq(said, want);                           \
	} while (0)
#define assert_refuses(code, why, ...)                                     \
	do {                                                               \
		cr_assert_eq(                                              \
		    add(__VA_ARGS__, NULL), code, "%s", mvc_error_text()); \
		cr_assert(strstr(mvc_error_text(), why), "got: %s",        \
		    mvc_error_text());                                     \
	} while (0)

static int
on_entry(void *arg, const char *path, const struct mvc_entry *e)
{
	static const char marks[] = " -*@/";
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s%c%.*s ", path, marks[e->kind],
	    (int)e->target_len, e->target ? e->target : "");
	return 0;
}

/* The tree that the pointer names holds just this. */
static void
assert_holds(const char *pointer, const char *want)
{
	static const struct mvc_walk_ops ops = {.entry = on_entry};
	MVC_SCOPED(mvc_pointer) q = MVC_POINTER_INIT;

	project_again(&p);
	cr_assert_eq(
	    mvc_pointer_read(&q, AT_FDCWD, pointer), 0, "%s", mvc_error_text());
	said[0] = 0;
	cr_assert_eq(
	    mvc_tree_walk(mvc_store_source(p.store), &q.oid, &ops, NULL), 0,
	    "%s", mvc_error_text());
	cr_assert_str_eq(said, want);
}

static void
enter(void)
{
	project_new(&p);
	memset(&opts, 0, sizeof(opts));
}

static void
leave(void)
{
	project_close(&p);
	scratch_leave();
}

TestSuite(work_add, .init = enter, .fini = leave);

static void
make_data(void)
{
	scratch_write("d/a", "one");
	scratch_write("d/b/x", "two");
	scratch_write("d/b/y", "three");
	scratch_write("d/run", "run me!!!");
	sh("chmod +x d/run; ln -s b/x d/link; mkdir d/void; sleep 0.02");
}

Test(work_add, a_folder_gets_a_pointer_that_is_staged)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	assert_holds("d.mvc", "a- b/ b/x- b/y- link@b/x run* void/ ");
	assert_prints("git status --porcelain", "A  .gitignore\nA  d.mvc\n");
	assert_prints("cat .gitignore",
	    "# mvc: data that mvc tracks, kept sorted\n/d\n# mvc: end\n");
	assert_prints("git diff", "");
	assert_prints("sed 1,2d d.mvc", "type tree\nsize 20\nfiles 5\n");
}

Test(work_add, a_file_has_the_id_that_b3sum_prints)
{
	scratch_write("m/model", "");
	assert_adds("new m/model +1 !0 -0 ", "m/model");
	assert_prints("head -4 m/model.mvc",
	    "mvc pointer 1\noid af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112"
	    "b7cc9a93cae41f3262\ntype file\nsize 0\n");
	assert_prints("cat m/.gitignore",
	    "# mvc: data that mvc tracks, kept sorted\n/model\n# mvc: end\n");
}

Test(work_add, an_unchanged_root_is_left_alone)
{
	struct stat before, after;

	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	cr_assert_eq(stat("d.mvc", &before), 0);
	assert_adds("d +0 !0 -0 same ", "d");
	cr_assert_eq(stat("d.mvc", &after), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
	scratch_write("f", "1");
	sh("sleep 0.02");
	assert_adds("new f +1 !0 -0 ", "f");
	assert_adds("f +0 !0 -0 same ", "f");
}

Test(work_add, changes_are_recorded)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	sh("echo 2 >d/a; rm d/b/x; echo n >d/new; mkdir d/e; chmod -x d/run; "
	   "rm d/link; ln -s a d/link; rmdir d/void; sleep 0.02");
	assert_adds("d +1 !3 -1 ", "d");
	assert_holds("d.mvc", "a- b/ b/y- e/ link@a new- run- ");
	assert_adds("d +0 !0 -0 same ", "d");
}

Test(work_add, the_same_content_has_the_same_pointer_however_it_came)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	sh("cp d.mvc first; echo x >d/b/z; rm d/a");
	assert_adds("d +1 !0 -1 ", "d");
	sh("rm d/b/z; printf one >d/a");
	assert_adds("d +1 !0 -1 ", "d");
	assert_prints("cmp d.mvc first", "");
	sh("mv d e");
	assert_adds("new e +5 !0 -0 ", "e");
	assert_prints("cmp e.mvc first", "");
}

Test(work_add, a_part_of_a_root_can_be_added)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	sh("echo 2 >d/a; echo 2 >d/b/x; rm d/b/y; echo 3 >d/b/n; sleep 0.02");
	assert_adds("d +1 !1 -1 ", "d/b");
	assert_adds("d +0 !1 -0 ", "d/a", "d/b/n");
	assert_holds("d.mvc", "a- b/ b/n- b/x- link@b/x run* void/ ");
	sh("rm d/a");
	assert_adds("d +0 !0 -1 ", "d/a");
	assert_refuses(MVC_ENOTFOUND, "d/none is not here", "d/none");
}

Test(work_add, absent_is_not_deleted)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	/* A clone: the pointer, the store, and nothing else. */
	sh("rm -r d .git/mvc/statcache*; mkdir -p d/b; echo n >d/b/new; "
	   "sleep 0.02");
	assert_adds("d +1 !0 -0 ", "d");
	assert_holds("d.mvc", "a- b/ b/new- b/x- b/y- link@b/x run* void/ ");
	sh("echo m >d/b/m; echo k >d/k; sleep 0.02");
	assert_adds("d +2 !0 -0 ", "d");
	sh("rm d/b/new");
	assert_adds("d +0 !0 -1 ", "d");
	assert_holds("d.mvc", "a- b/ b/m- b/x- b/y- k- link@b/x run* void/ ");
}

Test(work_add, what_vanished_is_not_recorded_unasked)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	sh("cp d.mvc was; mv d/b d/link d/a .");
	assert_refuses(MVC_EFINDING, "4 of 5 files have vanished", "d");
	assert_prints("cmp d.mvc was", "");
	opts.vanished = true;
	assert_adds("d +0 !0 -4 ", "d");
	assert_holds("d.mvc", "run* void/ ");
}

Test(work_add, a_root_that_is_not_here_is_not_deleted)
{
	make_data();
	assert_adds("new d +5 !0 -0 ", "d");
	sh("mv d gone");
	assert_refuses(MVC_ENOTFOUND, "mvc rm stops tracking it", "d");
	opts.update = true;
	assert_adds("d +0 !0 -0 same ", "d");
	assert_prints("git diff", "");
	opts.update = false;
	assert_refuses(MVC_ENOTFOUND, "none is not here", "none");
}

Test(work_add, foreign_content_is_refused)
{
	scratch_write("d/a.mvc", "x");
	assert_refuses(MVC_EINVALID, "d/a.mvc: names that end in .mvc", "d");
	assert_refuses(MVC_EINVALID, "mvc add d/a", "d/a.mvc");
	scratch_write("l/a",
	    "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
	assert_refuses(MVC_EINVALID, "git lfs pull", "l");
	sh("mkdir v x; ln -s ../.dvc/cache/files/md5/00 v/a; "
	   "ln -s ../.git/annex/objects/k x/a; ln -s d e");
	assert_refuses(MVC_EINVALID, "dvc unprotect", "v");
	assert_refuses(MVC_EINVALID, "git annex unlock", "x");
	assert_refuses(MVC_EINVALID, "is a symbolic link", "e");
	assert_refuses(MVC_EINVALID, "whole repository", "");
	sh("mkdir pipe; mkfifo pipe/p");
	assert_refuses(MVC_EINVALID, "named pipe", "pipe");
	assert_prints("git status --porcelain | grep mvc$ || true", "");
}

Test(work_add, what_git_tracks_is_refused)
{
	scratch_write("d/a", "1");
	sh("git add d && git commit -qm x");
	assert_refuses(MVC_EINVALID, "git rm -r -q --cached d", "d");
	assert_refuses(MVC_EINVALID, "Git tracks", "d/a");
}

Test(work_add, another_repository_is_refused)
{
	sh("git init -q other; mkdir -p other/d sub; touch sub/.git");
	scratch_write("other/d/a", "x");
	assert_refuses(MVC_EINVALID, "other is a Git repository", "other");
	assert_refuses(MVC_EINVALID, "other is a Git repository", "other/d/a");
	assert_refuses(MVC_EINVALID, "sub is a Git repository", "sub");
}

Test(work_add, a_name_with_a_newline_is_hidden_from_git_too)
{
	scratch_write("a\nb", "x");
	assert_adds("new a\nb +1 !0 -0 ", "a\nb");
	assert_prints("git ls-files -o --exclude-standard", "");
}

Test(work_add, pointers_do_not_overlap)
{
	scratch_write("d/e/a", "1");
	scratch_write("d/f", "1");
	assert_adds("new d/e +1 !0 -0 ", "d/e");
	assert_refuses(MVC_EINVALID, "mvc rm --cached d/e", "d");
	assert_refuses(MVC_EINVALID, "add one of them", "q", "q/r");
}

Test(work_add, a_rule_that_hides_the_pointer_is_cited)
{
	scratch_write("d/a", "1");
	scratch_write(".gitignore", "x\n*.mvc\n");
	assert_refuses(MVC_EINVALID, ".gitignore:2", "d");
}

Test(work_add, unstaged_edits_of_gitignore_stay_unstaged)
{
	scratch_write(".gitignore", "*.o\n");
	sh("git add .gitignore; git commit -qm x; echo '*.mine' >>.gitignore");
	scratch_write("d/a", "1");
	assert_adds("new d +1 !0 -0 ", "d");
	assert_prints("git diff | grep '^[+-][^+-]'", "+*.mine\n");
	assert_prints("git diff --cached .gitignore | grep '^[+-][^+-]'",
	    "+# mvc: data that mvc tracks, kept sorted\n+/d\n+# mvc: end\n");
}

Test(work_add, nothing_is_staged_unless_wanted)
{
	scratch_write("d/a", "1");
	opts.no_stage = true;
	assert_adds("new d +1 !0 -0 ", "d");
	assert_prints("git status --porcelain", "?? .gitignore\n?? d.mvc\n");
	opts.no_stage = false;
	assert_adds("d +0 !0 -0 same ", "d");
	assert_prints("git status --porcelain", "A  .gitignore\nA  d.mvc\n");
}

Test(work_add, labels_stay_and_the_run_goes_when_content_changes)
{
	MVC_SCOPED(mvc_pointer) q = MVC_POINTER_INIT;

	scratch_write("d/a", "1");
	assert_adds("new d +1 !0 -0 ", "d");
	cr_assert_eq(mvc_pointer_read(&q, AT_FDCWD, "d.mvc"), 0);
	cr_assert_eq(mvc_pointer_label(&q, "licence", "MIT"), 0);
	q.has_run = true;
	q.source = strdup("u r p");
	cr_assert_eq(mvc_pointer_write(&q, AT_FDCWD, "d.mvc"), 0);
	sh("echo 'future thing' >>d.mvc; sleep 0.02");
	assert_adds("d +0 !0 -0 same ", "d");
	assert_prints("grep -c '^run\\|^source' d.mvc", "2\n");
	sh("sed -n 's/^oid/imported/p' d.mvc >was; echo 2 >d/a");
	assert_adds("d +0 !1 -0 ", "d");
	assert_prints("grep -v -f was d.mvc | sed 1,5d",
	    "source u r p\nlabel licence=MIT\nfuture thing\n");
	assert_prints("grep -c -f was d.mvc", "1\n");
	sh("printf 1 >d/a");
	assert_adds("d +0 !1 -0 ", "d");
	assert_prints("grep -c ^imported d.mvc; true", "0\n");
}

Test(work_add, another_version_in_the_pointer_is_not_undone)
{
	scratch_write("d/a", "1");
	scratch_write("f", "1");
	assert_adds("new d +1 !0 -0 new f +1 !0 -0 ", "d", "f");
	sh("cp d.mvc d1; cp f.mvc f1; echo 2 >d/a; echo 2 >f; sleep 0.02");
	assert_adds("d +0 !1 -0 f +0 !1 -0 ", "d", "f");
	sh("cp d.mvc d2; cp f.mvc f2; cp d1 d.mvc; cp f1 f.mvc");
	assert_refuses(MVC_ECONFLICT, "mvc checkout d", "d");
	assert_refuses(MVC_ECONFLICT, "mvc checkout f", "f");
	opts.force = true;
	assert_adds("d +0 !1 -0 f +0 !1 -0 ", "d", "f");
	assert_prints("cmp d.mvc d2; cmp f.mvc f2", "");
}

Test(work_add, a_file_may_become_a_folder_and_back)
{
	scratch_write("d", "1");
	assert_adds("new d +1 !0 -0 ", "d");
	sh("rm d; mkdir d; echo 1 >d/x; sleep 0.02");
	assert_adds("d +1 !0 -1 ", "d");
	assert_holds("d.mvc", "x- ");
	sh("rm d/x; mkdir d/x; echo 2 >d/x/y; sleep 0.02");
	opts.vanished = true;
	assert_adds("d +1 !0 -1 ", "d");
	assert_holds("d.mvc", "x/ x/y- ");
	sh("rm -r d; echo 3 >d; sleep 0.02");
	assert_adds("d +1 !0 -1 ", "d");
	assert_prints("grep type d.mvc", "type file\n");
}

Test(work_add, many_files_in_many_folders)
{
	sh("for i in $(seq 40); do mkdir -p d/$i/s; for k in $(seq 50); do "
	   "echo $i $k >d/$i/$k; done; echo $i >d/$i/s/z; done; "
	   "head -c 3000000 /dev/urandom >d/big; sleep 0.02");
	assert_adds("new d +2041 !0 -0 ", "d");
	assert_adds("d +0 !0 -0 same ", "d");
	sh("rm -r d/7; echo x >d/8/s/z");
	assert_adds("d +0 !1 -51 ", "d");
	sh("sleep 0.02");
	assert_adds("d +0 !0 -0 same ", "d");
}
