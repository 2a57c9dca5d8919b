/*
 * A place in one directory, among its entries in name order, where nodes may
 * be passed over unread.
 *
 * The item at the cursor is an entry (level 0), or a whole node not entered
 * yet (level of the node that lists it, 1 or more). enter() goes to the first
 * item in that node, skip() to the item after the present one. Whatever is
 * entered is checked against what its parent says of it: level, sums, last
 * name, and all names above those of the node before.
 */
#ifndef MVC_TREE_CURSOR_H
#define MVC_TREE_CURSOR_H

#include "object/tree.h"

struct mvc_cursor;

/* At the end of nothing; source must outlive it. */
int mvc_cursor_new(
    struct mvc_cursor **out, const struct mvc_source *source) MVC_MUST;
void mvc_cursor_free(struct mvc_cursor *c);
MVC_OWN_DEFINE(mvc_cursor)

/*
 * Go to the first item of the directory's top node. `dir` is its entry, whose
 * sums are checked, or NULL where there is none (the root).
 */
int mvc_cursor_open(struct mvc_cursor *c, const struct mvc_oid *id,
    const struct mvc_entry *dir) MVC_MUST;
/* Back to the end of nothing. */
void mvc_cursor_close(struct mvc_cursor *c);

/* The sums of the directory that is open. */
void
mvc_cursor_sums(const struct mvc_cursor *c, uint64_t *size, uint64_t *files);

/* The item, NULL at the end; good until the cursor moves. */
const struct mvc_entry *mvc_cursor_item(const struct mvc_cursor *c);
/* The level of the item; 0 at the end. */
unsigned mvc_cursor_level(const struct mvc_cursor *c);
/* Whether nothing of the item's level follows it. */
bool mvc_cursor_is_last(const struct mvc_cursor *c);

/* The item must be a node. */
int mvc_cursor_enter(struct mvc_cursor *c) MVC_MUST;
void mvc_cursor_skip(struct mvc_cursor *c);

/* Pass what comes before the name; `also` it. Reads only on the way to it. */
int mvc_cursor_seek(
    struct mvc_cursor *c, const char *name, size_t len, bool also) MVC_MUST;

#endif
