/*
 * GGUF, version 2 and 3, little-endian.
 * https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 *
 *     "GGUF", u32 version, u64 tensors, u64 pairs
 *     pairs:    string key, u32 type, value
 *     tensors:  string name, u32 dims, u64 sizes[dims], u32 type, u64 offset
 *     padding to the alignment (pair "general.alignment", else 32), the data
 *
 * Nothing says how long the header is, so it is walked again with twice as
 * much whenever its end is not there. A tensor lasts until the next one's
 * offset or the file's end: that needs no table of quantised types and holds
 * for types yet to come. Padding after it is then its own, which is harmless.
 */
#include "chunk/layout_impl.h"

#include "util/bytes.h"

#include <stdbool.h>

#include "util/banned.h"

#define FIRST_LOOK (64u << 10)
#define DIMS_MAX 4
#define ALIGNMENT_MAX (UINT32_C(1) << 20)
#define STRING_TYPE 8
#define ARRAY_TYPE 9
#define U32_TYPE 4

/* Bytes of a value by its type; 0: string, array or unknown. */
static const uint8_t value_bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

enum { TYPE_F32 = 0, TYPE_F16 = 1, TYPE_BF16 = 30 };

struct walk {
	const uint8_t *p;
	size_t at, have;
	uint64_t lack; /* the header goes on to here at least */
	bool odd;
	uint32_t alignment;
};

/* The next n bytes, or NULL once they are not there or something is odd. */
static const uint8_t *
take(struct walk *w, uint64_t n)
{
	const uint8_t *p = w->p + w->at;

	if (w->odd || w->lack)
		return NULL;
	if (n > MVC_LAYOUT_HEAD_MAX - w->at) {
		w->odd = true;
		return NULL;
	}
	if (n > w->have - w->at) {
		w->lack = w->at + n;
		return NULL;
	}
	w->at += (size_t)n;
	return p;
}

static uint32_t
take32(struct walk *w)
{
	const uint8_t *p = take(w, 4);

	return p ? mvc_get32(p) : 0;
}

static uint64_t
take64(struct walk *w)
{
	const uint8_t *p = take(w, 8);

	return p ? mvc_get64(p) : 0;
}

static bool
going(const struct walk *w)
{
	return !w->odd && !w->lack;
}

static void
array(struct walk *w)
{
	uint32_t type = take32(w);
	uint64_t n = take64(w);

	if (type == STRING_TYPE) {
		for (; n > 0 && going(w); n--)
			take(w, take64(w));
		return;
	}
	if (type >= sizeof(value_bytes) || !value_bytes[type] ||
	    n > MVC_LAYOUT_HEAD_MAX) {
		w->odd = true;
		return;
	}
	take(w, n * value_bytes[type]);
}

static void
pair(struct walk *w)
{
	static const char alignment[] = "general.alignment";
	uint64_t len = take64(w);
	const uint8_t *key = take(w, len);
	uint32_t type = take32(w);

	if (!going(w))
		return;
	if (len == sizeof(alignment) - 1 && memcmp(key, alignment, len) == 0) {
		w->alignment = take32(w);
		if (type != U32_TYPE)
			w->odd = true;
	} else if (type == STRING_TYPE) {
		take(w, take64(w));
	} else if (type == ARRAY_TYPE) {
		array(w);
	} else if (type < sizeof(value_bytes)) {
		take(w, value_bytes[type]);
	} else {
		w->odd = true;
	}
}

/* For now, len is what the shape needs, 0 where the type does not say. */
static int
tensor(struct mvc_layout *l, struct walk *w)
{
	uint64_t off, len = 1;
	uint32_t dims, type, i;
	uint8_t width;

	take(w, take64(w));
	dims = take32(w);
	if (dims > DIMS_MAX)
		w->odd = true;
	for (i = 0; i < dims && going(w); i++)
		if (__builtin_mul_overflow(len, take64(w), &len))
			w->odd = true;
	type = take32(w);
	off = take64(w);
	if (!going(w))
		return MVC_OK;
	width = type == TYPE_F32                    ? 4
	    : type == TYPE_F16 || type == TYPE_BF16 ? 2
						    : 1;
	if (width == 1)
		len = 0;
	else if (__builtin_mul_overflow(len, width, &len))
		w->odd = true;
	return mvc_layout_add(l, off, len, width);
}

/* From offsets in the data to places in the file, each up to the next. */
static int
place(struct mvc_layout *l, const struct walk *w, uint64_t size)
{
	uint64_t start, mask = w->alignment - 1, end;
	size_t i;

	if (!w->alignment || w->alignment > ALIGNMENT_MAX ||
	    w->alignment & mask)
		return LAYOUT_ODD;
	start = (w->at + mask) & ~mask;
	if (start > size)
		return LAYOUT_ODD;
	mvc_layout_sort(l);
	for (i = 0; i < l->n; i++) {
		end = i + 1 < l->n ? l->spans[i + 1].off : size - start;
		if (l->spans[i].off & mask || end > size - start ||
		    l->spans[i].off > end ||
		    l->spans[i].len > end - l->spans[i].off)
			return LAYOUT_ODD;
		l->spans[i].len = end - l->spans[i].off;
		l->spans[i].off += start;
	}
	return MVC_OK;
}

/* Twice what there was, and at least what is known to be wanting. */
static int
ask(const struct walk *w, const struct layout_head *h)
{
	uint64_t more = h->have < FIRST_LOOK / 2 ? FIRST_LOOK : h->have * 2;

	if (w->lack > h->size)
		return LAYOUT_ODD;
	if (more < w->lack)
		more = w->lack;
	if (more > MVC_LAYOUT_HEAD_MAX)
		more = MVC_LAYOUT_HEAD_MAX;
	*h->need = (size_t)(more < h->size ? more : h->size);
	return MVC_OK;
}

int
mvc_layout_gguf(struct mvc_layout *l, const struct layout_head *h)
{
	struct walk w = {.p = h->p, .at = 4, .have = h->have, .alignment = 32};
	uint32_t version = take32(&w);
	uint64_t i, tensors = take64(&w), pairs = take64(&w);
	int err = MVC_OK;

	if (version != 2 && version != 3)
		return LAYOUT_ODD;
	if (w.have > MVC_LAYOUT_HEAD_MAX)
		w.have = MVC_LAYOUT_HEAD_MAX;
	for (i = 0; i < pairs && going(&w); i++)
		pair(&w);
	for (i = 0; i < tensors && going(&w) && !err; i++)
		err = tensor(l, &w);
	if (err)
		return err;
	if (w.odd)
		return LAYOUT_ODD;
	return w.lack ? ask(&w, h) : place(l, &w, h->size);
}
