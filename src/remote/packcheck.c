#include "remote/packcheck.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/store.h"
#include "util/sys.h"
#include "util/banned.h"

int
mvc_object_decode(struct mvc_decoder *dec, char *raw,
    const struct mvc_segment_entry *e, const uint8_t *packed)
{
	struct mvc_recipe_node node;
	int err;

	err = mvc_decode(dec, raw, e->raw, e->codec, packed, e->packed);
	if (!err && !mvc_object_is(e->kind, &e->id, raw, e->raw))
		err = mvc_fail(
		    MVC_ECORRUPT, "its bytes are not what its id says");
	if (err || e->kind != MVC_RECIPE)
		return err;
	/* Its id is the file's: its form is all that there is to check. */
	err = mvc_recipe_decode(&node, MVC_RECIPE, raw, e->raw);
	mvc_recipe_node_release(&node);
	return err;
}

static int
check_object(struct mvc_decoder *dec, int fd, const struct mvc_pack_entry *e,
    struct mvc_buf *packed, struct mvc_buf *raw)
{
	struct mvc_segment_entry s = {.id = e->id,
	    .kind = e->kind,
	    .codec = e->codec,
	    .packed = e->packed,
	    .raw = e->raw};
	uint8_t check[16];
	size_t got;
	int err;

	mvc_buf_clear(packed);
	mvc_buf_clear(raw);
	err = mvc_buf_reserve(packed, e->packed);
	if (!err)
		err = mvc_buf_reserve(raw, e->raw);
	if (!err)
		err = mvc_sys_pread(
		    &got, fd, packed->data, e->packed, e->offset, "a pack");
	if (err)
		return err;
	mvc_blake3_128(check, packed->data, got);
	if (got != e->packed || memcmp(check, e->check, sizeof(check)))
		return mvc_fail(MVC_ECORRUPT, "object %.12s is damaged",
		    mvc_oid_hex(&e->id).s);
	return mvc_object_decode(
	    dec, raw->data, &s, (const uint8_t *)packed->data);
}

static int
by_offset(const void *a, const void *b)
{
	const struct mvc_pack_entry *x =
	    *(const struct mvc_pack_entry *const *)a;
	const struct mvc_pack_entry *y =
	    *(const struct mvc_pack_entry *const *)b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int
in_order(const struct mvc_pack_entry ***out, const struct mvc_pack_index *ix)
{
	*out = calloc(ix->n + 1, sizeof(**out));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory to check a pack");
	for (uint32_t i = 0; i < ix->n; i++)
		(*out)[i] = &ix->entries[i];
	qsort(*out, ix->n, sizeof(**out), by_offset);
	return MVC_OK;
}

int
mvc_packcheck(struct mvc_pack_index *ix, int fd, const struct mvc_oid *name,
    struct mvc_decoder *dec,
    void (*each)(void *arg, const struct mvc_pack_entry *e, const char *raw),
    void *arg)
{
	MVC_SCOPED(mvc_buf) packed = MVC_BUF_INIT(MVC_OBJECT_MAX);
	MVC_SCOPED(mvc_buf) raw = MVC_BUF_INIT(MVC_OBJECT_MAX);
	MVC_OWN_MEM const struct mvc_pack_entry **order = NULL;
	int err;

	err = mvc_pack_index_read(ix, fd, mvc_pack_path(name).s, name);
	if (!err)
		err = in_order(&order, ix);
	for (uint32_t i = 0; !err && i < ix->n; i++) {
		err = check_object(dec, fd, order[i], &packed, &raw);
		if (!err && each)
			each(arg, order[i], raw.data);
	}
	/* Bases of deltas would have to come with it. */
	if (!err && ix->n_needs)
		err = mvc_fail(MVC_EVERSION, "it needs other packs");
	return err;
}
