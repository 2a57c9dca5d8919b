/*
 * Small text files of the store (roots, trash lists): "mvc WHAT 1", lines
 * "KEY VALUE", and a last line "end HEX", BLAKE3 of all before it, so that a
 * file cut short or damaged is known.
 */
#ifndef MVC_STORE_LINES_H
#define MVC_STORE_LINES_H

#include "util/buf.h"

#include <stdint.h>

/*
 * Check header and end, then call each() for the lines between, as
 * NUL-terminated key and value. MVC_ECORRUPT, MVC_EVERSION.
 */
int mvc_lines_parse(const char *what, const char *text, size_t n,
    int (*each)(void *arg, const char *key, const char *value),
    void *arg) MVC_MUST;

int mvc_lines_begin(struct mvc_buf *out, const char *what) MVC_MUST;
int mvc_lines_end(struct mvc_buf *out) MVC_MUST;

/* A decimal number without sign or leading zeros. */
int mvc_lines_u64(uint64_t *out, const char *value) MVC_MUST;

#endif
