/* Whatever is read as a pointer is written and read again as the same, and so
 * is its source. */
#include "work/pointer.h"
#include "work/source.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_source(const char *text)
{
	MVC_OWN_MEM char *one = NULL;
	MVC_OWN_MEM char *two = NULL;
	struct mvc_source_words s;

	if (mvc_source_parse(&s, text))
		return;
	/* What needed no percent sign gets none, so it is not longer. */
	assert(mvc_source_format(&one, s.url, s.rev, s.path) == 0);
	mvc_source_words_release(&s);
	assert(mvc_source_parse(&s, one) == 0);
	assert(mvc_source_format(&two, s.url, s.rev, s.path) == 0);
	mvc_source_words_release(&s);
	assert(!strcmp(one, two));
}

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
	if (p.source)
		try_source(p.source);
	assert(a.len == b.len && !memcmp(a.data, b.data, a.len));
	return 0;
}
