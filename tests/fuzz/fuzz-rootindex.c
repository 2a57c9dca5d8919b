/*
 * An index of roots: what is accepted is formatted to what is accepted again and
 * says the same. Without its last line one is made for it, so that the lines
 * are reached.
 */
#include "store/rootindex.h"
#include "store/lines.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_text(const char *text, size_t n)
{
	MVC_SCOPED(mvc_buf) one = MVC_BUF_INIT(16 << 20);
	MVC_SCOPED(mvc_buf) two = MVC_BUF_INIT(16 << 20);
	struct mvc_rootindex r;

	if (mvc_rootindex_parse(&r, text, n))
		return;
	assert(mvc_rootindex_format(&one, &r) == 0);
	mvc_rootindex_release(&r);
	assert(mvc_rootindex_parse(&r, one.data, one.len) == 0);
	assert(mvc_rootindex_format(&two, &r) == 0);
	mvc_rootindex_release(&r);
	assert(one.len == two.len && !memcmp(one.data, two.data, one.len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(16 << 20);

	try_text((const char *)data, size);
	assert(mvc_buf_add(&b, data, size) == 0);
	assert(mvc_lines_end(&b) == 0);
	try_text(b.data, b.len);
	return 0;
}
