/*
 * A command line against a command's table: -x, -xVALUE, -x VALUE, -xyz,
 * --name, --name=VALUE, --name VALUE, --na (a unique prefix), -- (only words
 * follow). Options may stand after words.
 */
#ifndef MVC_CMD_PARSE_H
#define MVC_CMD_PARSE_H

#include "cmd/cmd.h"

/* Options that mean the same everywhere. */
struct mvc_common {
	bool quiet, verbose, json, dry_run;
	int64_t jobs; /* 0: not given */
};

#define MVC_OPTS_MAX 48

/* An option and the struct that it fills. */
struct mvc_opt_ref {
	struct mvc_opt opt;
	char *base;
};

/* All options of a command, its own first, --help last; how many. args and
 * common may be NULL when nothing is to be filled. */
size_t mvc_opts_of(struct mvc_opt_ref out[MVC_OPTS_MAX],
    const struct mvc_cmd *cmd, void *args, struct mvc_common *common);

struct mvc_words {
	char **argv; /* the words, NULL after the last; owned, not the words */
	int argc;
	int dashdash; /* words before "--"; -1: there was none */
	bool help; /* -h or --help */
};
void mvc_words_release(struct mvc_words *w);

/* argv is what follows the command's name. MVC_EUSAGE says what is wrong and
 * what may have been meant. */
int mvc_parse(struct mvc_words *out, const struct mvc_cmd *cmd, void *args,
    struct mvc_common *common, int argc, char **argv) MVC_MUST;

/* What an option of MVC_OPT_SIZE takes: 500M, 2GB, 17. `name` is the option's,
 * for the message. */
int mvc_parse_size(uint64_t *out, const char *name, const char *text) MVC_MUST;

/* Free the lists in args. */
void mvc_args_release(const struct mvc_cmd *cmd, void *args);

#endif
