/* Usage texts, made from the tables. */
#ifndef MVC_CMD_USAGE_H
#define MVC_CMD_USAGE_H

#include "cmd/cmd.h"
#include "util/buf.h"

/* "usage: mvc add [-u] PATH..." and its alternatives. */
int mvc_usage_line(struct mvc_buf *out, const struct mvc_cmd *cmd) MVC_MUST;
/* The same with verbs and options: what `mvc CMD -h` prints. */
int mvc_usage_full(struct mvc_buf *out, const struct mvc_cmd *cmd) MVC_MUST;
/* All commands by group: what `mvc help` prints. */
int mvc_usage_all(struct mvc_buf *out) MVC_MUST;

#endif
