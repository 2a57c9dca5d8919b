/* Between recording.c and recording_metrics.c. */
#ifndef MVC_LINEAGE_RECORDING_PRIV_H
#define MVC_LINEAGE_RECORDING_PRIV_H

#include "lineage/record.h"

struct mvc_ctx;
struct mvc_repo;

#define RECORDING_METRICS "metrics"

/* The open folder of a token. */
int recording_open(int *fd, struct mvc_repo *r, const char *token) MVC_MUST;

/* What stands before the '=' of a word, for free(). */
int recording_key(char **out, const char *word) MVC_MUST;
/* Take what stands after it. */
int recording_value(struct mvc_run_value *v, const char *text) MVC_MUST;

/* Add what was logged, thinned where a record does not take so much. */
int recording_read_metrics(
    struct mvc_record *r, struct mvc_ctx *ctx, int fd) MVC_MUST;

#endif
