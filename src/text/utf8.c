#include "text/utf8.h"
#include "util/banned.h"

size_t
mvc_utf8_next(uint32_t *c, const void *p, size_t n)
{
	/* The least number that needs this many bytes. */
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *b = p;
	size_t len;

	if (b[0] < 0x80) {
		*c = b[0];
		return 1;
	}
	len = b[0] >= 0xf8 ? 0
	    : b[0] >= 0xf0 ? 4
	    : b[0] >= 0xe0 ? 3
	    : b[0] >= 0xc0 ? 2
			   : 0;
	if (len == 0 || len > n)
		return 0;
	*c = b[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		*c = *c << 6 | (b[i] & 0x3f);
	}
	if (*c < least[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000))
		return 0;
	return len;
}
