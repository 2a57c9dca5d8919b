/* Packed objects: byte 0 is the codec, bytes 1 to 3 the raw length. */
#include "chunk/codec.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	MVC_OWN(mvc_decoder) *d = NULL;
	MVC_OWN_MEM uint8_t *out = NULL;
	size_t raw_len;

	if (n < 4 || mvc_decoder_new(&d))
		return 0;
	raw_len = p[1] | (size_t)p[2] << 8 | (size_t)(p[3] & 3) << 16;
	out = malloc(raw_len + 1);
	if (!out)
		return 0;
	out[raw_len] = 0x5a;
	if (mvc_decode(d, out, raw_len, (enum mvc_codec)p[0], p + 4, n - 4))
		return 0;
	if (out[raw_len] != 0x5a)
		abort();
	return 0;
}
