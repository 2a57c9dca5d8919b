/*
 * MVC_TRACE: one JSON object a line for each phase of a command:
 * {"phase":"add.scan","start_ms":0.1,"ms":12.5,"items":50000,"bytes":0}.
 * A NULL trace is off and costs a branch. Thread-safe.
 */
#ifndef MVC_UTIL_TRACE_H
#define MVC_UTIL_TRACE_H

#include "util/error.h"

#include <stdint.h>

struct mvc_trace;

/* where: "1" is stderr, else a file, appended to. NULL or "0": *out is NULL. */
int mvc_trace_open(struct mvc_trace **out, const char *where) MVC_MUST;
void mvc_trace_free(struct mvc_trace *t);

/* Monotonic nanoseconds, 0 when t is NULL: the start of a phase. */
uint64_t mvc_trace_start(struct mvc_trace *t);
/* Write the phase's line. `phase` is ROOM-OR-COMMAND.WHAT. */
void mvc_trace_end(struct mvc_trace *t, uint64_t start, const char *phase,
    uint64_t items, uint64_t bytes);

#endif
