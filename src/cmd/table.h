/* A table of texts, for people: columns as wide as what is in them. */
#ifndef MVC_CMD_TABLE_H
#define MVC_CMD_TABLE_H

#include "cmd/env.h"
#include "work/work.h"

struct mvc_table {
	size_t columns;
	struct mvc_names cells; /* row after row, the heads first */
};
void mvc_table_release(struct mvc_table *t);

/* The next cell; names are escaped, so that no one commands a terminal. */
int mvc_table_add(struct mvc_table *t, const char *text) MVC_MUST;
void mvc_table_print(struct mvc_env *env, const struct mvc_table *t);

#endif
