/* What the plumbing commands share: kinds as words, ids as people type them. */
#ifndef MVC_CMD_OBJECT_H
#define MVC_CMD_OBJECT_H

#include "object/tree.h"

struct mvc_env;

/* "chunk", "recipe", "part", "tree". */
const char *mvc_kind_word(enum mvc_kind kind);
/* "file", "executable", "symlink", "tree". */
const char *mvc_entry_word(enum mvc_entry_kind kind);
/* 0 where the word is none. */
enum mvc_entry_kind mvc_entry_kind_of(const char *word, size_t n);

/* The fewest digits of an abbreviated id. */
#define MVC_ABBREV_MIN 4

/*
 * The one id of the store that begins with the digits, 64 or fewer, among
 * objects of the kind (0: any). MVC_ENOTFOUND; MVC_ECONFLICT lists those that
 * it may mean. Whole ids are not looked up.
 */
int mvc_id_find(struct mvc_oid *out, struct mvc_env *env, enum mvc_kind kind,
    const char *digits) MVC_MUST;

/* Undo mvc_human_name: a name in double quotes with escapes as in C, or as it
 * is. MVC_EINVALID. */
int mvc_name_unquote(struct mvc_buf *out, const char *p, size_t n) MVC_MUST;

#endif
