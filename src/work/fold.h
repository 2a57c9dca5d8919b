/*
 * Names that are one name to a file system that folds: case, and a letter with
 * its accent in one character or in two. Known are ASCII, Latin-1, Greek and
 * Cyrillic, and the accents of Latin-1. Not covered: other scripts, letters
 * that fold to several (ß), characters that a file system ignores, and Windows'
 * short names; there the second of two files finds the first in the way, as
 * something that is not mvc's. Bytes that are no UTF-8 stand for themselves.
 */
#ifndef MVC_WORK_FOLD_H
#define MVC_WORK_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* An order in which names that fold to the same are equal. */
int mvc_fold_cmp(const char *a, const char *b);
/* Sorts the names so, and whether two of them are equal: *i and the next. */
bool mvc_fold_find(size_t *i, const char **names, size_t n);

#endif
