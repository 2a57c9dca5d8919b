#include "text/markup.h"

#include "text/utf8.h"

#include <stdbool.h>
#include <string.h>

#include "util/banned.h"

/* Controls, what is no character, and what turns the direction of others. */
static bool
is_barred(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c & 0xfffe) == 0xfffe ||
	    (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
	    c == 0x061c || c == 0xfeff;
}

static const char *
entity(uint32_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	}
	return is_barred(c) ? "\xef\xbf\xbd" : NULL;
}

int
mvc_markup_add(struct mvc_buf *out, const char *s)
{
	size_t left = strlen(s);
	int err = MVC_OK;

	while (!err && left) {
		uint32_t c = 0;
		size_t n = mvc_utf8_next(&c, s, left);
		const char *as = n ? entity(c) : "\xef\xbf\xbd";

		n = n ? n : 1;
		err = as ? mvc_buf_add_str(out, as) : mvc_buf_add(out, s, n);
		s += n;
		left -= n;
	}
	return err;
}
