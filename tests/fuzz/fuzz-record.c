/* Whatever is read as a record is written again as something that is read as
 * the same. */
#include "lineage/record.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_record) r = MVC_RECORD_INIT;
	MVC_SCOPED(mvc_record) s = MVC_RECORD_INIT;
	MVC_SCOPED(mvc_buf) a = MVC_BUF_INIT(2 * MVC_RECORD_MAX);
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(2 * MVC_RECORD_MAX);

	if (mvc_record_parse(&r, "x", (const char *)data, size))
		return 0;
	/* Members that are not known are left out. */
	assert(mvc_record_format(&a, &r) == 0);
	assert(a.len <= size);
	assert(mvc_record_parse(&s, "x", a.data, a.len) == 0);
	assert(mvc_record_format(&b, &s) == 0);
	assert(a.len == b.len && !memcmp(a.data, b.data, a.len));
	return 0;
}
