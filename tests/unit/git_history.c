#include "git/history.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

/* A repository whose main has p.mvc in two versions, entered. */
static struct mvc_repo *
make(void)
{
	sh("git init -q r && cd r && echo v1 >p.mvc && git add . && "
	   "git commit -qm first && echo v2 >p.mvc && git commit -qam second");
	cr_assert_eq(chdir("r"), 0);
	return git_open();
}

/* Contents, each as " TEXT" (a newline as '.'), in the order they came. */
struct got {
	char text[8192];
	bool paths;
};

static int
keep(void *arg, const struct mvc_git_pointer *p)
{
	struct got *g = arg;
	size_t n = strlen(g->text);

	cr_assert_eq(p->p[p->n], 0);
	snprintf(g->text + n, sizeof(g->text) - n, " %s%s%.*s",
	    g->paths ? p->path : "", g->paths ? "=" : "",
	    p->n ? (int)p->n - 1 : 0, p->p);
	return 0;
}

static void
assert_reached(struct mvc_repo *r, const char *text)
{
	struct got g = {"", false};
	char word[64];

	assert_done(mvc_history_pointers(r, keep, &g));
	strncat(g.text, " ", 2);
	snprintf(word, sizeof(word), " %s ", text);
	cr_assert_not_null(
	    strstr(g.text, word), "%s is not in%s", text, g.text);
	cr_assert_null(strstr(strstr(g.text, word) + 1, word), "twice");
}

static void
assert_not_reached(struct mvc_repo *r, const char *text)
{
	struct got g = {"", false};

	assert_done(mvc_history_pointers(r, keep, &g));
	cr_assert_null(strstr(g.text, text), "%s is in%s", text, g.text);
}

Test(git_history, revisions_resolve_to_commits, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	struct mvc_gitid a, b;

	assert_done(mvc_rev_resolve(&a, r, "HEAD"));
	sh("git tag -a -m t v1.0 && test $(git rev-parse HEAD) = %s",
	    mvc_gitid_hex(&a).s);
	assert_done(mvc_rev_resolve(&b, r, "v1.0"));
	cr_assert(mvc_gitid_eq(&a, &b));
	assert_done(mvc_rev_resolve(&b, r, "HEAD^{/first}"));
	cr_assert_not(mvc_gitid_eq(&a, &b));
	assert_refused(mvc_rev_resolve(&a, r, "none"), MVC_ENOTFOUND, "none");
	assert_refused(mvc_rev_resolve(&a, r, "-x"), MVC_EINVALID, "-x");
	assert_refused(
	    mvc_rev_resolve(&a, r, "HEAD:p.mvc"), MVC_EINVALID, "no commit");
}

static void
assert_rev_path(struct mvc_repo *r, const char *arg, const char *want)
{
	MVC_OWN_MEM char *path = NULL;
	struct mvc_gitid id;

	assert_done(mvc_rev_path(&id, &path, r, arg));
	cr_assert_str_eq(path, want);
	cr_assert_eq(id.n, 20);
}

Test(git_history, rev_and_path_are_taken_apart_as_git_does, GIT)
{
	MVC_OWN(mvc_repo) *top = make(), *r = NULL;
	struct mvc_gitid id;
	char *path;

	(void)top;
	sh("mkdir -p a/b");
	cr_assert_eq(chdir("a/b"), 0);
	r = git_open();
	assert_rev_path(r, "HEAD:x/y", "x/y");
	assert_rev_path(r, "HEAD:./y", "a/b/y");
	assert_rev_path(r, "HEAD:../y//z", "a/y/z");
	assert_rev_path(r, "HEAD:", "");
	assert_rev_path(r, "HEAD^{/first}:c:d", "c:d");
	assert_refused(mvc_rev_path(&id, &path, r, "HEAD:../../../y"),
	    MVC_EINVALID, "out of");
	assert_refused(
	    mvc_rev_path(&id, &path, r, "model.pt"), MVC_EUSAGE, "REV:PATH");
	assert_refused(
	    mvc_rev_path(&id, &path, r, ":x"), MVC_EUSAGE, "REV:PATH");
}

Test(git_history, blob_at_a_revision_is_read_with_a_cap, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(100), tiny = MVC_BUF_INIT(2);
	struct mvc_gitid id;

	sh("mkdir d && echo deep >d/x && git add . && git commit -qm 3");
	assert_done(mvc_rev_resolve(&id, r, "HEAD"));
	assert_done(mvc_rev_read(&b, r, &id, "d/x"));
	cr_assert_str_eq(b.data, "deep\n");
	assert_refused(mvc_rev_read(&tiny, r, &id, "d/x"), MVC_ETOOBIG, "d/x");
	assert_refused(
	    mvc_rev_read(&b, r, &id, "d/none"), MVC_ENOTFOUND, "d/none");
	assert_refused(
	    mvc_rev_read(&b, r, &id, "d/x/y"), MVC_ENOTFOUND, "d/x/y");
	assert_refused(mvc_rev_read(&b, r, &id, "d"), MVC_EINVALID, "folder");
}

Test(git_history, pointers_of_a_commit_are_listed_below_a_path, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	struct got all = {"", true}, below = {"", true}, one = {"", true},
		   none = {"", true};
	struct mvc_gitid id;

	sh("mkdir -p d/e && echo a >d/a.mvc && echo b >d/e/b.mvc && "
	   "echo c >d/c.txt && ln -s a.mvc d/link.mvc && "
	   "head -c 5000 /dev/zero >d/big.mvc && git add . && git commit -qm 3");
	assert_done(mvc_rev_resolve(&id, r, "HEAD"));
	assert_done(mvc_rev_pointers(r, &id, "", keep, &all));
	cr_assert_str_eq(all.text, " d/a.mvc=a d/e/b.mvc=b p.mvc=v2");
	assert_done(mvc_rev_pointers(r, &id, "d/e", keep, &below));
	cr_assert_str_eq(below.text, " d/e/b.mvc=b");
	assert_done(mvc_rev_pointers(r, &id, "d/a.mvc", keep, &one));
	cr_assert_str_eq(one.text, " d/a.mvc=a");
	assert_done(mvc_rev_pointers(r, &id, "nowhere", keep, &none));
	cr_assert_str_eq(none.text, "");
}

static int
stop(void *arg, const struct mvc_git_pointer *p)
{
	++*(int *)arg;
	return mvc_fail(MVC_EFINDING, "enough");
}

Test(git_history, callback_that_says_no_stops_the_walk, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	int n = 0;

	assert_refused(
	    mvc_history_pointers(r, stop, &n), MVC_EFINDING, "enough");
	cr_assert_eq(n, 1);
}

/* ---- what keeps a pointer alive ---- */

Test(git_history, every_commit_counts_and_each_pointer_comes_once, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("mkdir q && cp p.mvc q/same.mvc && git add . && git commit -qm 3 && "
	   "git rm -q p.mvc && git commit -qm 4");
	assert_reached(r, "v1");
	assert_reached(r, "v2");
}

/* Commit TEXT as p.mvc on a branch of its own, then back to main. */
static void
side_commit(const char *text)
{
	sh("git checkout -q --detach && echo %s >p.mvc && git commit -qam s && "
	   "git update-ref refs/heads/side HEAD && git checkout -q main",
	    text);
}

static void
forget_reflogs(void)
{
	sh("git reflog expire --expire=now --all");
}

Test(git_history, refs_of_every_kind_count_packed_or_not, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	side_commit("tagged");
	sh("git tag -a -m t one side && git tag -a -m tt two one && "
	   "git update-ref -d refs/heads/side");
	side_commit("custom");
	sh("git update-ref refs/mvc/deep/x side && git branch -qD side");
	side_commit("packed");
	sh("git branch -qm side kept && git pack-refs --all && git gc -q");
	side_commit("loose");
	sh("git update-ref refs/trees/t $(git rev-parse side^{tree}) && "
	   "git branch -qD side");
	forget_reflogs();
	assert_reached(r, "tagged");
	assert_reached(r, "custom");
	assert_reached(r, "packed");
	assert_reached(r, "loose");
}

Test(git_history, unreachable_commit_does_not_count, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	side_commit("lost");
	sh("git branch -qD side");
	assert_reached(r, "lost");
	forget_reflogs();
	sh("rm -f .git/ORIG_HEAD");
	assert_not_reached(r, "lost");
	assert_reached(r, "v1");
}

Test(git_history, deleted_branch_counts_while_a_reflog_names_it, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	side_commit("amended");
	sh("git checkout -q side && echo after >p.mvc && "
	   "git commit -q --amend -am s && git checkout -q main && "
	   "git branch -qD side && rm -f .git/ORIG_HEAD");
	assert_reached(r, "amended");
	assert_reached(r, "after");
}

Test(git_history, stash_counts_with_index_and_untracked_and_older_ones, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("echo staged >p.mvc && git add p.mvc && echo changed >p.mvc && "
	   "echo untracked >u.mvc && git stash -q -u && "
	   "echo newer >p.mvc && git stash -q");
	assert_reached(r, "staged");
	assert_reached(r, "changed");
	assert_reached(r, "untracked");
	assert_reached(r, "newer");
}

Test(git_history, index_counts_before_any_commit, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && cd r && echo staged >s.mvc && git add . && "
	   "echo n >n.mvc && git add -N n.mvc");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	assert_reached(r, "staged");
}

Test(git_history, conflict_stages_and_split_index_count, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("a=$(echo ours | git hash-object -w --stdin) && "
	   "b=$(echo theirs | git hash-object -w --stdin) && "
	   "printf '100644 %%s 2\\tc.mvc\\n100644 %%s 3\\tc.mvc\\n' $a $b | "
	   "git update-index --index-info");
	assert_reached(r, "ours");
	assert_reached(r, "theirs");
	sh("git update-index --split-index && echo last >l.mvc && git add l.mvc");
	assert_reached(r, "last");
	assert_reached(r, "theirs");
}

Test(git_history, linked_work_trees_count_with_head_index_and_own_refs, GIT)
{
	MVC_OWN(mvc_repo) *r = make(), *w = NULL;

	sh("git worktree add -q --detach ../w && cd ../w && "
	   "echo detached >p.mvc && git commit -qam d && "
	   "echo staged >p.mvc && git add . && "
	   "t=$(echo bisect | git hash-object -w --stdin) && "
	   "t=$(printf '100644 blob %%s\\tb.mvc\\n' $t | git mktree) && "
	   "git update-ref refs/bisect/bad $(git commit-tree -m b $t)");
	forget_reflogs();
	assert_reached(r, "detached");
	assert_reached(r, "staged");
	assert_reached(r, "bisect");
	cr_assert_eq(chdir("../w"), 0);
	w = git_open();
	assert_reached(w, "detached");
	assert_reached(w, "v1");
}

Test(git_history, operations_under_way_count, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	side_commit("picked");
	sh("git rev-parse side >../picked");
	side_commit("rebased");
	sh("git rev-parse side >../rebased");
	side_commit("fetched");
	sh("echo \"$(git rev-parse side)\tbranch 'x' of y\" >.git/FETCH_HEAD && "
	   "git branch -qD side && mkdir .git/rebase-merge && "
	   "cp ../rebased .git/rebase-merge/autostash && "
	   "cp ../picked .git/CHERRY_PICK_HEAD");
	forget_reflogs();
	assert_reached(r, "picked");
	assert_reached(r, "rebased");
	assert_reached(r, "fetched");
}

Test(git_history, gone_object_behind_a_stale_pseudo_ref_is_passed_over, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("echo 1111111111111111111111111111111111111111 >.git/ORIG_HEAD");
	assert_reached(r, "v1");
}

Test(git_history, missing_object_behind_a_ref_is_an_error, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	struct got g = {"", false};

	sh("id=$(git rev-parse HEAD~1:p.mvc) && "
	   "rm -f .git/objects/$(echo $id | cut -c1-2)/$(echo $id | cut -c3-)");
	assert_refused(
	    mvc_history_pointers(r, keep, &g), MVC_ENOTFOUND, "missing");
}

Test(git_history, shallow_clone_ends_at_its_boundary, GIT)
{
	MVC_OWN(mvc_repo) *full = make(), *r = NULL;
	struct got g = {"", false};

	(void)full;
	sh("git clone -q --depth 1 file://$PWD ../s");
	cr_assert_eq(chdir("../s"), 0);
	r = git_open();
	assert_done(mvc_history_pointers(r, keep, &g));
	cr_assert_str_eq(g.text, " v2");
}

Test(git_history, partial_clone_is_refused_until_all_pointers_are_there, GIT)
{
	MVC_OWN(mvc_repo) *full = make(), *r = NULL, *again = NULL;
	struct got g = {"", false};

	(void)full;
	sh("git config uploadpack.allowfilter true && "
	   "git clone -q --filter=blob:none file://$PWD ../p");
	cr_assert_eq(chdir("../p"), 0);
	r = git_open();
	assert_refused(mvc_history_pointers(r, keep, &g), MVC_EAGAIN,
	    "git fetch --refetch --no-filter");
	sh("git fetch -q --refetch --no-filter");
	again = git_open();
	assert_reached(again, "v1");
	assert_reached(again, "v2");
}

Test(git_history, treeless_clone_is_refused_too, GIT)
{
	MVC_OWN(mvc_repo) *full = make(), *r = NULL;
	struct got g = {"", false};

	(void)full;
	sh("git config uploadpack.allowfilter true && "
	   "git clone -q --no-checkout --filter=tree:0 file://$PWD ../p");
	cr_assert_eq(chdir("../p"), 0);
	r = git_open();
	assert_refused(
	    mvc_history_pointers(r, keep, &g), MVC_EAGAIN, "partial clone");
}

Test(git_history, bare_repository_has_pointers_too, GIT)
{
	MVC_OWN(mvc_repo) *full = make(), *r = NULL;

	(void)full;
	sh("git clone -q --bare . ../b.git");
	cr_assert_eq(chdir("../b.git"), 0);
	r = git_open();
	assert_reached(r, "v1");
}

Test(git_history, names_with_newline_and_invalid_utf8_are_found, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	struct got g = {"", true};
	struct mvc_gitid id;

	scratch_write("n\n\xff.mvc", "odd\n");
	sh("git add . && git commit -qm 3");
	assert_done(mvc_rev_resolve(&id, r, "HEAD"));
	assert_done(mvc_rev_pointers(r, &id, "", keep, &g));
	cr_assert_str_eq(g.text, " n\n\xff.mvc=odd p.mvc=v2");
}

/* ---- a path's versions ---- */

static int
note(void *arg, const struct mvc_version *v)
{
	struct got *g = arg;
	size_t n = strlen(g->text);

	cr_assert_str_eq(v->author, "Ada");
	cr_assert_str_eq(v->email, "ada@example.org");
	cr_assert_eq(v->offset, 60);
	snprintf(g->text + n, sizeof(g->text) - n, "%s:%.*s ", v->subject,
	    v->p ? (int)v->n - 1 : 3, v->p ? v->p : "---");
	return 0;
}

static void
assert_log(struct mvc_repo *r, unsigned limit, const char *want)
{
	struct got g = {"", false};
	struct mvc_gitid head;

	assert_done(mvc_rev_resolve(&head, r, "HEAD"));
	assert_done(mvc_history_log(r, &head, "p.mvc", limit, note, &g));
	cr_assert_str_eq(g.text, want, "%s", g.text);
}

/* Each commit a second later than the last. */
static void
at(int second)
{
	char date[64];

	snprintf(date, sizeof(date), "%d +0100", 1700000000 + second);
	setenv("GIT_AUTHOR_DATE", date, 1);
	setenv("GIT_COMMITTER_DATE", date, 1);
}

Test(git_history, log_shows_the_commits_that_changed_a_path, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	at(1);
	sh("echo x >x && git add x && git commit -qm other");
	at(2);
	sh("git rm -q p.mvc && git commit -qm removed");
	at(3);
	sh("echo v3 >p.mvc && git add . && git commit -qm back");
	assert_log(r, 0, "back:v3 removed:--- second:v2 first:v1 ");
	assert_log(r, 1, "back:v3 ");
	sh("git checkout -q HEAD~2");
	assert_log(r, 1, "second:v2 ");
}

Test(git_history, log_follows_merges_as_git_does, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	at(1);
	sh("git checkout -qb side && echo s >p.mvc && git commit -qam side");
	at(2);
	sh("git checkout -q main && echo x >x && git add x && "
	   "git commit -qm other");
	at(3);
	sh("git merge -q --no-edit side");
	assert_log(r, 0, "side:s second:v2 first:v1 ");
	at(4);
	sh("git checkout -q -b two HEAD^1 && echo t >p.mvc && "
	   "git commit -qam two && git checkout -q main");
	at(5);
	sh("git merge -q two >/dev/null 2>&1; echo both >p.mvc && "
	   "git commit -qam both");
	assert_log(r, 0, "both:both two:t side:s second:v2 first:v1 ");
	assert_sh("both two side second first ",
	    "git log --format='%%s' -- p.mvc | tr '\\n' ' '");
}

Test(git_history, log_ends_at_a_shallow_boundary, GIT)
{
	MVC_OWN(mvc_repo) *full = make(), *r = NULL;

	(void)full;
	sh("git clone -q --depth 1 file://$PWD ../s");
	cr_assert_eq(chdir("../s"), 0);
	r = git_open();
	assert_log(r, 0, "second:v2 ");
}
