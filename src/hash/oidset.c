#include "hash/oidset.h"
#include "util/bytes.h"
#include "util/banned.h"

void
mvc_oidset_release(struct mvc_oidset *s)
{
	free(s->ids);
	free(s->kinds);
	memset(s, 0, sizeof(*s));
}

void
mvc_oidset_clear(struct mvc_oidset *s)
{
	if (s->cap)
		memset(s->kinds, 0, s->cap);
	s->n = 0;
}

/* Where it is, or the free place where it would go. */
static size_t
place_of(const struct mvc_oidset *s, uint8_t kind, const struct mvc_oid *id)
{
	size_t i = (mvc_get64(id->b) ^ kind) & (s->cap - 1);

	while (
	    s->kinds[i] && (s->kinds[i] != kind || !mvc_oid_eq(&s->ids[i], id)))
		i = (i + 1) & (s->cap - 1);
	return i;
}

bool
mvc_oidset_has(
    const struct mvc_oidset *s, uint8_t kind, const struct mvc_oid *id)
{
	return s->cap && s->kinds[place_of(s, kind, id)];
}

static int
grow(struct mvc_oidset *s)
{
	struct mvc_oidset big = {.cap = s->cap ? s->cap * 2 : 256};

	big.ids = malloc(big.cap * sizeof(*big.ids));
	big.kinds = calloc(big.cap, 1);
	if (!big.ids || !big.kinds) {
		mvc_oidset_release(&big);
		return mvc_fail(MVC_ENOMEM, "no memory for a set of ids");
	}
	for (size_t i = 0; i < s->cap; i++) {
		size_t at;

		if (!s->kinds[i])
			continue;
		at = place_of(&big, s->kinds[i], &s->ids[i]);
		big.ids[at] = s->ids[i];
		big.kinds[at] = s->kinds[i];
	}
	big.n = s->n;
	mvc_oidset_release(s);
	*s = big;
	return MVC_OK;
}

int
mvc_oidset_add(
    struct mvc_oidset *s, uint8_t kind, const struct mvc_oid *id, bool *was)
{
	size_t i;

	/* Up to two thirds full. */
	if (3 * (s->n + 1) > 2 * s->cap) {
		int err = grow(s);

		if (err)
			return err;
	}
	i = place_of(s, kind, id);
	*was = s->kinds[i] != 0;
	if (*was)
		return MVC_OK;
	s->ids[i] = *id;
	s->kinds[i] = kind;
	s->n++;
	return MVC_OK;
}
