/*
 * The file `format` of a store: which one it is, and what whoever uses it must
 * know (mvc-format(5), "format").
 */
#ifndef MVC_STORE_FORMATFILE_H
#define MVC_STORE_FORMATFILE_H

#include "store/backend.h"

struct mvc_formatfile {
	char id[33]; /* 32 hex digits, random, made with the store */
	unsigned shared; /* 0, or the modes of its files: 0660, … */
	char unwritable[256]; /* features that forbid writing to some */
};

/*
 * Read it. MVC_ENOTFOUND where there is none; MVC_ECORRUPT; MVC_EVERSION names
 * an incompatible feature that this mvc does not know.
 */
int
mvc_formatfile_load(struct mvc_formatfile *out, struct mvc_backend *b) MVC_MUST;

/* Write one with a new id. flags: MVC_PUT_NEW. */
int mvc_formatfile_save(
    struct mvc_backend *b, unsigned shared, unsigned flags) MVC_MUST;

/* MVC_EVERSION: whoever does not know a "read-only" feature may read, not
 * write. */
int mvc_formatfile_check_writable(const struct mvc_formatfile *f) MVC_MUST;

#endif
