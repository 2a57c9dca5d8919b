#include "git/index.h"
#include "git/repo.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

/* A path below the scratch folder. */
static void
assert_at(const char *path, const char *rel)
{
	char want[8192];

	snprintf(want, sizeof(want), "%s%s%s", git_top(), *rel ? "/" : "", rel);
	cr_assert_str_eq(path, want);
}

Test(git_repo, is_found_from_a_folder_below_it, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && mkdir -p r/a/b");
	cr_assert_eq(chdir("r/a/b"), 0);
	r = git_open();
	assert_at(r->worktree, "r");
	assert_at(r->gitdir, "r/.git");
	assert_at(r->commondir, "r/.git");
	assert_at(r->index_path, "r/.git/index");
	cr_assert_str_eq(r->prefix, "a/b/");
	cr_assert_not(r->bare || r->shallow || r->partial || r->linked);
}

Test(git_repo, is_told_by_its_absence_to_run_init, GIT)
{
	struct mvc_repo *r;

	setenv("GIT_CEILING_DIRECTORIES", git_top(), 1);
	sh("mkdir x && cd x");
	assert_refused(mvc_repo_open(&r, NULL), MVC_ENOTFOUND, "mvc init");
	cr_assert_null(r);
}

Test(git_repo, above_a_ceiling_is_not_found, GIT)
{
	struct mvc_repo *r;
	char ceiling[4200];

	sh("git init -q . && mkdir -p x/y");
	snprintf(ceiling, sizeof(ceiling), "%s/x", git_top());
	setenv("GIT_CEILING_DIRECTORIES", ceiling, 1);
	cr_assert_eq(chdir("x/y"), 0);
	assert_refused(mvc_repo_open(&r, NULL), MVC_ENOTFOUND, "x/y");
}

Test(git_repo, git_dir_makes_the_current_folder_the_work_tree, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL, *other = NULL;

	sh("git init -q r && mkdir -p elsewhere/z");
	setenv("GIT_DIR", "../r/.git", 1);
	cr_assert_eq(chdir("elsewhere"), 0);
	r = git_open();
	assert_at(r->worktree, "elsewhere");
	assert_at(r->gitdir, "r/.git");
	cr_assert_str_eq(r->prefix, "");
	setenv("GIT_WORK_TREE", "..", 1);
	setenv("GIT_INDEX_FILE", "my-index", 1);
	other = git_open();
	assert_at(other->worktree, "");
	assert_at(other->index_path, "my-index");
	cr_assert_str_eq(other->prefix, "elsewhere/");
}

Test(git_repo, linked_work_tree_shares_the_common_folder, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && cd r && git commit -q --allow-empty -m 1 && "
	   "git worktree add -q ../w");
	cr_assert_eq(chdir("w"), 0);
	r = git_open();
	assert_at(r->worktree, "w");
	assert_at(r->gitdir, "r/.git/worktrees/w");
	assert_at(r->commondir, "r/.git");
	assert_at(r->index_path, "r/.git/worktrees/w/index");
	cr_assert(r->linked);
}

Test(git_repo, linked_work_tree_by_relative_paths_opens, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && cd r && git commit -q --allow-empty -m 1 && "
	   "git worktree add -q ../w && "
	   "echo 'gitdir: ../r/.git/worktrees/w' >../w/.git && "
	   "echo ../../../../w/.git >.git/worktrees/w/gitdir && "
	   "git config core.repositoryformatversion 1 && "
	   "git config extensions.relativeWorktrees true");
	cr_assert_eq(chdir("w"), 0);
	r = git_open();
	assert_at(r->worktree, "w");
	assert_at(r->gitdir, "r/.git/worktrees/w");
}

struct listing {
	char text[16384];
};

static int
list(void *arg, const struct mvc_worktree *w)
{
	struct listing *l = arg;
	size_t n = strlen(l->text), top = strlen(git_top()) + 1;

	snprintf(l->text + n, sizeof(l->text) - n, "%s%s %s\n",
	    w->main ? "*" : "", w->gitdir + top, w->path ? w->path + top : "-");
	return 0;
}

Test(git_repo, lists_every_work_tree_from_any_of_them, GIT)
{
	struct listing l = {""}, again = {""};
	MVC_OWN(mvc_repo) *r = NULL, *w = NULL;

	sh("git init -q r && cd r && git commit -q --allow-empty -m 1 && "
	   "git worktree add -q ../w && git worktree add -q ../gone && "
	   "rm -r ../gone");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	assert_done(mvc_repo_worktrees(r, list, &l));
	cr_assert_not_null(strstr(l.text, "*r/.git r\n"));
	cr_assert_not_null(strstr(l.text, "\nr/.git/worktrees/w w\n"));
	cr_assert_not_null(strstr(l.text, "\nr/.git/worktrees/gone -\n"));
	cr_assert_eq(chdir("../w"), 0);
	w = git_open();
	assert_done(mvc_repo_worktrees(w, list, &again));
	cr_assert_str_eq(l.text, again.text);
}

Test(git_repo, submodule_is_a_repository_of_its_own, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	struct listing l = {""};

	sh("git init -q s && git -C s commit -q --allow-empty -m 1 && "
	   "git init -q r && cd r && git submodule --quiet add ../s sub && "
	   "mkdir sub/x");
	cr_assert_eq(chdir("r/sub/x"), 0);
	r = git_open();
	assert_at(r->worktree, "r/sub");
	assert_at(r->gitdir, "r/.git/modules/sub");
	cr_assert_str_eq(r->prefix, "x/");
	cr_assert_not(r->linked);
	assert_done(mvc_repo_worktrees(r, list, &l));
	cr_assert_str_eq(l.text, "*r/.git/modules/sub r/sub\n");
}

Test(git_repo, bare_one_has_no_work_tree, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	struct listing l = {""};

	sh("git init -q --bare b.git");
	cr_assert_eq(chdir("b.git"), 0);
	r = git_open();
	cr_assert(r->bare);
	cr_assert_null(r->worktree);
	assert_refused(mvc_repo_need_worktree(r), MVC_EINVALID, "bare");
	assert_done(mvc_repo_worktrees(r, list, &l));
	cr_assert_str_eq(l.text, "*b.git -\n");
}

Test(git_repo, shallow_and_partial_clones_are_known, GIT)
{
	MVC_OWN(mvc_repo) *shallow = NULL, *partial = NULL;

	sh("git init -q r && cd r && git commit -q --allow-empty -m 1 && "
	   "git commit -q --allow-empty -m 2 && "
	   "git config uploadpack.allowfilter true");
	sh("git clone -q --depth 1 file://$PWD/r s && "
	   "git clone -q --filter=blob:none file://$PWD/r p");
	cr_assert_eq(chdir("s"), 0);
	shallow = git_open();
	cr_assert(shallow->shallow && !shallow->partial);
	cr_assert_eq(chdir("../p"), 0);
	partial = git_open();
	cr_assert(partial->partial && !partial->shallow);
}

Test(git_repo, worktree_config_is_read_above_the_common_one, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;

	sh("git init -q r && cd r && git config core.fileMode true && "
	   "git config extensions.worktreeConfig true && "
	   "git config --worktree core.fileMode false");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	cr_assert_not(r->filemode);
}

Test(git_repo, sha256_and_reftable_are_refused_by_name, GIT)
{
	struct mvc_repo *r;

	sh("git init -q --object-format=sha256 s && git init -q t && cd t && "
	   "git config core.repositoryformatversion 1 && "
	   "git config extensions.refStorage reftable");
	cr_assert_eq(chdir("s"), 0);
	assert_refused(mvc_repo_open(&r, NULL), MVC_EVERSION, "objectFormat");
	cr_assert_eq(chdir("../t"), 0);
	assert_refused(mvc_repo_open(&r, NULL), MVC_EVERSION, "refStorage");
}

Test(git_repo, of_another_user_is_refused_unless_it_is_safe, GIT)
{
	MVC_OWN(mvc_repo) *trusted = NULL;
	struct mvc_repo *r;

	if (geteuid() != 0)
		cr_skip_test("only root can give files away");
	sh("git init -q r && chown -R 12345:12345 r");
	cr_assert_eq(chdir("r"), 0);
	assert_refused(mvc_repo_open(&r, NULL), MVC_EDENIED, "safe.directory");
	sh("git config --global --add safe.directory $PWD");
	trusted = git_open();
}

Test(git_repo, safe_directory_is_read_as_git_reads_it, GIT)
{
	static const struct {
		const char *value;
		bool safe;
	} cases[] = {{"*", true}, {"$PWD/", true}, {"${PWD%/*}/*", true},
	    {"~/r", true}, {"", false}, {"${PWD}x", false}, {"/", false},
	    {"$PWD/*", false}};
	struct mvc_repo *r;

	if (geteuid() != 0)
		cr_skip_test("only root can give files away");
	sh("git init -q r && chown -R 12345:12345 r");
	cr_assert_eq(chdir("r"), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sh("git config --global safe.directory \"%s\"", cases[i].value);
		cr_assert_eq(mvc_repo_open(&r, NULL),
		    cases[i].safe ? 0 : MVC_EDENIED, "%s", cases[i].value);
		mvc_repo_free(r);
	}
	sh("git config --file .git/config safe.directory '*'");
	assert_refused(mvc_repo_open(&r, NULL), MVC_EDENIED, "belongs");
	sh("git config --global --unset safe.directory; "
	   "git config --global --add safe.directory '*' && "
	   "git config --global --add safe.directory ''");
	assert_refused(mvc_repo_open(&r, NULL), MVC_EDENIED, "belongs");
}

Test(git_repo, what_is_written_is_shared_whatever_the_umask, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	MVC_OWN(mvc_index) *idx = NULL;
	char id[33];

	sh("git init -q --shared=group s");
	cr_assert_eq(chdir("s"), 0);
	umask(077);
	r = git_open();
	assert_done(mvc_repo_clone_id(id, r, true));
	assert_done(mvc_index_open(&idx, r));
	assert_done(mvc_index_add(idx, "a.mvc", 0100644, "x\n", 2));
	assert_done(mvc_index_commit(idx));
	umask(022);
	assert_sh("2770d 440f 660f ",
	    "find .git/config .git/index .git/objects/?? -printf '%%m%%y\\n' | "
	    "sort -u | tr '\\n' ' '");
}

Test(git_repo, shared_repository_says_which_bits_to_add, GIT)
{
	static const struct {
		const char *value;
		mode_t bits;
	} cases[] = {{"umask", 0}, {"group", 0660}, {"true", 0660},
	    {"everybody", 0664}, {"0640", 0640}, {"nonsense", 0}};

	sh("git init -q .");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MVC_OWN(mvc_repo) *r = NULL;

		sh("git config core.sharedRepository %s", cases[i].value);
		r = git_open();
		cr_assert_eq(r->shared, cases[i].bits, "%s", cases[i].value);
	}
}

Test(git_repo, init_honours_the_default_branch_and_keeps_what_is_there, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL, *again = NULL;

	sh("git config --global init.defaultBranch trunk");
	assert_done(mvc_repo_init(&r, "new/deep"));
	assert_at(r->worktree, "new/deep");
	assert_sh("trunk\n", "git -C new/deep symbolic-ref --short HEAD");
	sh("git -C new/deep commit -q --allow-empty -m 1");
	assert_done(mvc_repo_init(&again, "new/deep"));
	assert_sh("1\n", "git -C new/deep log --format=%%s");
}

static void
assert_path(struct mvc_repo *r, const char *arg, const char *want)
{
	MVC_OWN_MEM char *path = NULL;

	assert_done(mvc_repo_path(&path, r, arg));
	cr_assert_str_eq(path, want, "%s: %s", arg, path);
}

Test(git_repo, paths_are_made_relative_to_the_work_tree, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL;
	char abs[8192];
	char *path;

	sh("git init -q r && mkdir -p r/a/b && ln -s r link");
	cr_assert_eq(chdir("r/a"), 0);
	r = git_open();
	assert_path(r, "x", "a/x");
	assert_path(r, "./b//c/../d/", "a/b/d");
	assert_path(r, "..", "");
	assert_path(r, "../...", "...");
	snprintf(abs, sizeof(abs), "%s/r/q/w", git_top());
	assert_path(r, abs, "q/w");
	snprintf(abs, sizeof(abs), "%s/link/a/none/x", git_top());
	assert_path(r, abs, "a/none/x");
	snprintf(abs, sizeof(abs), "%s/r", git_top());
	assert_path(r, abs, "");
	assert_refused(
	    mvc_repo_path(&path, r, "../../x"), MVC_EINVALID, "outside");
	assert_refused(
	    mvc_repo_path(&path, r, "../../r2"), MVC_EINVALID, "outside");
	assert_refused(
	    mvc_repo_path(&path, r, "/etc/passwd"), MVC_EINVALID, "outside");
	assert_refused(
	    mvc_repo_path(&path, r, "../.git/x"), MVC_EINVALID, "Git's own");
	assert_refused(mvc_repo_path(&path, r, ""), MVC_EINVALID, "empty");
}

Test(git_repo, clone_id_is_made_once_and_shared_by_work_trees, GIT)
{
	MVC_OWN(mvc_repo) *r = NULL, *w = NULL;
	char id[33], again[33];

	sh("git init -q r && cd r && git commit -q --allow-empty -m 1 && "
	   "git worktree add -q ../w");
	cr_assert_eq(chdir("r"), 0);
	r = git_open();
	assert_refused(mvc_repo_clone_id(id, r, false), MVC_ENOTFOUND, "id");
	assert_done(mvc_repo_clone_id(id, r, true));
	cr_assert_eq(strlen(id), 32);
	cr_assert_eq(chdir("../w"), 0);
	w = git_open();
	assert_done(mvc_repo_clone_id(again, w, false));
	cr_assert_str_eq(id, again);
	sh("git config mvc.clone nonsense");
	assert_refused(
	    mvc_repo_clone_id(again, w, true), MVC_EINVALID, "mvc.clone");
}

Test(git_repo, clone_id_made_by_several_at_once_is_one, GIT)
{
	char id[33];

	sh("git init -q .");
	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			struct mvc_repo *r;

			alarm(30);
			if (mvc_repo_open(&r, NULL) ||
			    mvc_repo_clone_id(id, r, true))
				_exit(1);
			sh("echo %s >>ids", id);
			_exit(0);
		}
	for (int i = 0, status; i < 8; i++) {
		cr_assert_gt(wait(&status), 0);
		cr_assert_eq(status, 0);
	}
	sh("test $(git config --get-all mvc.clone | wc -l) = 1");
	sh("test $(sort -u ids | wc -l) = 1 && grep -q $(git config mvc.clone) "
	   "ids");
}
