/* A trash list (tests/fuzz/lines.h). */
#include "store/trash.h"
#include "lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
again(struct mvc_buf *out, const char *text, size_t n)
{
	struct mvc_trash_list r;
	int err = mvc_trash_list_parse(&r, text, n);

	if (err)
		return err;
	assert(mvc_trash_list_format(out, &r) == 0);
	mvc_trash_list_release(&r);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_lines(again, data, size);
	return 0;
}
