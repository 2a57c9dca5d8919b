/*
 * A user's command, run in the foreground: it has our handles, and what is sent
 * to us while it runs goes on to it.
 */
#ifndef MVC_UTIL_COMMAND_H
#define MVC_UTIL_COMMAND_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

struct mvc_command {
	char *const *argv; /* NULL ends it; found as a shell would */
	char *const *env; /* NULL: ours */
	int folder; /* open: where it runs, plus 1; 0: here */
	int status; /* result: its exit status, */
	int signal; /* unless this is not 0: what ended it */
	uint64_t ns; /* result: how long it took */
	long pid; /* its own, while it runs */
	uint64_t begun; /* its own */
};

/*
 * Run it to its end. HUP, INT, QUIT, TERM, USR1, USR2 are sent on, but for those
 * that a terminal sends to both of us. MVC_ENOTFOUND, MVC_EDENIED, where it
 * could not be started. For a process without other threads.
 */
int mvc_command_run(struct mvc_command *c) MVC_MUST;

/*
 * The same of several at once: between begin and end, signals wait for
 * mvc_commands_wait(), which sends them on to all that run.
 */
struct mvc_commands {
	struct mvc_command **v; /* those that run; owned */
	size_t n;
	int signal; /* the last that came from outside and ends a program */
	struct mvc_commands_was *was; /* its own */
};
int mvc_commands_begin(struct mvc_commands *l) MVC_MUST;
/* As mvc_command_run() says, but it goes on; c must outlive it. */
int mvc_commands_start(struct mvc_commands *l, struct mvc_command *c) MVC_MUST;
/* Until one ends, with its results; *done NULL: none runs. */
int
mvc_commands_wait(struct mvc_command **done, struct mvc_commands *l) MVC_MUST;
/* None may run any more. */
void mvc_commands_end(struct mvc_commands *l);

#endif
