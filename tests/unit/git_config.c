#include "git/config.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define GIT .init = git_enter, .fini = scratch_leave

static struct mvc_repo *
make(void)
{
	sh("git init -q r");
	cr_assert_eq(chdir("r"), 0);
	return git_open();
}

static void
assert_value(struct mvc_repo *r, const char *key, const char *want)
{
	MVC_OWN_MEM char *value = NULL;

	assert_done(mvc_config_string(&value, r, key));
	if (want)
		cr_assert_str_eq(value, want);
	else
		cr_assert_null(value);
}

Test(git_config, local_is_above_project_above_global, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	assert_value(r, "mvc.remote", NULL);
	sh("git config --global mvc.remote g");
	assert_value(r, "mvc.remote", "g");
	scratch_write(".mvc/config", "[mvc]\n\tremote = p\n");
	assert_done(mvc_config_reload(r));
	assert_value(r, "MVC.Remote", "p");
	sh("git config mvc.remote l");
	assert_value(r, "mvc.remote", "l");
	assert_value(NULL, "mvc.remote", "g");
}

Test(git_config, project_remote_is_overridden_under_its_full_name, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	scratch_write(".mvc/config", "[remote \"Lab\"]\n\turl = s3://lab/x\n");
	assert_value(r, "mvc.remote.Lab.url", "s3://lab/x");
	assert_value(r, "mvc.remote.lab.url", NULL);
	sh("git config mvc.remote.Lab.url /data");
	assert_value(r, "mvc.remote.Lab.url", "/data");
}

static void
collect(void *arg, const char *text)
{
	strncat(arg, text, 4000 - strlen(arg));
	strncat(arg, "\n", 4000 - strlen(arg));
}

Test(git_config, project_says_nothing_that_runs_or_leads_out, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	char warnings[4096] = "";

	scratch_write(
	    "evil", "[mvc]\n\tid = evil\n[core]\n\tpager = touch x\n");
	scratch_write(".mvc/config",
	    "[include]\n\tpath = ../evil\n"
	    "[includeIf \"gitdir:/\"]\n\tpath = ../evil\n"
	    "[core]\n\tfsmonitor = touch x\n"
	    "[mvc]\n\tstore = /etc\n\tthreads = 9\n"
	    "[remote \"a\"]\n\turl = ext::sh -c x\n"
	    "[remote \"b\"]\n\turl = https://me:secret@host/\n"
	    "[remote \"c\"]\n\turl = --upload-pack=x\n"
	    "[remote \"d\"]\n\turl = \"a\\nb\"\n"
	    "[remote \"e\"]\n\turl = ssh://me@host/x\n\tpassword = p\n");
	assert_value(r, "mvc.id", NULL);
	assert_value(r, "mvc.store", NULL);
	assert_value(r, "mvc.threads", NULL);
	assert_value(r, "core.fsmonitor", NULL);
	assert_value(r, "mvc.remote.a.url", NULL);
	assert_value(r, "mvc.remote.b.url", NULL);
	assert_value(r, "mvc.remote.c.url", NULL);
	assert_value(r, "mvc.remote.d.url", NULL);
	assert_value(r, "mvc.remote.e.url", "ssh://me@host/x");
	assert_done(mvc_config_warnings(r, collect, warnings));
	cr_assert_not_null(strstr(warnings, ".mvc/config:2: include.path"));
	cr_assert_not_null(strstr(warnings, ":8: mvc.store"));
	cr_assert_not_null(strstr(warnings, "holds a password"));
	cr_assert_null(strstr(warnings, "secret"));
}

Test(git_config, project_is_not_read_through_links, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	char *value;

	scratch_write("outside/config", "[mvc]\n\tid = outside\n");
	sh("ln -s outside .mvc");
	assert_refused(mvc_config_string(&value, r, "mvc.id"), MVC_EINVALID,
	    "plain folder");
	sh("rm .mvc && mkdir .mvc && ln -s ../outside/config .mvc/config");
	assert_refused(
	    mvc_config_string(&value, r, "mvc.id"), MVC_EINVALID, "plain file");
}

Test(git_config, project_comes_from_head_where_there_is_no_file, GIT)
{
	MVC_OWN(mvc_repo) *r = make(), *bare = NULL;

	scratch_write(".mvc/config", "[mvc]\n\tid = committed\n");
	sh("git add .mvc && git commit -qm 1 && rm -r .mvc && "
	   "git clone -q --bare . ../b.git");
	assert_value(r, "mvc.id", "committed");
	cr_assert_eq(chdir("../b.git"), 0);
	bare = git_open();
	assert_value(bare, "mvc.id", "committed");
}

Test(git_config, malformed_project_file_names_its_line, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	char *value;

	scratch_write(".mvc/config", "[mvc]\n<<<<<<< HEAD\n");
	assert_refused(mvc_config_string(&value, r, "mvc.id"), MVC_EINVALID,
	    ".mvc/config: line 2");
}

Test(git_config, bools_and_numbers_are_read_as_git_does, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	int64_t n;
	bool b;

	sh("printf '[mvc]\\n\\tflag\\n\\toff = no\\n\\tsize = 2g\\n"
	   "\\ttera = 3T\\n\\tbad = 5x\\n\\thuge = 99999999999t\\n' "
	   ">>.git/config");
	assert_done(mvc_config_bool(&b, r, "mvc.flag", false));
	cr_assert(b);
	assert_done(mvc_config_bool(&b, r, "mvc.off", true));
	cr_assert_not(b);
	assert_done(mvc_config_bool(&b, r, "mvc.none", true));
	cr_assert(b);
	assert_done(mvc_config_int(&n, r, "mvc.size", 1));
	cr_assert_eq(n, 2ll << 30);
	assert_done(mvc_config_int(&n, r, "mvc.tera", 1));
	cr_assert_eq(n, 3ll << 40);
	assert_done(mvc_config_int(&n, r, "mvc.none", -7));
	cr_assert_eq(n, -7);
	assert_refused(
	    mvc_config_int(&n, r, "mvc.bad", 1), MVC_EINVALID, "number");
	assert_refused(
	    mvc_config_int(&n, r, "mvc.huge", 1), MVC_EINVALID, "too big");
	assert_refused(
	    mvc_config_bool(&b, r, "mvc.size", 1), MVC_EINVALID, "true or");
}

static int
print(void *arg, const struct mvc_setting *s)
{
	char *out = arg;
	size_t n = strlen(out);

	snprintf(out + n, 4096 - n, "%s %s=%s\n", mvc_scope_name(s->scope),
	    s->key, s->value);
	return 0;
}

Test(git_config, lists_every_layer_from_the_weakest, GIT)
{
	MVC_OWN(mvc_repo) *r = make();
	char got[4096] = "", multi[4096] = "";

	sh("git config --global mvc.track.size 1g && "
	   "git config mvc.track.size 3k && git config --add mvc.track.size 4k");
	scratch_write(
	    ".mvc/config", "[track]\n\tsize = 2m\n[mvc]\n\tstore = /x\n");
	assert_done(mvc_config_list(r, "mvc.", print, got));
	cr_assert_str_eq(got,
	    "global mvc.track.size=1g\nproject mvc.track.size=2m\n"
	    "local mvc.track.size=3k\nlocal mvc.track.size=4k\n");
	assert_done(mvc_config_multi(r, "mvc.track.SIZE", print, multi));
	cr_assert_str_eq(got, multi);
}

Test(git_config, local_and_global_are_written_as_git_reads_them, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	assert_done(mvc_config_set(
	    r, MVC_SCOPE_LOCAL, "mvc.remote.lab.url", " a;b \"c\" "));
	assert_sh(" a;b \"c\" \n", "git config --local mvc.remote.lab.url");
	assert_done(mvc_config_set(r, MVC_SCOPE_GLOBAL, "mvc.x", "1"));
	assert_sh("1\n", "git config --global mvc.x");
	assert_done(mvc_config_add(r, MVC_SCOPE_LOCAL, "mvc.x", "2"));
	assert_done(mvc_config_add(r, MVC_SCOPE_LOCAL, "mvc.x", "3"));
	assert_sh("2\n3\n", "git config --local --get-all mvc.x");
	assert_refused(mvc_config_set(r, MVC_SCOPE_LOCAL, "mvc.x", "4"),
	    MVC_EINVALID, "several values");
	assert_done(mvc_config_unset(r, MVC_SCOPE_LOCAL, "mvc.x"));
	assert_refused(mvc_config_unset(r, MVC_SCOPE_LOCAL, "mvc.x"),
	    MVC_ENOTFOUND, "not set");
	assert_sh("1\n", "git config mvc.x");
	assert_refused(mvc_config_set(r, MVC_SCOPE_LOCAL, "nodot", "4"),
	    MVC_EINVALID, "no key");
}

Test(git_config, project_file_is_rewritten_with_its_comments_kept, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	assert_done(mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.id", "abc"));
	assert_done(mvc_config_set(
	    r, MVC_SCOPE_PROJECT, "mvc.remote.La b\"\\.url", "x # y"));
	assert_done(mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.remote", "La"));
	assert_sh("[mvc]\n\tid = abc\n\tremote = La\n"
		  "[remote \"La b\\\"\\\\\"]\n\turl = \"x # y\"\n",
	    "cat .mvc/config");
	assert_value(r, "mvc.remote.La b\"\\.url", "x # y");
	scratch_write(".mvc/config",
	    "# mine\n[mvc] id = abc ; old\n\n[track]\n\tsize = 1m # s\n"
	    "\tpattern = *.pt\n\tpattern = *.bin\n# end");
	assert_done(mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.id", "def"));
	assert_done(mvc_config_unset(r, MVC_SCOPE_PROJECT, "mvc.track.size"));
	assert_done(
	    mvc_config_add(r, MVC_SCOPE_PROJECT, "mvc.track.pattern", "*.h5"));
	assert_sh("# mine\n[mvc] id = def\n\n[track]\n\tpattern = *.pt\n"
		  "\tpattern = *.bin\n\tpattern = *.h5\n# end",
	    "cat .mvc/config");
	assert_refused(
	    mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.track.pattern", "x"),
	    MVC_EINVALID, "several values");
	assert_done(
	    mvc_config_unset(r, MVC_SCOPE_PROJECT, "mvc.track.pattern"));
	assert_sh(
	    "# mine\n[mvc] id = def\n\n[track]\n# end", "cat .mvc/config");
	assert_refused(
	    mvc_config_unset(r, MVC_SCOPE_PROJECT, "mvc.track.pattern"),
	    MVC_ENOTFOUND, "not set");
}

Test(git_config, project_refuses_to_be_given_other_keys_and_values, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	assert_refused(mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.store", "/x"),
	    MVC_EINVALID, "--local");
	assert_refused(mvc_config_set(r, MVC_SCOPE_PROJECT, "core.pager", "/x"),
	    MVC_EINVALID, "--local");
	assert_refused(mvc_config_set(r, MVC_SCOPE_PROJECT, "mvc.remote.a.url",
			   "http://u:p@h/"),
	    MVC_EINVALID, "password");
	cr_assert_neq(access(".mvc/config", F_OK), 0);
}

Test(git_config, edit_keeps_the_mode_and_follows_a_link, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("mv .git/config real && chmod 600 real && ln -s ../real .git/config");
	assert_done(mvc_config_set(r, MVC_SCOPE_LOCAL, "mvc.remote", "lab"));
	sh("test -L .git/config && ls -l real | grep -q ^-rw-------");
	sh("test $(git config mvc.remote) = lab");
	sh("test $(ls -A . .git | grep -c -e tmp -e lock) = 0");
}

Test(git_config, lock_of_a_dead_mvc_is_no_obstacle, GIT)
{
	MVC_OWN(mvc_repo) *r = make();

	sh("printf 'held by mvc\\n' >.git/config.lock");
	sh("echo junk >.git/config.mvc-tmp; touch .git/config.mvc-tmp.lock");
	assert_done(mvc_config_set(r, MVC_SCOPE_LOCAL, "mvc.remote", "lab"));
	sh("test $(git config mvc.remote) = lab");
	sh("test $(ls .git | grep -c -e tmp -e lock) = 0");
	sh("touch .git/config.lock");
	assert_refused(mvc_config_unset(r, MVC_SCOPE_LOCAL, "mvc.remote"),
	    MVC_EAGAIN, ".git/config.lock");
}
