#include "util/run.h"
#include "gitrepo.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <string.h>

#define GIT .init = git_enter, .fini = scratch_leave

Test(util_run, gives_input_takes_output_and_status, GIT)
{
	static const char *const argv[] = {
	    "sh", "-c", "cat; echo $LC_ALL $X; pwd; echo e >&2; exit 3", NULL};
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1 << 20);
	struct mvc_run run = {.argv = argv,
	    .in = "in\n",
	    .n_in = 3,
	    .out = &out,
	    .dir = "/",
	    .env = "X=y"};

	setenv("X", "other", 1);
	assert_done(mvc_run(&run));
	cr_assert_eq(run.status, 3);
	cr_assert_str_eq(out.data, "in\nC y\n/\n");
	cr_assert_str_eq(run.err, "e\n");
	mvc_buf_clear(&out);
	assert_refused(mvc_run_check(&run), MVC_EIO, "sh -c failed (3): e");
}

Test(util_run, passes_much_both_ways_without_getting_stuck, GIT)
{
	static const char *const argv[] = {"cat", NULL};
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(1 << 23);
	size_t n = 3 << 20;
	char *in = malloc(n);
	struct mvc_run run = {.argv = argv, .in = in, .n_in = n, .out = &out};

	scratch_noise(in, n, 1);
	assert_done(mvc_run(&run));
	cr_assert_eq(out.len, n);
	cr_assert_eq(memcmp(out.data, in, n), 0);
	free(in);
}

Test(util_run, program_that_does_not_read_does_no_harm, GIT)
{
	static const char *const argv[] = {"true", NULL};
	size_t n = 3 << 20;
	char *in = calloc(1, n);
	struct mvc_run run = {.argv = argv, .in = in, .n_in = n};

	assert_done(mvc_run_check(&run));
	free(in);
}

Test(util_run, output_over_the_cap_ends_the_program, GIT)
{
	static const char *const argv[] = {"yes", NULL};
	MVC_SCOPED(mvc_buf) out = MVC_BUF_INIT(100000);
	struct mvc_run run = {.argv = argv, .out = &out};

	assert_refused(mvc_run(&run), MVC_ETOOBIG, "run yes");
}

Test(util_run, only_absolute_folders_of_path_are_searched, GIT)
{
	static const char *const argv[] = {"planted", NULL},
				 *const odd[] = {"./planted", NULL},
				 *const killed[] = {
				     "sh", "-c", "kill -9 $$", NULL};
	MVC_OWN_MEM char *path = strdup(getenv("PATH"));
	struct mvc_run run = {.argv = killed};

	assert_refused(mvc_run(&run), MVC_EIO, "signal 9");
	sh("printf '#!/bin/sh\\nexit 0\\n' >planted && chmod +x planted");
	setenv("PATH", ":.:relative", 1);
	run.argv = argv;
	assert_refused(mvc_run(&run), MVC_ENOTFOUND, "planted");
	run.argv = odd;
	assert_refused(mvc_run(&run), MVC_EINVALID, "not absolute");
	setenv("PATH", path, 1);
}
