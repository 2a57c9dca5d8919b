/* What the user may have meant. */
#ifndef MVC_CMD_SUGGEST_H
#define MVC_CMD_SUGGEST_H

#include "util/error.h"

#include <stddef.h>

/* The nearest of a list of words: near enough to be meant, or NULL. */
const char *mvc_suggest(const char *word, const char *const *list, size_t n);

/* MVC_EUSAGE for a command that is none: the mvc command for it where another
 * tool has it, else the nearest name. */
int mvc_no_command(const char *name) MVC_MUST;

#endif
