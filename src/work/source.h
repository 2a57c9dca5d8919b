/*
 * A pointer's `source`: where imported data came from, in three words, percent
 * signs for what would take them apart (mvc-format(5), "Pointers").
 *
 *     URL [NAME:]COMMIT PATH     a path of a Git repository; NAME is the branch
 *                                or tag that is followed
 *     URL VERSION .              a file at a URL, as the server names its state
 *     NAME BLAKE3 .              an archive's file
 */
#ifndef MVC_WORK_SOURCE_H
#define MVC_WORK_SOURCE_H

#include "util/error.h"
#include "util/own.h"

#include <stdbool.h>

struct mvc_source_words {
	char *url, *rev, *path; /* decoded; owned */
};
void mvc_source_words_release(struct mvc_source_words *s);

/* For free(). An empty rev is "-". */
int mvc_source_format(
    char **out, const char *url, const char *rev, const char *path) MVC_MUST;
/* MVC_EINVALID: it is none. */
int mvc_source_parse(struct mvc_source_words *out, const char *text) MVC_MUST;

/* Whether it is a single file at a URL, by its scheme. */
bool mvc_source_is_file(const struct mvc_source_words *s);
/* Whether it is a path of a Git repository. */
bool mvc_source_is_git(const struct mvc_source_words *s);
/* The branch or tag that is followed; NULL: it stays at its commit. For
 * free(). */
int mvc_source_name(char **out, const struct mvc_source_words *s) MVC_MUST;
/* The commit. */
const char *mvc_source_commit(const struct mvc_source_words *s);

#endif
