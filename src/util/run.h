/* A program run by its argument vector; never a shell. Thread-safe. */
#ifndef MVC_UTIL_RUN_H
#define MVC_UTIL_RUN_H

#include "util/buf.h"

#include <sys/types.h>

/*
 * Run argv (argv[0] is looked up in the absolute folders of PATH, NULL ends
 * it) in folder dir (NULL: here), with n bytes on its standard input, and
 * append its standard output to out (MVC_ETOOBIG past its maximum). *status is
 * its exit status. Ended by a signal: MVC_EIO; no such program: MVC_ENOTFOUND.
 * LC_ALL is C.
 */
struct mvc_run {
	const char *dir;
	const char *const *argv;
	const char *env; /* "NAME=VALUE" added to the environment, or NULL */
	const void *in;
	size_t n_in;
	struct mvc_buf *out; /* NULL: dropped */
	int status; /* result */
	char err[512]; /* result: the start of its standard error */
};
int mvc_run(struct mvc_run *run) MVC_MUST;
/* The same, and a status but 0 is MVC_EIO with what it said. */
int mvc_run_check(struct mvc_run *run) MVC_MUST;

/* A program to talk to: ours are the other ends of its standard handles; `in`
 * is a socket. -1: none, or closed. */
struct mvc_child {
	pid_t pid;
	int in, out, err;
};
#define MVC_CHILD_INIT         \
	{                      \
		-1, -1, -1, -1 \
	}

/* Start what run says in dir, argv and env. */
int mvc_child_start(struct mvc_child *c, const struct mvc_run *run) MVC_MUST;
/* Close its standard input, give it `ms` to end by itself, then tell it to; its
 * exit status, -1 where a signal ended it. out and err stay open. */
int mvc_child_end(struct mvc_child *c, unsigned ms);
/* Close what is open, tell it to end, and wait for it. */
void mvc_child_release(struct mvc_child *c);

#endif
