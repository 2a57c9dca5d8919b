/*
 * struct mvc_buf: a growing run of bytes, born with a maximum.
 *
 * data is NULL or has a NUL after its len bytes, so that a text can be used as
 * a string. Not for two threads at once.
 */
#ifndef MVC_UTIL_BUF_H
#define MVC_UTIL_BUF_H

#include "util/error.h"
#include "util/own.h"

#include <stddef.h>

struct mvc_buf {
	char *data;
	size_t len;
	size_t cap;
	size_t max; /* len never passes it */
};

#define MVC_BUF_INIT(maximum)         \
	{                             \
		NULL, 0, 0, (maximum) \
	}

/* Free the bytes and start anew; the maximum stays. */
void mvc_buf_release(struct mvc_buf *b);

/* len = 0; the storage stays. */
void mvc_buf_clear(struct mvc_buf *b);

/* Room for n more bytes. MVC_ETOOBIG past the maximum, MVC_ENOMEM. */
int mvc_buf_reserve(struct mvc_buf *b, size_t n) MVC_MUST;

int mvc_buf_add(struct mvc_buf *b, const void *p, size_t n) MVC_MUST;
int mvc_buf_add_str(struct mvc_buf *b, const char *s) MVC_MUST;
int mvc_buf_add_char(struct mvc_buf *b, char c) MVC_MUST;
int
mvc_buf_addf(struct mvc_buf *b, const char *fmt, ...) MVC_MUST MVC_PRINTF(2, 3);

/* The bytes as a malloc'd string ("" if empty), for free(); b is empty then. */
char *mvc_buf_take(struct mvc_buf *b);

#endif
