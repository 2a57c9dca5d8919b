/* A root's text (tests/fuzz/lines.h). */
#include "store/root.h"
#include "lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
again(struct mvc_buf *out, const char *text, size_t n)
{
	struct mvc_root r;
	int err = mvc_root_parse(&r, text, n);

	if (err)
		return err;
	assert(mvc_root_format(out, &r) == 0);
	mvc_root_release(&r);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_lines(again, data, size);
	return 0;
}
