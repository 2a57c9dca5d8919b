/* Shared by the parsers of layouts; for src/chunk/layout*.c alone. */
#ifndef MVC_CHUNK_LAYOUT_IMPL_H
#define MVC_CHUNK_LAYOUT_IMPL_H

#include "chunk/layout.h"

/*
 * What a parser returns besides MVC_OK and MVC_ENOMEM: the file is not exactly
 * of this layout. No error, so no text is made.
 */
#define LAYOUT_ODD 1

/* The head of a file and what is known of the file. */
struct layout_head {
	const uint8_t *p;
	size_t have;
	uint64_t size; /* of the file; have <= size */
	size_t *need; /* set, and return MVC_OK, to be called with more */
};

/* All tensors, small ones too, in any order: sorted and checked at the end. */
int mvc_layout_add(
    struct mvc_layout *l, uint64_t off, uint64_t len, uint8_t width) MVC_MUST;
void mvc_layout_sort(struct mvc_layout *l);

int mvc_layout_safetensors(
    struct mvc_layout *l, const struct layout_head *h) MVC_MUST;
int mvc_layout_gguf(struct mvc_layout *l, const struct layout_head *h) MVC_MUST;
int mvc_layout_npy(struct mvc_layout *l, const struct layout_head *h) MVC_MUST;

#endif
