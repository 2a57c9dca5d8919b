/* Heads of model files: byte 0 says how much longer than them the file is. */
#include "chunk/layout.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void
check(const struct mvc_layout *l, uint64_t size)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; l && i < l->n; i++) {
		if (l->spans[i].off < at || l->spans[i].len < MVC_LAYOUT_MIN ||
		    l->spans[i].off > size ||
		    l->spans[i].len > size - l->spans[i].off)
			abort();
		at = l->spans[i].off + l->spans[i].len;
		if (mvc_layout_width(l, at - 1) != l->spans[i].width)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	MVC_OWN(mvc_layout) *l = NULL;
	uint64_t size;
	size_t have = 0, need = MVC_LAYOUT_PROBE;

	if (n < 1)
		return 0;
	size = --n + ((uint64_t)MVC_LAYOUT_MIN << (*p++ & 31));
	while (need && need <= n) {
		have = need;
		if (mvc_layout_parse(&l, &need, p, have, size))
			return 0;
		if (need && (need <= have || need > size || l))
			abort();
	}
	check(l, size);
	return 0;
}
