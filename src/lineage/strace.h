/*
 * Which files a command opens, seen by strace(1): it sees static programs,
 * children, threads and direct system calls, as a preloaded library does not,
 * and where it may not trace nothing is traced. The tracer is no parent of the
 * command (-D), so that signals, status and terminal are as without it.
 */
#ifndef MVC_LINEAGE_STRACE_H
#define MVC_LINEAGE_STRACE_H

#include "util/buf.h"
#include "util/own.h"

#include <stdbool.h>

struct mvc_strace;

/*
 * Be ready to trace; `folder` is for its notes. MVC_ENOTFOUND: there is no
 * strace, or it may not trace here; the text says so.
 */
int mvc_strace_open(struct mvc_strace **out, const char *folder) MVC_MUST;
void mvc_strace_free(struct mvc_strace *t);
MVC_OWN_DEFINE(mvc_strace)

/* The command that runs argv and is traced; lives as long as t and argv.
 * MVC_ENOTFOUND where argv cannot be run: whoever runs it as it is hears why. */
int mvc_strace_command(
    char *const **out, struct mvc_strace *t, char *const *argv) MVC_MUST;

/*
 * After it has ended: each file opened to be read, by its absolute path, as
 * often as it was. MVC_EIO where the notes end too soon. A nonzero answer ends
 * it and is returned.
 */
int mvc_strace_read(struct mvc_strace *t,
    int (*each)(void *arg, const char *path), void *arg) MVC_MUST;

/*
 * A line of strace -f -y taken apart, in place: the path that was opened, or
 * NULL. *writes is whether it says that it is for writing alone; *unfinished,
 * that only a later line has the path. Pure.
 */
char *mvc_strace_line(char *line, bool *writes, bool *unfinished);

#endif
