/* Whatever is read as a pointer is written and read again as the same. */
#include "work/pointer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_pointer) p = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_pointer) q = MVC_POINTER_INIT;
	MVC_SCOPED(mvc_buf) a = MVC_BUF_INIT(2 * MVC_POINTER_MAX);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * MVC_POINTER_MAX);

	if (mvc_pointer_parse(&p, "x", (const char *)data, size))
		return 0;
	/* CRLF is shortened, so it cannot be too long. */
	assert(mvc_pointer_format(&a, &p) == 0);
	assert(mvc_pointer_parse(&q, "x", a.data, a.len) == 0);
	assert(mvc_pointer_format(&b, &q) == 0);
	assert(a.len == b.len && !memcmp(a.data, b.data, a.len));
	return 0;
}
