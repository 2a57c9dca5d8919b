#include "memory_store.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static struct memory_object *
slot_of(struct memory_store *m, enum mvc_kind kind, const struct mvc_oid *id)
{
	size_t at;

	memcpy(&at, id->b, sizeof(at));
	at += (size_t)kind;
	for (;; at++) {
		struct memory_object *o = &m->slots[at & (m->cap - 1)];

		if (!o->kind || (o->kind == kind && mvc_oid_eq(&o->id, id)))
			return o;
	}
}

static void
grow(struct memory_store *m)
{
	struct memory_object *old = m->slots;
	size_t cap = m->cap;

	m->cap = cap ? cap * 2 : 64;
	m->slots = calloc(m->cap, sizeof(*m->slots));
	cr_assert_not_null(m->slots);
	for (size_t i = 0; i < cap; i++)
		if (old[i].kind)
			*slot_of(m, old[i].kind, &old[i].id) = old[i];
	free(old);
}

static int
put(void *arg, enum mvc_kind kind, const struct mvc_oid *id, const void *p,
    size_t n)
{
	struct memory_store *m = arg;
	struct memory_object *o;

	if (++m->puts == m->put_fails_at)
		return mvc_fail(MVC_ENOSPACE, "the disk is full");
	if (2 * m->n >= m->cap)
		grow(m);
	o = slot_of(m, kind, id);
	if (o->kind)
		free(o->bytes);
	else
		m->n++;
	o->kind = kind;
	o->id = *id;
	o->len = n;
	o->bytes = malloc(n ? n : 1);
	cr_assert_not_null(o->bytes);
	memcpy(o->bytes, p, n);
	return MVC_OK;
}

static int
get(void *arg, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	struct memory_store *m = arg;
	struct memory_object *o = memory_store_find(m, kind, id);

	m->gets++;
	if (!o)
		return mvc_fail(
		    MVC_ENOTFOUND, "object %s is not there", mvc_oid_hex(id).s);
	mvc_buf_clear(out);
	return mvc_buf_add(out, o->bytes, o->len);
}

void
memory_store_init(struct memory_store *m)
{
	memset(m, 0, sizeof(*m));
	grow(m);
	m->source = (struct mvc_source){get, m};
	m->sink = (struct mvc_sink){put, m};
}

void
memory_store_release(struct memory_store *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slots[i].bytes);
	free(m->slots);
	memset(m, 0, sizeof(*m));
}

struct memory_object *
memory_store_find(
    struct memory_store *m, enum mvc_kind kind, const struct mvc_oid *id)
{
	struct memory_object *o = slot_of(m, kind, id);

	return o->kind ? o : NULL;
}
