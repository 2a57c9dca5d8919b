/*
 * A segment's head on its way by: it is hashed, and the table of packs is
 * taken from it, 40 bytes at a time. A head of a million packs needs no more
 * memory than one of two.
 */
#include "hash/digest.h"
#include "store/backend.h"
#include "store/format.h"
#include "store/segment.h"
#include "util/bytes.h"
#include "util/banned.h"

/* Asked for first: most heads are not longer. */
#define FIRST (UINT64_C(64) << 10)

struct passing {
	struct mvc_digest digest;
	int (*each)(void *arg, const struct mvc_segment_pack *p);
	void *arg;
	uint8_t part[MVC_SEGMENT_HEAD]; /* the fixed part, then a pack */
	size_t n;
	uint64_t at, head; /* passed by; in all, 0: not known yet */
	uint64_t packs; /* that are still to come */
	int err; /* of this side */
};

static int
take_fixed(struct passing *h)
{
	uint64_t file;
	int err = mvc_segment_lengths(&h->head, &file, h->part);

	h->packs = mvc_get32(h->part + 8);
	h->n = 0;
	return err;
}

static int
take_pack(struct passing *h)
{
	struct mvc_segment_pack p;

	memcpy(p.name.b, h->part, MVC_OID_SIZE);
	p.size = mvc_get64(h->part + MVC_OID_SIZE);
	h->packs--;
	h->n = 0;
	return h->each(h->arg, &p);
}

static int
take(void *arg, const void *bytes, size_t n)
{
	struct passing *h = arg;
	const uint8_t *p = bytes;
	int err = MVC_OK;

	while (!err && n > 0 && (!h->head || h->at < h->head)) {
		bool table = h->head != 0;
		size_t want = table && h->packs == 0
		    ? (size_t)(h->head - h->at < n ? h->head - h->at : n)
		    : (table ? MVC_SEGMENT_PACK : MVC_SEGMENT_HEAD) - h->n;
		size_t take = want < n ? want : n;

		mvc_digest_update(&h->digest, p, take);
		if (!table || h->packs > 0) {
			memcpy(h->part + h->n, p, take);
			h->n += take;
		}
		h->at += take;
		p += take;
		n -= take;
		if (take < want)
			continue;
		if (!table)
			err = take_fixed(h);
		else if (h->packs > 0)
			err = take_pack(h);
	}
	h->err = err;
	return err;
}

static int
pass(struct passing *h, struct mvc_backend *b, const struct mvc_oid *name)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	struct mvc_oid is;
	int err;

	err = mvc_backend_get(b, path.s, 0, FIRST, take, h);
	/* Fewer bytes than asked for is no fault yet. */
	if (err == MVC_ECORRUPT && !h->err && h->at > 0)
		err = MVC_OK;
	if (!err && h->head > FIRST)
		err =
		    mvc_backend_get(b, path.s, FIRST, h->head - FIRST, take, h);
	if (err == MVC_EVERSION || err == MVC_ECORRUPT)
		err = mvc_fail_prefix(err, "%s: %s", b->url, path.s);
	if (err)
		return err;
	mvc_digest_final(&h->digest, &is);
	if (!h->head || h->at < h->head || !mvc_oid_eq(&is, name))
		return mvc_fail(MVC_ECORRUPT,
		    "%s: %s is damaged (its head is not what the name says)",
		    b->url, path.s);
	return MVC_OK;
}

int
mvc_segment_each_pack(struct mvc_backend *b, const struct mvc_oid *name,
    int (*each)(void *arg, const struct mvc_segment_pack *p), void *arg)
{
	struct passing h = {.each = each, .arg = arg};
	int err = mvc_digest_init_derive(&h.digest, MVC_SEGMENT_CONTEXT);

	if (!err)
		err = pass(&h, b, name);
	mvc_digest_release(&h.digest);
	return err;
}
