/* Recipes and parts: what is accepted adds up, and can be walked. */
#include "object/recipe.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* Every object is the input, so a recipe may name itself as its part. */
static int
get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	const struct input *in = arg;

	(void)kind;
	(void)id;
	mvc_buf_clear(out);
	return mvc_buf_add(out, in->data, in->size);
}

static int
each(void *arg, const struct mvc_oid *chunk, uint64_t off, uint32_t len)
{
	uint64_t *end = arg;

	(void)chunk;
	if ((*end && off != *end) || !len)
		abort();
	*end = off + len;
	return 0;
}

static void
check_sum(enum mvc_kind kind, const uint8_t *data, size_t size)
{
	MVC_SCOPED(mvc_recipe_node) r;
	uint64_t sum = 0;

	if (mvc_recipe_decode(&r, kind, data, size))
		return;
	for (size_t i = 0; i < r.n; i++)
		sum += r.entries[i].len;
	if (sum != r.size || !r.n || r.n > MVC_RECIPE_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	const struct mvc_source source = {get, &in};
	const struct mvc_oid id = {{0}};
	uint64_t end = 0;

	check_sum(MVC_RECIPE, data, size);
	check_sum(MVC_PART, data, size);
	(void)!mvc_recipe_chunks(&source, &id, 1, UINT64_MAX, each, &end);
	return 0;
}
