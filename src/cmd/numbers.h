/* What files of numbers say, and how that differs between two sides. */
#ifndef MVC_CMD_NUMBERS_H
#define MVC_CMD_NUMBERS_H

#include "cmd/sides.h"

/* Of the first side of the command's words, or the work tree. */
int mvc_numbers_show(struct mvc_env *env, enum mvc_numbers which) MVC_MUST;

/* From one side to the other: HEAD and the work tree where they are not said.
 * With `all` what is the same is told too. MVC_EFINDING with exit_code where
 * anything differs. */
int mvc_numbers_diff(struct mvc_env *env, enum mvc_numbers which, bool all,
    bool exit_code) MVC_MUST;

/* As it is printed: numbers exactly, texts as they are; for free(). */
char *mvc_numbers_value(const struct mvc_run_value *v);
void mvc_numbers_json(struct mvc_json *j, const struct mvc_run_value *v);

#endif
