/*
 * Repositories made by git itself, in a scratch folder that is also HOME:
 * Test(git_file, sentence, .init = git_enter, .fini = scratch_leave).
 */
#ifndef MVC_TESTS_GITREPO_H
#define MVC_TESTS_GITREPO_H

#include "git/repo.h"

/* Into a scratch folder, with a fixed author and no settings of the machine. */
void git_enter(void);
/* Run a shell command there, which must succeed. */
void sh(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same, and whether what it prints is exactly `expected`. */
void assert_sh(const char *expected, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Open from the current folder; must succeed. */
struct mvc_repo *git_open(void);
/* The scratch folder, without links in its path. */
const char *git_top(void);
/* 0 is expected; shows the error's text otherwise. */
void assert_done(int err);
/* The code is expected, and the text to hold `part`. */
void assert_refused(int err, int code, const char *part);

#endif
