/*
 * What a command prints. Results go to stdout, warnings, errors and the
 * progress bar to stderr. When the reader of stdout has gone the process ends
 * quietly; other write errors are found by mvc_out_finish. For the main thread
 * alone, but mvc_note.
 */
#ifndef MVC_CMD_OUT_H
#define MVC_CMD_OUT_H

#include "cmd/human.h"
#include "text/json.h"

#include <stdbool.h>

struct mvc_bar;
struct mvc_ctx;
struct mvc_env;

struct mvc_out {
	bool quiet; /* -q: no chat, no bar */
	bool colour; /* stdout is a terminal that takes it */
	int column; /* where mvc_line's text begins, 9 at first */
	struct mvc_bar *bar;
	bool events; /* set before the bar starts: for a program */
	struct mvc_json json;
	struct mvc_buf names[4]; /* mvc_name's, in turn */
	unsigned turn;
};

void mvc_out_init(struct mvc_out *out);
void mvc_out_release(struct mvc_out *out);
/* Write what is buffered; an error here must not be lost. */
int mvc_out_finish(struct mvc_env *env) MVC_MUST;

/* Results, printed whatever the options. */
void mvc_print(struct mvc_env *env, const char *fmt, ...) MVC_PRINTF(2, 3);
void mvc_print_bytes(struct mvc_env *env, const void *p, size_t n);
/* Chat for people: nothing when quiet, or with --json. */
void mvc_say(struct mvc_env *env, const char *fmt, ...) MVC_PRINTF(2, 3);
/* A line on stderr, after "mvc: "; nothing when quiet. As it may hold names, it
 * is escaped. */
void mvc_note(struct mvc_env *env, const char *fmt, ...) MVC_PRINTF(2, 3);

/*
 * A line of results as in COMMANDS.md's first day (nothing with --json or
 * when quiet): the name, escaped, then the text from out.column on, then at
 * column 42 "next: " and what to type next, unless `next` is NULL.
 *
 *	images   +120 -1 files                    next: mvc add -u
 */
void mvc_line(struct mvc_env *env, const char *name, const char *next,
    const char *fmt, ...) MVC_PRINTF(4, 5);
/* Make room for a name of this length in the lines that follow. */
void mvc_line_fit(struct mvc_env *env, const char *name);

/* A name as mvc_human_name has it; the last four of these stay good. */
const char *mvc_name(struct mvc_env *env, const char *name);
/* The same for a name made of several parts. */
const char *
mvc_namef(struct mvc_env *env, const char *fmt, ...) MVC_PRINTF(2, 3);
/* A sentence that may hold names, as mvc_human_text has it. */
const char *mvc_sentence(struct mvc_env *env, const char *text);

/* Escape sequences, "" where stdout takes no colour. */
enum mvc_colour {
	MVC_PLAIN, /* back to normal */
	MVC_BOLD,
	MVC_RED,
	MVC_GREEN,
	MVC_YELLOW,
	MVC_DIM,
};
const char *mvc_colour(const struct mvc_env *env, enum mvc_colour c);

/* Whether the terminal knows no escape sequences. */
bool mvc_out_dumb(void);

/* JSON to stdout; end it with mvc_json_end's only: mvc_out_finish does the
 * rest, with a newline. */
struct mvc_json *mvc_out_json(struct mvc_env *env);

/* Show env->ctx.progress on stderr from now on, if it is a terminal and not
 * quiet; stop takes the bar away (and is fine when there is none). */
void mvc_bar_start(struct mvc_env *env);
void mvc_bar_stop(struct mvc_env *env);
/* Around anything printed while a bar may be there. */
void mvc_bar_hide(struct mvc_env *env);
void mvc_bar_show(struct mvc_env *env);

#endif
