/*
 * A user's command, run in the foreground: it has our handles, and what is sent
 * to us while it runs goes on to it.
 */
#ifndef MVC_UTIL_COMMAND_H
#define MVC_UTIL_COMMAND_H

#include "util/error.h"

#include <stdint.h>

struct mvc_command {
	char *const *argv; /* NULL ends it; found as a shell would */
	char *const *env; /* NULL: ours */
	int status; /* result: its exit status, */
	int signal; /* unless this is not 0: what ended it */
	uint64_t ns; /* result: how long it took */
};

/*
 * Run it to its end. HUP, INT, QUIT, TERM, USR1, USR2 are sent on, but for those
 * that a terminal sends to both of us. MVC_ENOTFOUND, MVC_EDENIED, where it
 * could not be started. For a process without other threads.
 */
int mvc_command_run(struct mvc_command *c) MVC_MUST;

#endif
