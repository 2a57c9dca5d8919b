/*
 * What looks like a secret, and must not be committed: a guess, by the name
 * that a value goes by, and by the forms that well-known keys have. Pure.
 */
#ifndef MVC_LINEAGE_MASK_H
#define MVC_LINEAGE_MASK_H

#include "util/buf.h"

#include <stdbool.h>

#define MVC_MASK "***"

/* Whether a name such as "db.password" or "--api-key" says that its value is
 * one. */
bool mvc_mask_names(const char *name);
/* Whether a value under this name ("": none) is to be masked as a whole. */
bool mvc_mask_is(const char *name, const char *value);

/*
 * Append a command's word as it may be told; `before` is the word before it,
 * or NULL. Of NAME=VALUE and URLs only the secret part is masked; bytes that
 * are no UTF-8 become U+FFFD.
 */
int mvc_mask_word(
    struct mvc_buf *out, const char *before, const char *word) MVC_MUST;

#endif
