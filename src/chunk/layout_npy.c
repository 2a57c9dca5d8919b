/*
 * npy, versions 1 to 3: one array behind a header that is a Python literal.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 *     "\x93NUMPY", u8 major, u8 minor, u16 (version 1) or u32 length, then
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }  and spaces
 *
 * Only plain descriptions are known: records and objects (pickles) are odd.
 */
#include "chunk/layout_impl.h"

#include "util/bytes.h"

#include <stdbool.h>

#include "util/banned.h"

/* numpy itself warns past 10,000; no plain array needs more. */
#define NPY_HEAD_MAX 65536

struct scan {
	const uint8_t *p, *end;
	bool odd;
};

struct array {
	uint64_t count;
	uint32_t bytes; /* of one element */
	uint8_t width;
	unsigned seen;
};

static bool
have(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n'))
		s->p++;
	if (s->odd || (size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static void
want(struct scan *s, const char *word)
{
	if (!have(s, word))
		s->odd = true;
}

static bool
digit(const struct scan *s)
{
	return s->p < s->end && *s->p >= '0' && *s->p <= '9';
}

static uint64_t
number(struct scan *s)
{
	uint64_t v = 0;

	have(s, "");
	if (!digit(s))
		s->odd = true;
	for (; digit(s) && !s->odd; s->p++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, *s->p - '0', &v))
			s->odd = true;
	return v;
}

/* '<f4': byte order, kind, bytes (for U: characters of 4 bytes). */
static void
descr(struct scan *s, struct array *a)
{
	uint64_t bytes;
	char kind;

	want(s, "'");
	if (s->end - s->p < 3 || !strchr("<>|=", *s->p) || !*s->p) {
		s->odd = true;
		return;
	}
	kind = (char)s->p[1];
	s->p += 2;
	bytes = number(s);
	want(s, "'");
	if (!kind || !strchr("biufcmMSUV", kind) || bytes > UINT16_MAX)
		s->odd = true;
	if (kind == 'U')
		bytes *= 4;
	a->bytes = (uint32_t)bytes;
	a->width = 1;
	if (bytes == 2 || bytes == 4)
		a->width = (uint8_t)bytes;
	if (kind == 'c' && bytes == 8)
		a->width = 4;
	if (kind == 'S')
		a->width = 1;
}

static void
shape(struct scan *s, struct array *a)
{
	a->count = 1;
	want(s, "(");
	while (!s->odd && !have(s, ")")) {
		if (__builtin_mul_overflow(a->count, number(s), &a->count))
			s->odd = true;
		if (!have(s, ",")) {
			want(s, ")");
			return;
		}
	}
}

static void
member(struct scan *s, struct array *a)
{
	unsigned bit;

	if (have(s, "'descr':")) {
		bit = 1;
		descr(s, a);
	} else if (have(s, "'fortran_order':")) {
		bit = 2;
		if (!have(s, "False"))
			want(s, "True");
	} else {
		bit = 4;
		want(s, "'shape':");
		shape(s, a);
	}
	if (a->seen & bit)
		s->odd = true;
	a->seen |= bit;
}

static int
header(struct mvc_layout *l, struct scan *s, uint64_t start, uint64_t size)
{
	struct array a = {0};
	uint64_t len;

	want(s, "{");
	while (!s->odd && !have(s, "}")) {
		member(s, &a);
		if (!have(s, ",")) {
			want(s, "}");
			break;
		}
	}
	have(s, "");
	if (s->odd || s->p != s->end || a.seen != 7 ||
	    __builtin_mul_overflow(a.count, a.bytes, &len) ||
	    len != size - start)
		return LAYOUT_ODD;
	return mvc_layout_add(l, start, len, a.width);
}

int
mvc_layout_npy(struct mvc_layout *l, const struct layout_head *h)
{
	uint8_t major = h->p[6];
	size_t start = major == 1 ? 10 : 12;
	uint32_t len = major == 1 ? mvc_get16(h->p + 8) : mvc_get32(h->p + 8);
	struct scan s = {0};

	if (major < 1 || major > 3 || len > NPY_HEAD_MAX ||
	    start + len > h->size)
		return LAYOUT_ODD;
	if (h->have < start + len) {
		*h->need = start + len;
		return MVC_OK;
	}
	s.p = h->p + start;
	s.end = s.p + len;
	return header(l, &s, start + len, h->size);
}
