/*
 * A folder for what is under way: it bears its process's lock, so that what is
 * left of one that was killed can be told, and removed.
 */
#ifndef MVC_UTIL_LEFTOVER_H
#define MVC_UTIL_LEFTOVER_H

#include "util/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Whether the open file or folder is nobody's: nobody holds its lock, which is
 * ours from now on, until it is closed. False where there are no locks. */
bool mvc_leftover_lock(int fd);

/* The bytes of the files in an open folder, however deep, which with `act` are
 * removed. Links are not followed; what cannot be removed stays. */
uint64_t mvc_leftover_clear(int fd, bool act);

#endif
