#include "work/fold.h"
#include "text/utf8.h"

#include <stdlib.h>
#include <string.h>

#include "util/banned.h"

struct reader {
	const char *p, *end;
	uint32_t mark; /* that follows the letter just read, or 0 */
};

static uint32_t
lower(uint32_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
	    (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	return c == 0x3c2 ? 0x3c3 : c; /* the sigma at a word's end */
}

/* A letter of Latin-1 and its accent; small ones. */
static uint32_t
split(uint32_t *mark, uint32_t c)
{
	static const char letters[] = "aaaaaa.ceeeeiiii.nooooo..uuuuy.y";
	static const uint16_t marks[] = {0x300, 0x301, 0x302, 0x303, 0x308,
	    0x30a, 0, 0x327, 0x300, 0x301, 0x302, 0x308, 0x300, 0x301, 0x302,
	    0x308, 0, 0x303, 0x300, 0x301, 0x302, 0x303, 0x308, 0, 0, 0x300,
	    0x301, 0x302, 0x308, 0x301, 0, 0x308};

	if (c < 0xe0 || c > 0xff || !marks[c - 0xe0])
		return c;
	*mark = marks[c - 0xe0];
	return (uint32_t)letters[c - 0xe0];
}

/* 0 at the end. */
static uint32_t
next(struct reader *r)
{
	uint32_t c = r->mark;
	size_t n;

	r->mark = 0;
	if (c || r->p == r->end)
		return c;
	n = mvc_utf8_next(&c, r->p, (size_t)(r->end - r->p));
	if (!n)
		return 0x110000u + (unsigned char)*r->p++;
	r->p += n;
	return split(&r->mark, lower(c));
}

int
mvc_fold_cmp(const char *a, const char *b)
{
	struct reader x = {a, a + strlen(a), 0}, y = {b, b + strlen(b), 0};
	uint32_t c, d;

	do {
		c = next(&x);
		d = next(&y);
	} while (c == d && c);
	return c < d ? -1 : c > d;
}

static int
by_fold(const void *a, const void *b)
{
	return mvc_fold_cmp(*(const char *const *)a, *(const char *const *)b);
}

bool
mvc_fold_find(size_t *i, const char **names, size_t n)
{
	if (n > 1)
		qsort(names, n, sizeof(*names), by_fold);
	for (*i = 0; *i + 1 < n; ++*i)
		if (!mvc_fold_cmp(names[*i], names[*i + 1]))
			return true;
	return false;
}
