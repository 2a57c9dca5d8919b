#include "remote/check.h"
#include "remote/landing.h"
#include "remote/packcheck.h"
#include "util/flow.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* A segment that is read whole to be checked. */
#define SEGMENT_MAX (UINT64_C(1) << 30)

struct checking {
	struct mvc_check *c;
	struct mvc_backend *b;
	struct mvc_oidset segments, seen; /* kind 1 */
	struct mvc_segment_pack *packs;
	size_t n;
	struct mvc_decoder **decoders;
	unsigned n_threads;
};

/* One pack: what is wrong with it, and whether it was put back. */
struct job {
	const struct mvc_segment_pack *pack;
	char *why; /* NULL: nothing */
	bool mended;
};

static bool
is_fault(int err)
{
	return err == MVC_ENOTFOUND || err == MVC_ECORRUPT ||
	    err == MVC_EVERSION;
}

/* What to say of a fault. */
static const char *
why_of(int err)
{
	return err == MVC_ENOTFOUND ? "it is gone" : mvc_error_text();
}

static void
found(struct checking *k, bool mended, const char *key, const char *why)
{
	char text[MVC_ERROR_MAX];

	k->c->damaged++;
	k->c->repaired += mended;
	snprintf(text, sizeof(text), "%s: %s (%s)",
	    mended ? "put back" : "damaged", key, why);
	k->c->finding(k->c->arg, text);
}

static int
take_root(void *arg, const char *key, const struct mvc_keystat *st)
{
	struct checking *k = arg;
	struct mvc_root r;
	bool was;
	int err;

	if (mvc_trash_has_root(mvc_far_trash(k->c->far), key + 6))
		return MVC_OK;
	err = mvc_root_read(&r, k->b, key);
	if (is_fault(err)) {
		found(k, false, key, mvc_error_text());
		return MVC_OK;
	}
	if (err)
		return err;
	k->c->roots++;
	for (size_t i = 0; !err && i < r.n_segments; i++)
		err = mvc_oidset_add(&k->segments, 1, &r.segments[i], &was);
	mvc_root_release(&r);
	return err;
}

static int
note_packs(struct checking *k, struct mvc_segment *seg)
{
	uint32_t n = mvc_segment_packs(seg);
	struct mvc_segment_pack *t;

	t = realloc(k->packs, (k->n + n + 1) * sizeof(*t));
	if (!t)
		return mvc_fail(MVC_ENOMEM, "no memory for packs");
	k->packs = t;
	for (uint32_t i = 0; i < n; i++) {
		bool was;
		int err;

		mvc_segment_pack_at(seg, i, &t[k->n]);
		err = mvc_oidset_add(&k->seen, 1, &t[k->n].name, &was);
		if (err)
			return err;
		k->n += !was;
	}
	return MVC_OK;
}

/* The remote's own bytes, all of them. */
static int
read_segment(struct checking *k, const struct mvc_oid *name, uint64_t size)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(SEGMENT_MAX);
	MVC_OWN(mvc_segment) *seg = NULL;
	int err;

	if (size > SEGMENT_MAX)
		return MVC_OK;
	err = mvc_backend_load(k->b, mvc_segment_path(name).s, &b);
	if (!err)
		err = mvc_segment_parse(&seg, b.data, b.len);
	if (!err && !mvc_oid_eq(mvc_segment_name(seg), name))
		err = mvc_fail(MVC_ECORRUPT, "its head is damaged");
	return err ? err : mvc_segment_verify(seg);
}

struct copying {
	int fd;
	const char *path;
};

static int
read_copy(void *arg, uint64_t off, void *p, size_t n)
{
	struct copying *c = arg;
	size_t got;
	int err = mvc_sys_pread(&got, c->fd, p, n, off, c->path);

	return err || got == n
	    ? err
	    : mvc_fail(MVC_ECORRUPT, "%s is cut short", c->path);
}

/* Put an open file, which was checked, under its key. */
static int
put_back(struct checking *k, int fd, const char *key)
{
	struct copying c = {fd, key};
	struct mvc_body body = {.read = read_copy, .arg = &c, .fd = fd};
	struct stat st;

	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", key);
	body.size = (uint64_t)st.st_size;
	return mvc_backend_put(k->b, key, &body, 0);
}

/* The copy in the cache may be whole. */
static int
mend_segment(bool *mended, struct checking *k, struct mvc_segment *seg)
{
	struct mvc_segment_path path = mvc_segment_path(mvc_segment_name(seg));
	MVC_OWN_FD int fd = -1;
	int err;

	*mended = false;
	if (!k->c->repair || !(k->b->can & MVC_CAN_WRITE) ||
	    mvc_segment_verify(seg))
		return MVC_OK;
	err = mvc_sys_open(
	    &fd, mvc_far_cache(k->c->far)->fd, path.s, O_RDONLY, 0);
	if (!err)
		err = put_back(k, fd, path.s);
	*mended = !err;
	return err;
}

static int
check_segment(struct checking *k, const struct mvc_oid *name)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	char why[MVC_ERROR_MAX];
	struct mvc_segment *seg;
	struct mvc_keystat st;
	bool mended = false;
	int err, bad;

	/* From the cache, where it is whole or asks for what it lacks. */
	err = mvc_far_segment(&seg, k->c->far, name);
	if (is_fault(err)) {
		found(k, false, path.s, why_of(err));
		return MVC_OK;
	}
	if (!err)
		err = note_packs(k, seg);
	if (err)
		return err;
	bad = mvc_backend_stat(k->b, path.s, &st);
	if (!bad && st.size != mvc_segment_size(seg))
		bad = mvc_fail(MVC_ECORRUPT, "it has a wrong length");
	if (!bad && k->c->full)
		bad = read_segment(k, name, st.size);
	if (!bad || !is_fault(bad))
		return bad;
	snprintf(why, sizeof(why), "%s", why_of(bad));
	err = mend_segment(&mended, k, seg);
	if (err)
		return err;
	found(k, mended, path.s, why);
	return MVC_OK;
}

static int
check_segments(struct checking *k)
{
	int err = MVC_OK;

	for (size_t i = 0; !err && i < k->segments.cap; i++)
		if (k->segments.kinds[i])
			err = check_segment(k, &k->segments.ids[i]);
	return err;
}

/* Read a pack whole, into a temporary of the cache, and check it. */
static int
read_pack(struct checking *k, const struct mvc_segment_pack *p,
    struct mvc_decoder *dec)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	struct mvc_landing l = {.name = t.name};
	struct mvc_pack_index ix = {.n = 0};
	int err;

	err = mvc_folder_tmp(&t, mvc_far_cache(k->c->far));
	l.fd = t.fd;
	if (!err)
		err = mvc_backend_get(k->b, mvc_pack_path(&p->name).s, 0,
		    p->size, mvc_landing_take, &l);
	if (!err)
		err = mvc_packcheck(&ix, t.fd, &p->name, dec, NULL, NULL);
	mvc_pack_index_release(&ix);
	mvc_tmpfile_release(&t);
	return err;
}

static int
check_pack(struct checking *k, const struct mvc_segment_pack *p,
    struct mvc_decoder *dec)
{
	struct mvc_keystat st;
	int err;

	err = mvc_backend_stat(k->b, mvc_pack_path(&p->name).s, &st);
	if (!err && st.size != p->size)
		err = mvc_fail(MVC_ECORRUPT, "it has a wrong length");
	return err || !k->c->full ? err : read_pack(k, p, dec);
}

/* The local store may have the same pack, and whole. */
static int
mend_pack(bool *mended, struct checking *k, const struct mvc_segment_pack *p,
    struct mvc_decoder *dec)
{
	struct mvc_pack_path path = mvc_pack_path(&p->name);
	struct mvc_pack_index ix = {.n = 0};
	MVC_OWN_FD int fd = -1;
	int err;

	*mended = false;
	if (!k->c->repair || !(k->b->can & MVC_CAN_WRITE) ||
	    mvc_trash_has(mvc_far_trash(k->c->far), MVC_TRASH_PACK, &p->name))
		return MVC_OK;
	err = mvc_sys_open(
	    &fd, mvc_store_folder(k->c->store)->fd, path.s, O_RDONLY, 0);
	if (!err)
		err = mvc_packcheck(&ix, fd, &p->name, dec, NULL, NULL);
	mvc_pack_index_release(&ix);
	if (err)
		return err == MVC_ENOMEM ? err : MVC_OK;
	err = put_back(k, fd, path.s);
	*mended = !err;
	return err;
}

static int
pack_work(void *ctx, void *job, unsigned thread)
{
	struct checking *k = ctx;
	struct job *j = job;
	int err = check_pack(k, j->pack, k->decoders[thread]);

	atomic_fetch_add(&k->c->ctx->progress.items, 1);
	if (!err || !is_fault(err))
		return err;
	j->why = strdup(why_of(err));
	if (!j->why)
		return mvc_fail(MVC_ENOMEM, "no memory");
	return mend_pack(&j->mended, k, j->pack, k->decoders[thread]);
}

static int
pack_finish(void *ctx, void *job)
{
	struct checking *k = ctx;
	struct job *j = job;

	k->c->packs++;
	k->c->bytes += j->pack->size;
	if (j->why)
		found(k, j->mended, mvc_pack_path(&j->pack->name).s, j->why);
	return MVC_OK;
}

static void
pack_drop(void *ctx, void *job)
{
	free(((struct job *)job)->why);
	free(job);
}

static const struct mvc_flow_ops pack_ops = {pack_work, pack_finish, pack_drop};

static int
check_packs(struct checking *k)
{
	MVC_OWN(mvc_flow) *flow = NULL;
	int err;

	atomic_store(&k->c->ctx->progress.items_total, k->n);
	err = mvc_flow_new(&flow, k->n_threads, 4 * k->n_threads, &pack_ops, k);
	for (size_t i = 0; !err && i < k->n; i++) {
		struct job *j = calloc(1, sizeof(*j));

		if (!j)
			return mvc_fail(MVC_ENOMEM, "no memory to check");
		j->pack = &k->packs[i];
		err = mvc_flow_push(flow, j);
	}
	return err ? err : mvc_flow_wait(flow);
}

static int
start(struct checking *k)
{
	int err = MVC_OK;

	k->n_threads = k->b->calls < 32 ? k->b->calls : 32;
	k->decoders = calloc(k->n_threads, sizeof(struct mvc_decoder *));
	if (!k->decoders)
		return mvc_fail(MVC_ENOMEM, "no memory to check");
	for (unsigned i = 0; !err && i < k->n_threads; i++)
		err = mvc_decoder_new(&k->decoders[i]);
	return err;
}

int
mvc_check(struct mvc_check *c)
{
	struct checking k = {.c = c, .b = mvc_far_backend(c->far)};
	char prefix[64];
	int err;

	atomic_store(&c->ctx->progress.what, "checking");
	snprintf(prefix, sizeof(prefix), "roots/%.32s/", c->holder);
	err = start(&k);
	if (!err)
		err = mvc_backend_list(k.b, prefix, NULL, take_root, &k);
	if (!err)
		err = check_segments(&k);
	if (!err)
		err = check_packs(&k);
	for (unsigned i = 0; k.decoders && i < k.n_threads; i++)
		mvc_decoder_free(k.decoders[i]);
	free(k.decoders);
	free(k.packs);
	mvc_oidset_release(&k.segments);
	mvc_oidset_release(&k.seen);
	return err || c->damaged == c->repaired ? err : MVC_EFINDING;
}
