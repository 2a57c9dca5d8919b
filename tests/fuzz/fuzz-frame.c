/*
 * What a peer over ssh may send: hello, frames, asks, entries, failures. An ask
 * that is accepted is made again of what was read, to the same bytes.
 */
#include "remote/frame.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_ask(const uint8_t *p, size_t n)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(1 << 20);
	char text[MVC_ASK_TEXT + 1];
	struct mvc_ask ask;

	if (mvc_ask_parse(&ask, p, n))
		return;
	assert(!mvc_ask_make(&b, ask.off, ask.n, ask.flags));
	while (mvc_ask_next(&ask, text))
		assert(!mvc_ask_add(&b, text));
	assert(b.len == n && !memcmp(b.data, p, n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mvc_keystat st;
	struct mvc_frame f;

	if (size >= MVC_HELLO_SIZE)
		(void)!mvc_hello_check(data);
	if (size >= MVC_ENTRY_HEAD)
		assert(mvc_entry_head(&st, data) <= MVC_KEY_MAX);
	assert(mvc_frame_failure(data, size) < 0);
	if (size >= MVC_FRAME_HEAD && !mvc_frame_parse(&f, data)) {
		assert(f.n <= MVC_FRAME_MAX);
		try_ask(data + MVC_FRAME_HEAD, size - MVC_FRAME_HEAD);
	}
	try_ask(data, size);
	return 0;
}
