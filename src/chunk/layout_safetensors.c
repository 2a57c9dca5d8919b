/*
 * safetensors: u64 length of a JSON header, the header, then the data.
 * https://github.com/huggingface/safetensors#format
 *
 *     {"NAME": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [0, 12]},
 *      "__metadata__": {"KEY": "VALUE"}}
 *
 * The JSON is walked in place with a sticky error: once `odd`, every further
 * step does nothing. Depth is fixed by the form, so nothing recurses.
 */
#include "chunk/layout_impl.h"

#include "util/bytes.h"

#include <stdbool.h>

#include "util/banned.h"

struct scan {
	const uint8_t *p, *end;
	bool odd;
};

/* Between the quotes, escapes as they stand. */
struct text {
	const uint8_t *p;
	size_t n;
};

struct tensor {
	struct text dtype;
	uint64_t count, from, to;
	unsigned seen; /* bits of KEY_* */
};
#define KEY_DTYPE 1u
#define KEY_SHAPE 2u
#define KEY_OFFSETS 4u

static const struct {
	const char *name;
	uint8_t bytes, width;
} dtypes[] = {
    {"BF16", 2, 2},
    {"BOOL", 1, 1},
    {"C64", 8, 4},
    {"F16", 2, 2},
    {"F32", 4, 4},
    {"F64", 8, 1},
    {"F8_E4M3", 1, 1},
    {"F8_E5M2", 1, 1},
    {"I16", 2, 2},
    {"I32", 4, 4},
    {"I64", 8, 1},
    {"I8", 1, 1},
    {"U16", 2, 2},
    {"U32", 4, 4},
    {"U64", 8, 1},
    {"U8", 1, 1},
};

/* The next byte that is no white space, not taken; 0 at the end or when odd. */
static uint8_t
peek(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
	return s->p < s->end && !s->odd ? *s->p : 0;
}

/* Take the byte if it comes next. */
static bool
have(struct scan *s, char c)
{
	if (peek(s) != (uint8_t)c)
		return false;
	s->p++;
	return true;
}

static void
want(struct scan *s, char c)
{
	if (!have(s, c))
		s->odd = true;
}

/* How long the escape after a backslash is, 0 if it is none. */
static size_t
escape_len(const uint8_t *p, size_t n)
{
	size_t i;

	if (n && *p && strchr("\"\\/bfnrt", *p))
		return 1;
	if (n < 5 || *p != 'u')
		return 0;
	for (i = 1; i < 5; i++)
		if (!p[i] || !strchr("0123456789abcdefABCDEF", p[i]))
			return 0;
	return 5;
}

static struct text
string(struct scan *s)
{
	struct text t = {NULL, 0};
	size_t len;

	want(s, '"');
	t.p = s->p;
	while (!s->odd && s->p < s->end && *s->p != '"') {
		len = 1;
		if (*s->p == '\\') {
			len = escape_len(s->p + 1, (size_t)(s->end - s->p) - 1);
			s->odd = len == 0;
			len++;
		}
		s->odd = s->odd || *s->p < 0x20;
		s->p += s->odd ? 0 : len;
	}
	if (s->odd || s->p == s->end) {
		s->odd = true;
		return t;
	}
	t.n = (size_t)(s->p++ - t.p);
	return t;
}

/* A whole number below 2^64, without sign, fraction or needless zeros. */
static uint64_t
number(struct scan *s)
{
	uint64_t v = 0;
	uint8_t c = peek(s);

	if (c < '0' || c > '9')
		s->odd = true;
	if (have(s, '0'))
		return 0;
	for (; !s->odd && s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, *s->p - '0', &v))
			s->odd = true;
	return v;
}

static bool
is(struct text t, const char *word)
{
	return t.n == strlen(word) && memcmp(t.p, word, t.n) == 0;
}

static uint64_t
shape(struct scan *s)
{
	uint64_t count = 1;

	want(s, '[');
	if (have(s, ']'))
		return count;
	do {
		if (__builtin_mul_overflow(count, number(s), &count))
			s->odd = true;
	} while (have(s, ','));
	want(s, ']');
	return count;
}

static void
member(struct scan *s, struct tensor *t)
{
	struct text key = string(s);
	unsigned bit;

	want(s, ':');
	if (is(key, "dtype")) {
		bit = KEY_DTYPE;
		t->dtype = string(s);
	} else if (is(key, "shape")) {
		bit = KEY_SHAPE;
		t->count = shape(s);
	} else {
		bit = KEY_OFFSETS;
		s->odd = s->odd || !is(key, "data_offsets");
		want(s, '[');
		t->from = number(s);
		want(s, ',');
		t->to = number(s);
		want(s, ']');
	}
	s->odd = s->odd || t->seen & bit;
	t->seen |= bit;
}

/* Its width, by its dtype; odd if the shape says another length. */
static uint8_t
width_of(struct scan *s, const struct tensor *t)
{
	uint64_t len;
	size_t i;

	for (i = 0; i < sizeof(dtypes) / sizeof(dtypes[0]); i++) {
		if (!is(t->dtype, dtypes[i].name))
			continue;
		if (__builtin_mul_overflow(t->count, dtypes[i].bytes, &len) ||
		    len != t->to - t->from)
			s->odd = true;
		return dtypes[i].width;
	}
	return 1; /* of a later safetensors */
}

static int
entry(struct mvc_layout *l, struct scan *s, uint64_t data, uint64_t size)
{
	struct tensor t = {0};
	uint8_t width;

	want(s, '{');
	do
		member(s, &t);
	while (have(s, ','));
	want(s, '}');
	if (s->odd || t.seen != (KEY_DTYPE | KEY_SHAPE | KEY_OFFSETS) ||
	    t.from > t.to || t.to > size - data)
		return LAYOUT_ODD;
	width = width_of(s, &t);
	if (s->odd)
		return LAYOUT_ODD;
	return mvc_layout_add(l, data + t.from, t.to - t.from, width);
}

static void
metadata(struct scan *s)
{
	want(s, '{');
	if (have(s, '}'))
		return;
	do {
		string(s);
		want(s, ':');
		string(s);
	} while (have(s, ','));
	want(s, '}');
}

static int
header(struct mvc_layout *l, struct scan *s, uint64_t data, uint64_t size)
{
	struct text name;
	int err;

	want(s, '{');
	do {
		name = string(s);
		want(s, ':');
		if (is(name, "__metadata__")) {
			metadata(s);
			continue;
		}
		err = entry(l, s, data, size);
		if (err)
			return err;
	} while (have(s, ','));
	want(s, '}');
	peek(s);
	return s->odd || s->p != s->end ? LAYOUT_ODD : MVC_OK;
}

int
mvc_layout_safetensors(struct mvc_layout *l, const struct layout_head *h)
{
	uint64_t len = mvc_get64(h->p);
	struct scan s = {0};

	if (len > MVC_LAYOUT_HEAD_MAX - 8 || len > h->size - 8 ||
	    h->p[8] != '{')
		return LAYOUT_ODD;
	if (h->have < 8 + len) {
		*h->need = 8 + (size_t)len;
		return MVC_OK;
	}
	s.p = h->p + 8;
	s.end = s.p + len;
	return header(l, &s, 8 + len, h->size);
}
