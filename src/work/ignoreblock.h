/*
 * mvc's own lines in a .gitignore, which keep tracked data out of Git. Pure.
 *
 *     # mvc: data that mvc tracks, kept sorted
 *     /images
 *     /model.pt
 *     # mvc: end
 *
 * Everything else in the file stays as it is, byte for byte. After a merge by
 * union the block may have lines twice, out of order, or be there twice: the
 * next edit makes one sorted block of it.
 */
#ifndef MVC_WORK_IGNOREBLOCK_H
#define MVC_WORK_IGNOREBLOCK_H

#include "util/buf.h"

#include <stdbool.h>

/* Append the line that ignores just this name (no LF). No line can hold a
 * newline: there any control character matches. */
int mvc_ignoreblock_escape(struct mvc_buf *out, const char *name) MVC_MUST;

/*
 * Put the text with the name's line added, or removed, into out (replaced).
 * *changed: out differs from the text. An empty block goes altogether.
 */
int mvc_ignoreblock_edit(struct mvc_buf *out, const char *text, size_t n,
    const char *name, bool add, bool *changed) MVC_MUST;

#endif
