#include "hash/digest.h"
#include "store/packcache.h"
#include "store/store_priv.h"
#include "util/sys.h"
#include "util/banned.h"

bool
mvc_object_is(
    enum mvc_kind kind, const struct mvc_oid *id, const void *p, size_t n)
{
	struct mvc_oid is;

	switch (kind) {
	case MVC_CHUNK:
		mvc_blake3(&is, p, n);
		break;
	case MVC_PART:
		mvc_blake3_derive(&is, "mvc recipe 1", p, n);
		break;
	case MVC_TREE:
		mvc_blake3_derive(&is, "mvc tree 1", p, n);
		break;
	case MVC_RECIPE:
	default:
		return true;
	}
	return mvc_oid_eq(&is, id);
}

static int
locate_in(struct mvc_segment *seg, enum mvc_kind kind, const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg)
{
	uint64_t i, first, end;
	int err;

	end = mvc_segment_kind(seg, kind, &first);
	end += first;
	err = mvc_segment_lower(seg, kind, id, &i);
	for (; !err && i < end; i++) {
		struct mvc_location at = {.segment = seg, .at = i};
		struct mvc_segment_pack pack;

		err = mvc_segment_at(seg, i, &at.e);
		if (err || !mvc_oid_eq(&at.e.id, id))
			break;
		mvc_segment_pack_at(seg, at.e.pack, &pack);
		at.pack = pack.name;
		err = each(arg, &at);
	}
	return err;
}

static int
locate(struct mvc_segment **segs, size_t n, enum mvc_kind kind,
    const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg)
{
	int r = 0, fault = MVC_OK;

	for (size_t i = 0; !r && i < n; i++) {
		r = locate_in(segs[i], kind, id, each, arg);
		/* Another may have what a damaged one does not tell. */
		if (r == MVC_ECORRUPT) {
			fault = r;
			r = 0;
		}
	}
	return r ? r : fault;
}

int
mvc_store_locate(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg)
{
	int r;

	pthread_rwlock_rdlock(&s->segs_lock);
	r = locate(s->segs, s->n_segs, kind, id, each, arg);
	pthread_rwlock_unlock(&s->segs_lock);
	return r;
}

int
mvc_store_locate_hidden(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg)
{
	bool known;
	int r = 0;

	pthread_rwlock_rdlock(&s->segs_lock);
	known = s->hidden_known;
	pthread_rwlock_unlock(&s->segs_lock);
	if (!known)
		r = mvc_store_find_hidden(s);
	if (r)
		return r;
	pthread_rwlock_rdlock(&s->segs_lock);
	r = locate(s->hidden, s->n_hidden, kind, id, each, arg);
	pthread_rwlock_unlock(&s->segs_lock);
	return r;
}

/* A recipe's id is not a hash of it: its check in the pack's index, which the
 * pack's name covers, is what shows damage. */
static int
check_recipe(struct mvc_store *s, const struct mvc_packuse *use,
    const struct mvc_location *at, const struct mvc_buf *packed)
{
	struct mvc_pack_entry e;
	uint8_t check[16];
	int err;

	err = mvc_packcache_find(&e, s->packs, use, at->e.kind, &at->e.id);
	if (err && err != MVC_ENOTFOUND)
		return err;
	mvc_blake3_128(check, packed->data, packed->len);
	if (!err && !memcmp(e.check, check, sizeof(check)))
		return MVC_OK;
	return mvc_fail(MVC_ECORRUPT, "recipe %.12s in %s is damaged",
	    mvc_oid_hex(&at->e.id).s, mvc_pack_path(&at->pack).s);
}

static int
read_packed(struct mvc_buf *out, const struct mvc_packuse *use,
    const struct mvc_location *at)
{
	size_t got;
	int err;

	mvc_buf_clear(out);
	err = mvc_buf_reserve(out, at->e.packed);
	if (err)
		return err;
	err = mvc_sys_pread(&got, use->fd, out->data, at->e.packed,
	    at->e.offset, mvc_pack_path(&at->pack).s);
	if (err)
		return err;
	out->len = got;
	if (got == at->e.packed)
		return MVC_OK;
	return mvc_fail(
	    MVC_ECORRUPT, "%s is cut short", mvc_pack_path(&at->pack).s);
}

int
mvc_store_decode(struct mvc_decoder *dec, const struct mvc_location *at,
    const void *packed, size_t n, bool verify, struct mvc_buf *out)
{
	char *to;
	int err;

	err = mvc_buf_reserve(out, at->e.raw);
	if (err == MVC_ETOOBIG)
		return mvc_fail(MVC_ECORRUPT,
		    "object %.12s in %s is damaged: it is too long",
		    mvc_oid_hex(&at->e.id).s, mvc_pack_path(&at->pack).s);
	if (err)
		return err;
	to = out->data + out->len;
	err = mvc_decode(dec, to, at->e.raw, at->e.codec, packed, n);
	if (!err && verify &&
	    !mvc_object_is(at->e.kind, &at->e.id, to, at->e.raw))
		err = mvc_fail(
		    MVC_ECORRUPT, "its bytes are not what its id says");
	if (!err)
		out->len += at->e.raw;
	out->data[out->len] = 0;
	if (!err)
		return MVC_OK;
	return mvc_fail_prefix(err, "object %.12s in %s is damaged",
	    mvc_oid_hex(&at->e.id).s, mvc_pack_path(&at->pack).s);
}

static int
read_place(struct mvc_store *s, const struct mvc_location *at, bool index,
    bool verify, struct mvc_buf *out)
{
	struct mvc_scratch *x;
	struct mvc_packuse use;
	int err;

	err = mvc_packcache_take(&use, s->packs, &at->pack, index);
	if (err)
		return err;
	err = mvc_scratch_take(&x, s);
	if (!err) {
		err = read_packed(&x->packed, &use, at);
		if (!err && index)
			err = check_recipe(s, &use, at, &x->packed);
		if (!err)
			err = mvc_store_decode(x->dec, at, x->packed.data,
			    x->packed.len, verify, out);
		mvc_scratch_give(s, x);
	}
	mvc_packcache_give(s->packs, &use);
	return err;
}

int
mvc_store_read_at(struct mvc_store *s, const struct mvc_location *at,
    bool verify, struct mvc_buf *out)
{
	mvc_buf_clear(out);
	return read_place(s, at, at->e.kind == MVC_RECIPE, verify, out);
}

int
mvc_store_read_unlisted(
    struct mvc_store *s, const struct mvc_location *at, struct mvc_buf *out)
{
	mvc_buf_clear(out);
	return read_place(s, at, false, true, out);
}

/* Tries each place until one gives the bytes. */
struct fetching {
	struct mvc_store *s;
	bool verify;
	struct mvc_buf *out;
	int fault; /* of an earlier place */
};

static int
try_place(void *arg, const struct mvc_location *at)
{
	struct fetching *f = arg;
	int err =
	    read_place(f->s, at, at->e.kind == MVC_RECIPE, f->verify, f->out);

	if (!err)
		return 1;
	/* Worse news than "the pack is gone" is kept. */
	if (f->fault == MVC_OK || f->fault == MVC_ENOTFOUND)
		f->fault = err;
	return 0;
}

/*
 * Go through an object's places, anew as long as what is looked into changes
 * meanwhile: a collection may have moved it.
 */
static int
locate_surely(struct mvc_store *s, enum mvc_kind kind, const struct mvc_oid *id,
    int (*each)(void *arg, const struct mvc_location *at), void *arg)
{
	uint64_t was = 0, is = 0;
	int err, r;

	do {
		was = is;
		r = mvc_store_locate(s, kind, id, each, arg);
		/* The first listing is as old as the store is open. */
		if (r == 0 && was)
			r = mvc_store_locate_hidden(s, kind, id, each, arg);
		if (r)
			return r;
		err = mvc_store_refreshed(s, &is);
	} while (!err && was != is);
	return err;
}

int
mvc_store_append(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, bool verify, struct mvc_buf *out)
{
	struct fetching f = {s, verify, out, MVC_OK};
	int r = locate_surely(s, kind, id, try_place, &f);

	if (r)
		return r < 0 ? r : MVC_OK;
	if (f.fault && f.fault != MVC_ENOTFOUND)
		return f.fault;
	return mvc_fail(MVC_ENOTFOUND, "object %.12s is not in the store",
	    mvc_oid_hex(id).s);
}

int
mvc_store_fetch(struct mvc_store *s, enum mvc_kind kind,
    const struct mvc_oid *id, bool verify, struct mvc_buf *out)
{
	mvc_buf_clear(out);
	return mvc_store_append(s, kind, id, verify, out);
}

int
mvc_store_get(struct mvc_store *s, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	return mvc_store_fetch(s, kind, id, true, out);
}

int
mvc_index_agrees(struct mvc_store *s, const struct mvc_oid *pack,
    const struct mvc_segment_entry *e, bool *agrees)
{
	struct mvc_pack_entry p;
	struct mvc_packuse use;
	int err;

	err = mvc_packcache_take(&use, s->packs, pack, true);
	if (err)
		return err;
	err = mvc_packcache_find(&p, s->packs, &use, e->kind, &e->id);
	*agrees = !err && p.offset == e->offset && p.packed == e->packed &&
	    p.raw == e->raw && p.codec == e->codec;
	mvc_packcache_give(s->packs, &use);
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}

static int
is_there(void *arg, const struct mvc_location *at)
{
	return 1;
}

int
mvc_store_has(struct mvc_store *s, enum mvc_kind kind, const struct mvc_oid *id,
    bool *has)
{
	int r = locate_surely(s, kind, id, is_there, NULL);

	*has = r == 1;
	return r < 0 ? r : MVC_OK;
}

/* The bounds of all ids that begin with the digits. */
static int
prefix_bounds(struct mvc_oid *lo, struct mvc_oid *hi, const char *hex)
{
	char low[MVC_OID_HEX + 1], high[MVC_OID_HEX + 1];
	size_t n = strlen(hex);

	if (n > MVC_OID_HEX)
		return mvc_fail(MVC_EINVALID, "%s is no id", hex);
	memset(low, '0', MVC_OID_HEX);
	memset(high, 'f', MVC_OID_HEX);
	memcpy(low, hex, n);
	memcpy(high, hex, n);
	if (mvc_oid_parse(lo, low, MVC_OID_HEX) ||
	    mvc_oid_parse(hi, high, MVC_OID_HEX))
		return mvc_fail(MVC_EINVALID, "%s is no id", hex);
	return MVC_OK;
}

static int
prefix_in(struct mvc_segment *seg, enum mvc_kind kind, const struct mvc_oid *lo,
    const struct mvc_oid *hi, size_t *left,
    int (*each)(void *arg, enum mvc_kind kind, const struct mvc_oid *id),
    void *arg)
{
	uint64_t i, first, end;
	int err;

	end = mvc_segment_kind(seg, kind, &first);
	end += first;
	err = mvc_segment_lower(seg, kind, lo, &i);
	for (; !err && *left && i < end; i++, (*left)--) {
		struct mvc_segment_entry e;

		err = mvc_segment_at(seg, i, &e);
		if (err || mvc_oid_cmp(&e.id, hi) > 0)
			break;
		err = each(arg, kind, &e.id);
	}
	return err;
}

int
mvc_store_find_prefix(struct mvc_store *s, enum mvc_kind kind, const char *hex,
    size_t max,
    int (*each)(void *arg, enum mvc_kind kind, const struct mvc_oid *id),
    void *arg)
{
	struct mvc_oid lo, hi;
	int err;

	err = prefix_bounds(&lo, &hi, hex);
	if (!err)
		err = mvc_store_refresh(s);
	if (err)
		return err;
	pthread_rwlock_rdlock(&s->segs_lock);
	for (size_t i = 0; !err && i < s->n_segs; i++)
		for (enum mvc_kind k = 1; !err && k <= MVC_KIND_LAST; k++)
			if (!kind || k == kind)
				err = prefix_in(
				    s->segs[i], k, &lo, &hi, &max, each, arg);
	pthread_rwlock_unlock(&s->segs_lock);
	return err;
}
