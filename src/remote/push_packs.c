/*
 *   local packs ──► all of it goes? ──► as it is ───────────┐
 *                   else: objects ──► new packs, in CACHE ──┴► put, many at once
 *
 * The bytes of a pack are checked against its index while they are sent. The
 * order is that of the packs' names, so that a push begun again makes the same
 * new packs, and finds them there.
 */
#include "hash/digest.h"
#include "remote/push_priv.h"
#include "store/format.h"
#include "store/packer.h"
#include "util/file.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Objects of a push before their segment is written: bounds memory. */
#define SPILL_OBJECTS (UINT32_C(1) << 20)

/* A pack on its way. */
struct parcel {
	struct mvc_pack_index ix;
	struct mvc_pack_entry *order; /* its entries as they lie in the file */
	int fd;
	uint64_t size;
	bool built; /* in the cache: goes when it was put */
	bool found; /* it was there */
	/* Checking: the object that the next byte belongs to. */
	uint32_t at;
	uint64_t next;
	struct mvc_digest digest;
};

struct packing {
	struct mvc_pushing *g;
	struct mvc_flow *flow;
	struct mvc_packdisk *disk;
	struct mvc_packer *data, *meta;
	bool any; /* some were built already */
};

static void
parcel_free(struct mvc_pushing *g, struct parcel *c)
{
	struct mvc_pack_path path = mvc_pack_path(&c->ix.name);

	if (c->built)
		mvc_file_discard(mvc_far_cache(g->p->far)->fd, path.s);
	if (c->fd >= 0)
		close(c->fd);
	mvc_digest_release(&c->digest);
	mvc_pack_index_release(&c->ix);
	free(c->order);
	free(c);
}

static int
by_offset(const void *a, const void *b)
{
	const struct mvc_pack_entry *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Open a pack below a folder and read its index. */
static int
parcel_open(struct parcel **out, struct mvc_pushing *g, int dirfd,
    const struct mvc_oid *name, bool built)
{
	struct mvc_pack_path path = mvc_pack_path(name);
	struct parcel *c = calloc(1, sizeof(*c));
	struct stat st;
	int err;

	*out = NULL;
	if (!c)
		return mvc_fail(MVC_ENOMEM, "no memory to send a pack");
	err = mvc_sys_open(&c->fd, dirfd, path.s, O_RDONLY | O_NONBLOCK, 0);
	/* One that another push of this clone built too, and sent. */
	if (err == MVC_ENOTFOUND && built)
		err = mvc_fail(MVC_EAGAIN,
		    "another push from here sends the same: run the command "
		    "again");
	if (!err)
		err = mvc_pack_index_read(&c->ix, c->fd, path.s, name);
	if (!err && fstat(c->fd, &st) < 0)
		err = mvc_fail_errno("stat %s", path.s);
	if (!err) {
		c->built = built;
		c->size = (uint64_t)st.st_size;
		c->order = calloc(c->ix.n + 1, sizeof(*c->order));
		if (!c->order)
			err = mvc_fail(MVC_ENOMEM, "no memory for a pack");
	}
	if (err) {
		parcel_free(g, c);
		return err;
	}
	memcpy(c->order, c->ix.entries, c->ix.n * sizeof(*c->order));
	qsort(c->order, c->ix.n, sizeof(*c->order), by_offset);
	*out = c;
	return MVC_OK;
}

static int
damaged(const struct parcel *c)
{
	return mvc_fail(MVC_ECORRUPT,
	    "%s is damaged here: run `mvc fsck`, then push again",
	    mvc_pack_path(&c->ix.name).s);
}

/* Feed the bytes at c->next to the check of the object they belong to. */
static int
check_bytes(struct parcel *c, const uint8_t *p, size_t n)
{
	while (n > 0 && c->at < c->ix.n) {
		const struct mvc_pack_entry *e = &c->order[c->at];
		uint64_t end = e->offset + e->packed;
		size_t skip = 0, part;
		struct mvc_oid is;

		if (c->next < e->offset)
			skip = e->offset - c->next < n
			    ? (size_t)(e->offset - c->next)
			    : n;
		c->next += skip;
		p += skip;
		n -= skip;
		part = end - c->next < n ? (size_t)(end - c->next) : n;
		mvc_digest_update(&c->digest, p, part);
		c->next += part;
		p += part;
		n -= part;
		if (c->next < end)
			return MVC_OK;
		mvc_digest_final(&c->digest, &is);
		mvc_digest_reset(&c->digest);
		if (memcmp(is.b, e->check, sizeof(e->check)))
			return damaged(c);
		c->at++;
	}
	c->next += n;
	return MVC_OK;
}

/* What a backend asks for once more was checked the first time. */
static int
parcel_read(void *arg, uint64_t off, void *p, size_t n)
{
	struct parcel *c = arg;
	size_t got;
	int err;

	err =
	    mvc_sys_pread(&got, c->fd, p, n, off, mvc_pack_path(&c->ix.name).s);
	if (!err && got < n)
		err = damaged(c);
	if (err || off > c->next || off + n <= c->next)
		return err;
	return check_bytes(c, (const uint8_t *)p + (c->next - off),
	    (size_t)(off + n - c->next));
}

/* Objects lie back to back; the check goes by that. */
static bool
is_plain(const struct parcel *c)
{
	uint64_t at = MVC_PACK_HEADER;

	for (uint32_t i = 0; i < c->ix.n; at += c->order[i++].packed)
		if (c->order[i].offset != at)
			return false;
	return true;
}

static int
take_check(void *arg, const void *p, size_t n)
{
	return check_bytes(arg, p, n);
}

/* Read a pack back from the remote, object by object. */
static int
read_back(struct mvc_pushing *g, struct parcel *c)
{
	const char *url = g->b->url;
	int err;

	c->at = 0;
	c->next = 0;
	mvc_digest_reset(&c->digest);
	err = mvc_backend_get(
	    g->b, mvc_pack_path(&c->ix.name).s, 0, c->size, take_check, c);
	if (err != MVC_ECORRUPT)
		return err;
	return mvc_fail(MVC_EIO,
	    "%s gave back something else than %s: push again, and look at "
	    "that place's disks",
	    url, mvc_pack_path(&c->ix.name).s);
}

static int
put_pack(struct mvc_pushing *g, struct parcel *c)
{
	struct mvc_pack_path path = mvc_pack_path(&c->ix.name);
	struct mvc_keystat st;
	struct mvc_body body = {
	    .size = c->size, .read = parcel_read, .arg = c, .fd = c->fd};
	int err;

	err = mvc_backend_stat(g->b, path.s, &st);
	if (err != MVC_ENOTFOUND) {
		c->found = !err && st.size == c->size;
		if (err || c->found)
			return err;
	}
	err = mvc_digest_init(&c->digest);
	if (!err)
		err = mvc_backend_put(g->b, path.s, &body, 0);
	if (!err && c->at < c->ix.n)
		err = mvc_fail(MVC_EIO, "%s was not read through", path.s);
	if (!err && g->p->verify)
		err = read_back(g, c);
	return err;
}

static int
parcel_work(void *ctx, void *job, unsigned thread)
{
	struct mvc_pushing *g = ctx;
	struct parcel *c = job;
	int err = put_pack(g, c);

	if (!err)
		atomic_fetch_add(&g->p->ctx->progress.bytes, c->size);
	return err;
}

static int
note_sent(struct mvc_pushing *g, const struct parcel *c)
{
	struct mvc_segment_pack *t;

	if ((g->n_sent & (g->n_sent + 1)) == 0) {
		t = realloc(g->sent, (2 * g->n_sent + 2) * sizeof(*t));
		if (!t)
			return mvc_fail(MVC_ENOMEM, "no memory for packs");
		g->sent = t;
	}
	t = &g->sent[g->n_sent++];
	t->name = c->ix.name;
	t->size = c->size;
	return MVC_OK;
}

static int
parcel_finish(void *ctx, void *job)
{
	struct mvc_pushing *g = ctx;
	struct parcel *c = job;
	int err;

	g->p->found += c->found;
	if (!c->found) {
		g->p->packs++;
		g->p->bytes += c->size;
		g->p->whole += !c->built;
	}
	err = note_sent(g, c);
	if (!err)
		err = mvc_seglist_add(&g->list, &c->ix, c->size);
	if (!err && g->list.n_entries >= SPILL_OBJECTS)
		err = mvc_push_segment(g);
	return err;
}

static void
parcel_drop(void *ctx, void *job)
{
	parcel_free(ctx, job);
}

static const struct mvc_flow_ops parcel_ops = {
    parcel_work, parcel_finish, parcel_drop};

static int
send_parcel(struct packing *k, struct parcel *c)
{
	atomic_fetch_add(&k->g->p->ctx->progress.bytes_total, c->size);
	return mvc_flow_push(k->flow, c);
}

/* Close a new pack under a name that is not condemned there, and send it. */
static int
seal(struct packing *k, struct mvc_packer **slot)
{
	const struct mvc_trash *trash = mvc_far_trash(k->g->p->far);
	struct mvc_packer *p = *slot;
	struct mvc_oid name;
	struct parcel *c;
	uint64_t salt;
	int err;

	if (!p || mvc_packer_count(p) == 0)
		return MVC_OK;
	err = mvc_packer_close(p, 0);
	while (!err &&
	    mvc_trash_has(trash, MVC_TRASH_PACK, &mvc_packer_index(p)->name)) {
		err = mvc_random(&salt, sizeof(salt));
		if (!err)
			err = mvc_packer_close(p, salt);
	}
	if (err)
		return err;
	name = mvc_packer_index(p)->name;
	err = mvc_packer_publish(MVC_TAKE(*slot));
	if (!err)
		err = mvc_packdisk_wait(k->disk);
	if (!err)
		err = parcel_open(
		    &c, k->g, mvc_far_cache(k->g->p->far)->fd, &name, true);
	if (err)
		return err;
	k->any = true;
	return send_parcel(k, c);
}

static int
copy_object(struct packing *k, const struct parcel *from,
    const struct mvc_pack_entry *e, struct mvc_buf *buf)
{
	struct mvc_packer **slot = e->kind == MVC_CHUNK ? &k->data : &k->meta;
	struct mvc_pack_entry to = *e;
	uint8_t check[16];
	size_t got;
	int err;

	mvc_buf_clear(buf);
	err = mvc_buf_reserve(buf, e->packed);
	if (!err)
		err = mvc_sys_pread(&got, from->fd, buf->data, e->packed,
		    e->offset, mvc_pack_path(&from->ix.name).s);
	if (err)
		return err;
	mvc_blake3_128(check, buf->data, got);
	if (got != e->packed || memcmp(check, e->check, sizeof(check)))
		return damaged(from);
	if (!*slot)
		err =
		    mvc_packer_new(slot, mvc_far_cache(k->g->p->far), k->disk);
	if (!err)
		err = mvc_packer_add(*slot, &to, buf->data);
	if (!err && mvc_packer_full(*slot))
		err = seal(k, slot);
	return err;
}

static int
goes(bool *out, struct mvc_pushing *g, const struct parcel *c,
    const struct mvc_pack_entry *e)
{
	struct mvc_tallied t;
	int err = mvc_tally_object(&t, g->out, e->kind, &e->id, false);

	*out = !err && t.was && mvc_oid_eq(&t.pack, &c->ix.name);
	return err;
}

/* Whether a pack goes as it is. */
static int
is_whole(bool *out, struct mvc_pushing *g, const struct parcel *c)
{
	int err = MVC_OK;

	*out = c->ix.n_needs == 0 && is_plain(c) &&
	    !mvc_trash_has(
		mvc_far_trash(g->p->far), MVC_TRASH_PACK, &c->ix.name);
	for (uint32_t i = 0; !err && *out && i < c->ix.n; i++)
		err = goes(out, g, c, &c->ix.entries[i]);
	return err;
}

static int
copy_some(struct packing *k, const struct parcel *c)
{
	MVC_SCOPED(mvc_buf) buf = MVC_BUF_INIT(MVC_OBJECT_MAX);
	int err = MVC_OK;

	for (uint32_t i = 0; !err && i < c->ix.n; i++) {
		bool out;

		err = goes(&out, k->g, c, &c->order[i]);
		if (err || !out)
			continue;
		if (k->g->p->dry_run)
			k->g->p->bytes += c->order[i].packed;
		else
			err = copy_object(k, c, &c->order[i], &buf);
	}
	return err;
}

static int
send_pack(struct packing *k, int dirfd, const struct mvc_oid *name)
{
	struct mvc_push *p = k->g->p;
	struct parcel *c;
	bool whole;
	int err;

	err = parcel_open(&c, k->g, dirfd, name, false);
	if (err)
		return err;
	err = is_whole(&whole, k->g, c);
	if (!err && whole && !p->dry_run)
		return send_parcel(k, c);
	if (!err && whole) {
		p->packs++;
		p->whole++;
		p->bytes += c->size;
	} else if (!err) {
		err = copy_some(k, c);
	}
	parcel_free(k->g, c);
	return err;
}

static int
oid_cmp(const void *a, const void *b)
{
	return mvc_oid_cmp(a, b);
}

/* The set's packs, sorted. */
static int
sort_packs(struct mvc_oid **out, const struct mvc_oidset *set)
{
	size_t n = 0;

	*out = calloc(set->n + 1, sizeof(**out));
	if (!*out)
		return mvc_fail(MVC_ENOMEM, "no memory for packs");
	for (size_t i = 0; i < set->cap; i++)
		if (set->kinds[i])
			(*out)[n++] = set->ids[i];
	qsort(*out, n, sizeof(**out), oid_cmp);
	return MVC_OK;
}

static int
seal_rest(struct packing *k)
{
	int err = MVC_OK;

	if (!k->any && k->data && k->meta &&
	    mvc_packer_bytes(k->data) + mvc_packer_bytes(k->meta) <
		MVC_PACK_TOGETHER)
		err = mvc_packer_absorb(k->data, k->meta);
	if (!err)
		err = seal(k, &k->data);
	if (!err)
		err = seal(k, &k->meta);
	return err;
}

int
mvc_push_packs(struct mvc_pushing *g)
{
	MVC_OWN_MEM struct mvc_oid *packs = NULL;
	struct packing k = {.g = g};
	MVC_OWN_FD int dirfd = -1;
	int err;

	err = sort_packs(&packs, &g->packs);
	if (!err)
		err = mvc_sys_open(&dirfd, AT_FDCWD,
		    mvc_store_path(g->p->store), O_RDONLY | O_DIRECTORY, 0);
	if (!err)
		err = mvc_flow_new(
		    &k.flow, g->b->calls, g->b->calls + 1, &parcel_ops, g);
	if (!err)
		err = mvc_packdisk_new(&k.disk);
	for (size_t i = 0; !err && i < g->packs.n; i++)
		err = send_pack(&k, dirfd, &packs[i]);
	if (!err)
		err = seal_rest(&k);
	if (!err)
		err = mvc_flow_wait(k.flow);
	mvc_packdisk_free(k.disk);
	mvc_packer_free(k.data);
	mvc_packer_free(k.meta);
	mvc_flow_free(k.flow);
	return err;
}
