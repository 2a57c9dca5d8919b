/*
 * Paths of the work tree, with their lengths, in path order: '/' is below every
 * other byte, and a prefix comes first, so what is in a folder follows it.
 */
#ifndef MVC_WORK_STATPATH_H
#define MVC_WORK_STATPATH_H

#include <stdbool.h>
#include <stddef.h>

int mvc_statpath_cmp(const char *a, size_t a_len, const char *b, size_t b_len);
/* Whether path lies below dir ("": everything does). */
bool mvc_statpath_below(
    const char *path, size_t len, const char *dir, size_t dir_len);
/* How many of the first n bytes are the same. */
size_t mvc_statpath_common(const char *a, const char *b, size_t n);

#endif
