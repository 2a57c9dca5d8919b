/*
 * A run that a program records as it goes, in several calls:
 *
 *     GITDIR/mvc/recording/TOKEN/state      a record of a run that failed:
 *                                           what it is until it has ended. Its
 *                                           outputs of the kind "failed" are to
 *                                           become data, the "loose" ones are
 *                                           metrics.
 *     GITDIR/mvc/recording/TOKEN/metrics    a line is added by each call
 *
 * The state is replaced as a whole, under a lock that is held for that alone;
 * of the metrics a line that an end tore is passed over. Ending it a second
 * time, after a stop, makes the same record.
 */
#ifndef MVC_LINEAGE_RECORDING_H
#define MVC_LINEAGE_RECORDING_H

#include "lineage/running.h"

struct mvc_repo;

struct mvc_recording_token {
	char s[33];
};

/* As mvc_running_begin, kept. */
int mvc_recording_begin(struct mvc_recording_token *out, struct mvc_work *w,
    const struct mvc_running_opts *o) MVC_MUST;

/* More of them, checked as at the beginning; all or none. MVC_ENOTFOUND where
 * the token is none of an open run, here and below. */
int mvc_recording_inputs(
    struct mvc_work *w, const char *token, const char *const *paths) MVC_MUST;
int mvc_recording_outputs(struct mvc_work *w, const char *token,
    const char *const *outs, const char *const *metrics) MVC_MUST;

/* "KEY=VALUE": a number, true, false, null as JSON has them; else a text. */
int mvc_recording_params(struct mvc_repo *r, const char *token,
    const char *const *words, size_t n) MVC_MUST;

/* The same for metrics: open once, add any number, from several processes. */
int mvc_recording_metrics_open(
    int *fd, struct mvc_repo *r, const char *token) MVC_MUST;
int
mvc_recording_metric(int fd, const char *word, const int64_t *step) MVC_MUST;

/* To be ended by mvc_running_end() with *res, then dropped. */
int mvc_recording_resume(struct mvc_running **out, struct mvc_run_result *res,
    struct mvc_work *w, const char *token, int status) MVC_MUST;
int mvc_recording_drop(struct mvc_repo *r, const char *token) MVC_MUST;

/* The tokens of those that are open, ascending. */
int mvc_recording_list(struct mvc_names *out, struct mvc_repo *r) MVC_MUST;

#endif
