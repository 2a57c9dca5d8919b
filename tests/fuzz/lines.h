/*
 * For texts whose last line is their hash: what is accepted is formatted to
 * what is accepted again and says the same. Without its last line one is made
 * for it, so that the lines are reached.
 */
#ifndef MVC_FUZZ_LINES_H
#define MVC_FUZZ_LINES_H

#include "store/lines.h"

#include <assert.h>
#include <string.h>

/* Parse and, where that is accepted, format. */
typedef int (*fuzz_again_fn)(struct mvc_buf *out, const char *text, size_t n);

static inline void
fuzz_lines_once(fuzz_again_fn again, const char *text, size_t n)
{
	MVC_SCOPED(mvc_buf) one = MVC_BUF_INIT(16 << 20);
	MVC_SCOPED(mvc_buf) two = MVC_BUF_INIT(16 << 20);

	if (again(&one, text, n))
		return;
	assert(again(&two, one.data, one.len) == 0);
	assert(one.len == two.len && !memcmp(one.data, two.data, one.len));
}

static inline void
fuzz_lines(fuzz_again_fn again, const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(16 << 20);

	fuzz_lines_once(again, (const char *)data, size);
	assert(mvc_buf_add(&b, data, size) == 0);
	assert(mvc_lines_end(&b) == 0);
	fuzz_lines_once(again, b.data, b.len);
}

#endif
