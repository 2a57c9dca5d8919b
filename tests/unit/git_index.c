#include "git/index.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

static struct mvc_index *
open_index(struct mvc_repo *r)
{
	struct mvc_index *idx;

	assert_done(mvc_index_open(&idx, r));
	return idx;
}

/* A repository with x, sub/a.mvc and sub/b.mvc committed, entered. */
static struct mvc_repo *
make(void)
{
	sh("git init -q r && cd r && mkdir sub && echo x >x && "
	   "echo one >sub/a.mvc && echo two >sub/b.mvc && git add . && "
	   "git commit -qm 1");
	cr_assert_eq(chdir("r"), 0);
	return git_open();
}

static void
assert_content(
    struct mvc_repo *r, const char *path, int stage, const char *want)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);
	MVC_OWN(mvc_index) *idx = open_index(r);

	assert_done(mvc_index_read(&b, idx, path, stage));
	cr_assert_str_eq(b.data, want);
}

static void
stage(struct mvc_repo *r, const char *path, const char *text)
{
	MVC_OWN(mvc_index) *idx = open_index(r);

	assert_done(mvc_index_add(idx, path, 0100644, text, strlen(text)));
	assert_done(mvc_index_commit(idx));
}

static int
print(void *arg, const struct mvc_index_entry *e)
{
	char *out = arg;
	size_t n = strlen(out);

	snprintf(out + n, 4096 - n, "%o %d %s%s%s\n", (unsigned)e->mode,
	    e->stage, e->path, e->intent ? " intent" : "",
	    e->skip ? " skip" : "");
	return 0;
}

static void
assert_pointers(struct mvc_repo *r, const char *want)
{
	MVC_OWN(mvc_index) *idx = open_index(r);
	char got[4096] = "";

	assert_done(mvc_index_each_pointer(idx, print, got));
	cr_assert_str_eq(got, want, "%s", got);
}

Test(git_index, entries_are_read_and_pointers_listed, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r);
	MVC_SCOPED(mvc_buf) small = MVC_BUF_INIT(2);

	assert_content(r, "sub/a.mvc", 0, "one\n");
	assert_pointers(r, "100644 0 sub/a.mvc\n100644 0 sub/b.mvc\n");
	assert_refused(
	    mvc_index_read(&small, idx, "sub/a.mvc", 0), MVC_ETOOBIG, "a.mvc");
	assert_refused(mvc_index_read(&small, idx, "sub", 0), MVC_ENOTFOUND,
	    "not in Git's index");
}

Test(git_index, that_is_not_there_yet_is_empty_and_can_be_written, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	assert_pointers(r, "");
	stage(r, "new.mvc", "n\n");
	assert_sh("n\n", "git show :new.mvc");
	assert_sh(
	    "100644 8ba3a16384aacc37d01564b28401755ce8053f51 0\tnew.mvc\n",
	    "git ls-files -s");
	sh("git fsck --strict >/dev/null 2>&1 && test ! -e .git/index.lock && "
	   "test $(ls .git | grep -c tmp) = 0");
}

Test(git_index, knows_what_git_tracks_at_or_below_a_path, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r);
	const char *below;

	cr_assert(mvc_index_tracks(idx, "x", &below));
	cr_assert_str_eq(below, "x");
	cr_assert(mvc_index_tracks(idx, "sub", &below));
	cr_assert_str_eq(below, "sub/a.mvc");
	cr_assert(mvc_index_tracks(idx, "", NULL));
	cr_assert_not(mvc_index_tracks(idx, "su", &below));
	cr_assert_null(below);
	cr_assert_not(mvc_index_tracks(idx, "sub/a", NULL));
	cr_assert_not(mvc_index_tracks(idx, "x/y", NULL));
}

Test(git_index, staging_leaves_the_work_tree_and_other_entries_alone, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("echo changed >x && git add x && echo again >x");
	stage(r, "sub/a.mvc", "new\n");
	assert_sh("MM x\nMM sub/a.mvc\n",
	    "git status --porcelain | sort -k2r | sed 's,^,,'");
	assert_sh("changed\n", "git show :x");
	assert_sh("one\n", "cat sub/a.mvc");
}

Test(git_index, staged_file_that_is_in_the_work_tree_is_clean_at_once, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	scratch_write("sub/a.mvc", "new\n");
	sh("sleep 1.1");
	stage(r, "sub/a.mvc", "new\n");
	sh("git diff-files --quiet -- sub/a.mvc");
}

Test(git_index, change_in_the_same_second_as_the_index_is_not_hidden, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	/* As long as what was staged, and as young as the index. */
	sh("echo 111 >x && git add x && echo 222 >x && "
	   "touch -r .git/index x && sleep 1.1");
	stage(r, "new.mvc", "n\n");
	assert_sh("x\n", "git diff --name-only -- x");
}

Test(git_index, removing_takes_all_stages_and_absent_is_fine, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r);

	assert_done(mvc_index_remove(idx, "sub/a.mvc"));
	assert_done(mvc_index_remove(idx, "none"));
	assert_done(mvc_index_add(idx, "run.sh", 0100755, "#!\n", 3));
	assert_refused(
	    mvc_index_add(idx, "l", 0120000, "x", 1), MVC_EINVALID, "mode");
	assert_done(mvc_index_commit(idx));
	assert_sh("run.sh\nsub/b.mvc\nx\n", "git ls-files");
	assert_sh("100755\n", "git ls-files -s run.sh | cut -c1-6");
}

Test(git_index, conflict_is_read_by_stage_and_resolved_by_staging, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("git checkout -qb other && echo theirs >sub/a.mvc && "
	   "git commit -qam t && git checkout -q main && "
	   "echo ours >sub/a.mvc && git commit -qam o && "
	   "! git merge -q other >/dev/null 2>&1");
	assert_pointers(r,
	    "100644 1 sub/a.mvc\n100644 2 sub/a.mvc\n100644 3 sub/a.mvc\n"
	    "100644 0 sub/b.mvc\n");
	assert_content(r, "sub/a.mvc", 1, "one\n");
	assert_content(r, "sub/a.mvc", 2, "ours\n");
	assert_content(r, "sub/a.mvc", 3, "theirs\n");
	stage(r, "sub/a.mvc", "both\n");
	assert_pointers(r, "100644 0 sub/a.mvc\n100644 0 sub/b.mvc\n");
	sh("git commit -qm merged");
	assert_sh("both\n", "git show HEAD:sub/a.mvc");
}

Test(git_index, announced_entry_has_no_content_yet, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = NULL;
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(4096);

	sh("echo n >n.mvc && git add -N n.mvc");
	assert_pointers(r,
	    "100644 0 n.mvc intent\n100644 0 sub/a.mvc\n"
	    "100644 0 sub/b.mvc\n");
	idx = open_index(r);
	assert_refused(
	    mvc_index_read(&b, idx, "n.mvc", 0), MVC_ENOTFOUND, "add -N");
	stage(r, "other.mvc", "o\n");
	assert_sh(" A n.mvc\nAD other.mvc\n", "git status --porcelain");
}

Test(git_index, lock_of_somebody_else_is_named, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r);

	assert_done(mvc_index_add(idx, "n.mvc", 0100644, "n", 1));
	sh("touch .git/index.lock");
	assert_refused(mvc_index_commit(idx), MVC_EAGAIN, ".git/index.lock");
	sh("touch .git/index.mvc-tmp");
	assert_refused(mvc_index_commit(idx), MVC_EAGAIN, ".git/index.lock");
	sh("rm .git/index.lock .git/index.mvc-tmp");
	assert_done(mvc_index_commit(idx));
	assert_sh("n.mvc\n", "git ls-files n.mvc");
}

Test(git_index, what_a_killed_writer_left_is_no_obstacle, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("echo junk >.git/index.mvc-tmp && touch .git/index.mvc-tmp.lock");
	stage(r, "n.mvc", "n\n");
	assert_sh("n.mvc\nsub/a.mvc\nsub/b.mvc\nx\n", "git ls-files");
	sh("test $(ls .git | grep -c -e tmp -e lock) = 0");
}

Test(git_index, lock_of_a_dead_mvc_goes_and_that_of_a_living_one_stays, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = NULL;
	MVC_OWN_FD int alive = -1;

	sh("printf 'held by mvc\\n' >.git/index.lock");
	idx = open_index(r);
	sh("test ! -e .git/index.lock");
	assert_done(mvc_index_add(idx, "n.mvc", 0100644, "n", 1));
	sh("printf 'held by mvc\\n' >.git/index.lock");
	alive = open(".git/index.lock", O_RDWR);
	cr_assert_eq(flock(alive, LOCK_EX), 0);
	assert_refused(mvc_index_commit(idx), MVC_EAGAIN, ".git/index.lock");
	sh("test -e .git/index.lock");
	close(alive);
	alive = -1;
	assert_done(mvc_index_commit(idx));
	assert_sh("n.mvc\n", "git ls-files n.mvc");
	sh("test ! -e .git/index.lock");
}

Test(git_index, change_made_since_it_was_opened_is_kept, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r);

	sh("echo y >y && git add y");
	assert_done(mvc_index_add(idx, "n.mvc", 0100644, "n", 1));
	assert_done(mvc_index_commit(idx));
	assert_sh("n.mvc\nsub/a.mvc\nsub/b.mvc\nx\ny\n", "git ls-files");
}

Test(git_index, file_in_place_of_a_tracked_folder_is_refused, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_OWN(mvc_index) *idx = open_index(r), *two = open_index(r);

	assert_done(mvc_index_add(idx, "sub", 0100644, "n", 1));
	assert_refused(mvc_index_commit(idx), MVC_ECONFLICT, "folder");
	assert_done(mvc_index_add(two, "x/y.mvc", 0100644, "n", 1));
	assert_refused(mvc_index_commit(two), MVC_ECONFLICT, "tracks x as");
	assert_sh("sub/a.mvc\nsub/b.mvc\nx\n", "git ls-files");
	sh("test ! -e .git/index.lock");
}

Test(git_index, keeps_the_trees_that_git_cached, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("mkdir big && touch big/1 big/2 && git add . && git commit -qm 2 && "
	   "git status >/dev/null");
	stage(r, "sub/a.mvc", "new\n");
	sh("grep -aq TREE .git/index && git fsck >/dev/null 2>&1 && git commit -qm 3");
	assert_sh("new\n", "git show HEAD:sub/a.mvc");
}

/* Split and sparse indexes: what git itself then says must be the same. */

static void
assert_foreign(struct mvc_repo *r)
{
	MVC_OWN(mvc_index) *idx = open_index(r), *locked = NULL;

	assert_content(r, "sub/a.mvc", 0, "one\n");
	cr_assert(mvc_index_tracks(idx, "sub", NULL));
	assert_done(mvc_index_add(idx, "n\n\xff.mvc", 0100755, "new\n", 4));
	assert_done(mvc_index_remove(idx, "sub/b.mvc"));
	assert_done(mvc_index_remove(idx, "none"));
	assert_done(mvc_index_commit(idx));
	assert_sh("new\n", "git show \":$(printf 'n\\n\\377.mvc')\"");
	assert_sh("\"n\\n\\377.mvc\"\nsub/a.mvc\nx\n", "git ls-files");
	sh("touch .git/index.lock");
	locked = open_index(r);
	assert_done(mvc_index_remove(locked, "sub/a.mvc"));
	assert_refused(mvc_index_commit(locked), MVC_EAGAIN, "index.lock");
}

Test(git_index, split_index_is_read_and_written_by_git, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("git config core.splitIndex true && git update-index --split-index "
	   "&& echo y >x && git add x && ls .git | grep -q sharedindex");
	assert_foreign(r);
}

Test(git_index, sparse_index_is_read_and_written_by_git, GIT)
{
	MVC_OWN(mvc_repo) *r = make(), *again = NULL;

	sh("mkdir -p far/off && echo f >far/off/f.mvc && git add far && "
	   "git commit -qm 2 && git sparse-checkout set --cone --sparse-index "
	   "sub && git ls-files --sparse | grep -q '^far/$'");
	again = git_open();
	assert_pointers(again,
	    "100644 0 far/off/f.mvc skip\n"
	    "100644 0 sub/a.mvc\n100644 0 sub/b.mvc\n");
	assert_content(again, "far/off/f.mvc", 0, "f\n");
	stage(again, "far/off/g.mvc", "g\n");
	assert_sh("g\n", "git show :far/off/g.mvc");
	sh("git rm -q --cached --sparse far/off/g.mvc far/off/f.mvc");
	assert_foreign(again);
}

Test(git_index, split_index_works_from_a_subfolder_with_git_variables, GIT)
{
	MVC_OWN(mvc_repo) *made = make(), *r = NULL;
	struct mvc_index *idx;

	(void)made;
	sh("git update-index --split-index && git update-index --add --cacheinfo"
	   " 100644,$(echo q | git hash-object -w --stdin),q");
	cr_assert_eq(chdir("sub"), 0);
	setenv("GIT_DIR", "../.git", 1);
	setenv("GIT_WORK_TREE", "..", 1);
	setenv("GIT_INDEX_FILE", ".git/index", 1);
	r = git_open();
	assert_content(r, "x", 0, "x\n");
	assert_done(mvc_index_open(&idx, r));
	assert_done(mvc_index_add(idx, "n.mvc", 0100644, "n\n", 2));
	assert_done(mvc_index_commit(idx));
	mvc_index_free(idx);
	assert_sh("n\n", "git show :n.mvc");
}

Test(git_index, name_with_newline_and_invalid_utf8_is_kept, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	stage(r, "n\n\xff.mvc", "new\n");
	assert_content(r, "n\n\xff.mvc", 0, "new\n");
	assert_sh("\"n\\n\\377.mvc\"\n", "git ls-files '*n.mvc' 'n*'");
}

Test(git_index, linked_work_tree_has_its_own, GIT)
{
	MVC_OWN(mvc_repo) *r = make(), *w = NULL;

	sh("git worktree add -q ../w");
	cr_assert_eq(chdir("../w"), 0);
	w = git_open();
	stage(w, "w.mvc", "w\n");
	assert_sh("w.mvc\n", "git ls-files w.mvc");
	assert_sh("", "git -C ../r ls-files w.mvc");
}

Test(git_index, corrupt_one_is_an_error_and_is_not_overwritten, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	struct mvc_index *idx;

	sh("head -c 60 .git/index >i && cp i .git/index");
	cr_assert_neq(mvc_index_open(&idx, r), 0);
	cr_assert_null(idx);
	sh("cmp i .git/index");
}
