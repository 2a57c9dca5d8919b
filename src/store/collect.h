/*
 * The constants of collection (DESIGN, Collection; tests/collection_model.py
 * is its checked model). Change them only with the model.
 */
#ifndef MVC_STORE_COLLECT_H
#define MVC_STORE_COLLECT_H

#include <stdint.h>

/* D: from reading the trash lists to putting a root, and from beginning to
 * read roots to deleting; seconds of CLOCK_BOOTTIME. */
#define MVC_COLLECT_DEADLINE 3600
/* G: nothing is deleted before it was condemned for so long; seconds. */
#define MVC_COLLECT_GRACE (14 * 86400)
#define MVC_COLLECT_GRACE_MIN 86400
/* W: how long after G a sweep may still start; seconds. */
#define MVC_COLLECT_KEEP (365 * 86400)

/* Seconds since boot, counting sleep. */
uint64_t mvc_boottime(void);

#endif
