/*
 * A layout is found from the file's head alone. Each parser lists the tensors
 * that its header names; here they are sorted, proven to lie inside the file
 * and apart from each other, and the small ones dropped. Time is n log n and
 * memory linear in the header, which is at most MVC_LAYOUT_HEAD_MAX.
 */
#include "chunk/layout.h"

#include "chunk/layout_impl.h"
#include "util/bytes.h"

#include "util/banned.h"

int
mvc_layout_add(struct mvc_layout *l, uint64_t off, uint64_t len, uint8_t width)
{
	size_t cap;
	struct mvc_span *spans;

	if (l->n == l->cap) {
		cap = l->cap ? l->cap + l->cap / 2 : 32;
		spans = reallocarray(l->spans, cap, sizeof(*spans));
		if (!spans)
			return mvc_fail(
			    MVC_ENOMEM, "no memory for %zu tensors", cap);
		l->spans = spans;
		l->cap = cap;
	}
	l->spans[l->n++] = (struct mvc_span){off, len, width};
	return MVC_OK;
}

static int
compare(const void *a, const void *b)
{
	const struct mvc_span *x = a, *y = b;

	if (x->off != y->off)
		return x->off < y->off ? -1 : 1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return (int)x->width - (int)y->width;
}

void
mvc_layout_sort(struct mvc_layout *l)
{
	if (l->n)
		qsort(l->spans, l->n, sizeof(*l->spans), compare);
}

/* Inside the file and apart; then only the large ones are kept. */
static int
settle(struct mvc_layout *l, uint64_t size)
{
	size_t i, n = 0;
	uint64_t at = 0;

	mvc_layout_sort(l);
	for (i = 0; i < l->n; i++) {
		if (l->spans[i].off < at || l->spans[i].off > size ||
		    l->spans[i].len > size - l->spans[i].off)
			return LAYOUT_ODD;
		at = l->spans[i].off + l->spans[i].len;
		if (l->spans[i].len >= MVC_LAYOUT_MIN)
			l->spans[n++] = l->spans[i];
	}
	l->n = n;
	return n ? MVC_OK : LAYOUT_ODD;
}

static int
parse(struct mvc_layout *l, const struct layout_head *h)
{
	if (h->have >= 4 && memcmp(h->p, "GGUF", 4) == 0)
		return mvc_layout_gguf(l, h);
	if (h->have >= 6 && memcmp(h->p, "\x93NUMPY", 6) == 0)
		return mvc_layout_npy(l, h);
	return mvc_layout_safetensors(l, h);
}

int
mvc_layout_parse(struct mvc_layout **out, size_t *need, const uint8_t *head,
    size_t have, uint64_t size)
{
	MVC_OWN(mvc_layout) *l = NULL;
	struct layout_head h = {head, have, size, need};
	int err;

	*out = NULL;
	*need = 0;
	if (size < MVC_LAYOUT_MIN)
		return MVC_OK;
	if (have < MVC_LAYOUT_PROBE) {
		*need = MVC_LAYOUT_PROBE;
		return MVC_OK;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return mvc_fail(MVC_ENOMEM, "no memory for a layout");
	err = parse(l, &h);
	if (!err && !*need)
		err = settle(l, size);
	if (!err && !*need)
		*out = MVC_TAKE(l);
	if (err)
		*need = 0;
	return err == LAYOUT_ODD ? MVC_OK : err;
}

void
mvc_layout_free(struct mvc_layout *l)
{
	if (!l)
		return;
	free(l->spans);
	free(l);
}

unsigned
mvc_layout_width(const struct mvc_layout *l, uint64_t off)
{
	size_t lo = 0, hi = l ? l->n : 0, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->spans[mid].off + l->spans[mid].len > off)
			hi = mid;
		else
			lo = mid + 1;
	}
	if (!l || lo == l->n || l->spans[lo].off > off)
		return 0;
	return l->spans[lo].width;
}
