/*
 * Small committed files of a repository (.gitattributes, .mvc/README, …), kept
 * in the work tree and in the index alike: what is staged is the index's own
 * version plus the change, never the user's unstaged edits.
 */
#ifndef MVC_CMD_SETUP_H
#define MVC_CMD_SETUP_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

struct mvc_buf;
struct mvc_index;
struct mvc_repo;

/* What .gitattributes must say. */
extern const char *const mvc_attribute_lines[];
#define MVC_ATTRIBUTE_LINES 2

/* Append the work tree's file; nothing where it is missing. A link on the way
 * is MVC_EDENIED. */
int mvc_setup_read(
    struct mvc_buf *out, struct mvc_repo *r, const char *path) MVC_MUST;

/* Whether the work tree's file has the line; a missing file has none. */
int mvc_setup_has_line(
    bool *has, struct mvc_repo *r, const char *path, const char *line) MVC_MUST;

/* Put the edited text into out; *changed: it differs. */
typedef int mvc_setup_fn(
    struct mvc_buf *out, const char *text, size_t n, void *arg, bool *changed);

/* Edit the file in the work tree and, by itself, in the index; one that is
 * left empty goes. In the index only where a sparse checkout leaves it out;
 * MVC_ECONFLICT where it is in a conflict. *changed unless nothing was to do. */
int mvc_setup_edit(bool *changed, struct mvc_repo *r, struct mvc_index *idx,
    const char *path, mvc_setup_fn *edit, void *arg) MVC_MUST;

/* Add mvc's lines to .gitattributes where missing, or take them away. */
int mvc_setup_attributes(bool *changed, struct mvc_repo *r,
    struct mvc_index *idx, bool add) MVC_MUST;

/* Write the file unless it is there, and stage it unless it is staged. NULL
 * text: stage only. */
int mvc_setup_file(struct mvc_repo *r, struct mvc_index *idx, const char *path,
    const char *text) MVC_MUST;

/* Remove it from the work tree and from the index; missing is fine. */
int mvc_setup_remove(
    struct mvc_repo *r, struct mvc_index *idx, const char *path) MVC_MUST;

#endif
