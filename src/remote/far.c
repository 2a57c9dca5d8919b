#include "remote/far.h"
#include "remote/landing.h"
#include "chunk/codec.h"
#include "store/collect.h"
#include "store/format.h"
#include "store/store.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>
#include <pthread.h>

/* Asked for first: the head of most segments, and all of a small one. */
#define FIRST (256 << 10)
/* A segment up to this length is copied whole. */
#define WHOLE (512 << 10)
/* Touched blocks that are asked for one by one; then ever more at a time. */
#define PATIENCE 4
#define WINDOW_MAX (UINT64_C(8) << 20)

struct part {
	struct mvc_segment *seg;
	uint64_t window; /* bytes asked for at the next touch */
	unsigned touched;
	bool looked_into;
	_Atomic bool used; /* it has found something */
};

struct mvc_far {
	struct mvc_ctx *ctx;
	struct mvc_backend *b;
	struct mvc_folder cache;
	struct mvc_trash trash;
	uint64_t read_at; /* of the lists */
	pthread_mutex_t lock; /* of the parts' windows, and filling */
	struct part *parts;
	size_t n;
};

void
mvc_far_free(struct mvc_far *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		mvc_segment_free(f->parts[i].seg);
	free(f->parts);
	mvc_trash_release(&f->trash);
	if (f->cache.fd >= 0)
		close(f->cache.fd);
	free(f->cache.path);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static int
open_cache(struct mvc_far *f, const char *path)
{
	int err;

	mvc_folder_share(&f->cache, 0);
	f->cache.file = 0666;
	f->cache.path = strdup(path);
	if (!f->cache.path)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	err = mvc_file_mkdirs(AT_FDCWD, path, 0777);
	if (!err)
		err = mvc_sys_open(
		    &f->cache.fd, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0);
	return err;
}

int
mvc_far_new(struct mvc_far **out, struct mvc_ctx *ctx, struct mvc_backend *b,
    const char *cache)
{
	MVC_OWN(mvc_far) *f = calloc(1, sizeof(*f));
	int err;

	*out = NULL;
	if (!f)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	f->ctx = ctx;
	f->b = b;
	f->cache.fd = -1;
	pthread_mutex_init(&f->lock, NULL);
	err = open_cache(f, cache);
	if (!err)
		*out = MVC_TAKE(f);
	return err;
}

int
mvc_far_open(struct mvc_far **out, struct mvc_ctx *ctx, struct mvc_backend *b,
    const char *cache)
{
	int err = mvc_far_new(out, ctx, b, cache);

	if (!err)
		err = mvc_far_reread(*out);
	if (err)
		mvc_far_free(MVC_TAKE(*out));
	return err;
}

struct mvc_backend *
mvc_far_backend(const struct mvc_far *f)
{
	return f->b;
}

const struct mvc_folder *
mvc_far_cache(const struct mvc_far *f)
{
	return &f->cache;
}

const struct mvc_trash *
mvc_far_trash(const struct mvc_far *f)
{
	return &f->trash;
}

int
mvc_far_reread(struct mvc_far *f)
{
	mvc_trash_release(&f->trash);
	f->read_at = mvc_boottime();
	/* What cannot be listed is never collected from afar. */
	if (!(f->b->can & MVC_CAN_LIST))
		return MVC_OK;
	return mvc_trash_load(&f->trash, f->b);
}

uint64_t
mvc_far_read_at(const struct mvc_far *f)
{
	return f->read_at;
}

int
mvc_far_look_away(struct mvc_far *f)
{
	for (size_t i = 0; i < f->n; i++)
		f->parts[i].looked_into = false;
	return mvc_far_reread(f);
}

static int
copy_range(
    struct mvc_far *f, int fd, const char *key, uint64_t from, uint64_t to)
{
	struct mvc_landing c = {.fd = fd, .at = from, .name = key};

	if (from >= to)
		return MVC_OK;
	return mvc_backend_get(
	    f->b, key, from, to - from, mvc_landing_take, &c);
}

/* How much of the copy must be there at once: the head, or all. */
static int
copy_first(struct mvc_far *f, int fd, const char *key)
{
	uint8_t fixed[MVC_SEGMENT_HEAD];
	uint64_t head, size;
	struct mvc_landing c = {.fd = fd, .name = key};
	size_t got;
	int err;

	/* Fewer bytes than asked for is no fault yet. */
	err = mvc_backend_get(f->b, key, 0, FIRST, mvc_landing_take, &c);
	if (err && (err != MVC_ECORRUPT || c.at == 0))
		return err;
	err = mvc_sys_pread(&got, fd, fixed, sizeof(fixed), 0, key);
	if (!err && got < sizeof(fixed))
		err = mvc_fail(MVC_ECORRUPT, "it is cut short");
	if (!err)
		err = mvc_segment_lengths(&head, &size, fixed);
	if (!err && c.at < size && c.at < FIRST)
		err = mvc_fail(MVC_ECORRUPT, "it is cut short");
	if (err)
		return mvc_fail_prefix(err, "%s: %s", f->b->url, key);
	err = copy_range(f, fd, key, c.at, size <= WHOLE ? size : head);
	return err ? err : mvc_sys_truncate(fd, size, key);
}

static int
copy_new(struct mvc_far *f, const char *key)
{
	struct mvc_tmpfile t = MVC_TMPFILE_INIT;
	int err;

	err = mvc_folder_tmp(&t, &f->cache);
	if (err)
		return err;
	err = copy_first(f, t.fd, key);
	if (!err)
		err = mvc_folder_make(&f->cache, key);
	if (err) {
		mvc_tmpfile_release(&t);
		return err;
	}
	return mvc_tmpfile_commit(&t, f->cache.fd, key, false);
}

static struct part *
part_of(struct mvc_far *f, const struct mvc_oid *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (mvc_oid_eq(mvc_segment_name(f->parts[i].seg), name))
			return &f->parts[i];
	return NULL;
}

/* The range to ask for: the block, then more around it the more were. */
static void
widen(const struct part *p, uint64_t *off, uint64_t *end)
{
	uint64_t size = mvc_segment_size(p->seg), n = *end - *off;

	if (p->window <= n)
		return;
	*off -= *off % p->window;
	*end = size - *off > p->window + n ? *off + p->window + n : size;
}

static int
fill(void *arg, const struct mvc_oid *name, uint64_t off, uint64_t n)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	struct mvc_far *f = arg;
	MVC_OWN_FD int fd = -1;
	uint64_t end = off + n;
	struct part *p;
	int err;

	pthread_mutex_lock(&f->lock);
	p = part_of(f, name);
	if (p) {
		widen(p, &off, &end);
		if (++p->touched >= PATIENCE)
			p->window = p->window ? p->window * 2 : 2 * n;
		if (p->window > WINDOW_MAX)
			p->window = WINDOW_MAX;
	}
	err = mvc_sys_open(&fd, f->cache.fd, path.s, O_RDWR, 0);
	if (!err)
		err = copy_range(f, fd, path.s, off, end);
	pthread_mutex_unlock(&f->lock);
	return err;
}

static int
keep(struct mvc_far *f, struct mvc_segment *seg)
{
	struct part *t = realloc(f->parts, (f->n + 1) * sizeof(*t));

	if (!t) {
		mvc_segment_free(seg);
		return mvc_fail(MVC_ENOMEM, "no memory for segments");
	}
	f->parts = t;
	memset(&t[f->n], 0, sizeof(*t));
	t[f->n++].seg = seg;
	return MVC_OK;
}

int
mvc_far_segment(
    struct mvc_segment **out, struct mvc_far *f, const struct mvc_oid *name)
{
	struct part *p = part_of(f, name);
	int err;

	*out = p ? p->seg : NULL;
	if (p)
		return MVC_OK;
	err = mvc_segment_open_sparse(out, &f->cache, name, fill, f);
	if (err == MVC_ENOTFOUND || err == MVC_ECORRUPT) {
		err = copy_new(f, mvc_segment_path(name).s);
		if (!err)
			err = mvc_segment_open_sparse(
			    out, &f->cache, name, fill, f);
	}
	return err ? err : keep(f, *out);
}

static bool
is_clean(const struct mvc_far *f, const struct mvc_segment *seg)
{
	struct mvc_segment_pack p;

	if (f->trash.n == 0)
		return true;
	if (mvc_trash_has(&f->trash, MVC_TRASH_SEGMENT, mvc_segment_name(seg)))
		return false;
	for (uint32_t i = 0; i < mvc_segment_packs(seg); i++) {
		mvc_segment_pack_at(seg, i, &p);
		if (mvc_trash_has(&f->trash, MVC_TRASH_PACK, &p.name))
			return false;
	}
	return true;
}

int
mvc_far_lean(
    bool *clean, struct mvc_far *f, const struct mvc_root *r, bool reading)
{
	struct mvc_segment *seg;
	int err = MVC_OK;

	*clean = true;
	for (size_t i = 0; !err && i < r->n_segments; i++) {
		err = mvc_far_segment(&seg, f, &r->segments[i]);
		*clean = !err && *clean && is_clean(f, seg);
	}
	if (err || (!*clean && !reading))
		return err;
	for (size_t i = 0; i < r->n_segments; i++)
		part_of(f, &r->segments[i])->looked_into = true;
	return MVC_OK;
}

int
mvc_far_root(struct mvc_root *out, struct mvc_far *f, const char *holder,
    const struct mvc_oid *version)
{
	struct mvc_root_key key;
	int err;

	err = mvc_root_find(out, &key, f->b, holder, version, &f->trash);
	if (err == MVC_ENOTFOUND)
		err = mvc_root_find(out, &key, f->b, holder, version, NULL);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "this version was never pushed there");
	if (err || mvc_oid_eq(&out->oid, version))
		return err;
	mvc_root_release(out);
	return mvc_fail(MVC_ECORRUPT, "%s is of another version", key.s);
}

int
mvc_far_lean_on(
    struct mvc_far *f, const char *holder, const struct mvc_oid *version)
{
	struct mvc_root r;
	bool clean;
	int err = mvc_far_root(&r, f, holder, version);

	if (err)
		return err;
	err = mvc_far_lean(&clean, f, &r, true);
	mvc_root_release(&r);
	return err;
}

static int
locate_in(struct mvc_far_place *out, struct mvc_segment *seg,
    enum mvc_kind kind, const struct mvc_oid *id)
{
	struct mvc_segment_pack pack;
	uint64_t i, first, end;
	int err;

	end = mvc_segment_kind(seg, kind, &first);
	end += first;
	err = mvc_segment_lower(seg, kind, id, &i);
	if (!err && i < end)
		err = mvc_segment_at(seg, i, &out->e);
	if (err)
		return err;
	if (i >= end || !mvc_oid_eq(&out->e.id, id))
		return MVC_ENOTFOUND;
	mvc_segment_pack_at(seg, out->e.pack, &pack);
	out->pack = pack.name;
	out->pack_size = pack.size;
	return MVC_OK;
}

int
mvc_far_locate(struct mvc_far_place *out, struct mvc_far *f, enum mvc_kind kind,
    const struct mvc_oid *id)
{
	int err = MVC_ENOTFOUND;

	for (size_t i = 0; err == MVC_ENOTFOUND && i < f->n; i++) {
		if (!f->parts[i].looked_into)
			continue;
		err = locate_in(out, f->parts[i].seg, kind, id);
		if (!err)
			f->parts[i].used = true;
	}
	return err;
}

bool
mvc_far_used(const struct mvc_far *f, const struct mvc_root *r)
{
	for (size_t i = 0; i < f->n; i++)
		for (size_t j = 0; f->parts[i].used && j < r->n_segments; j++)
			if (mvc_oid_eq(mvc_segment_name(f->parts[i].seg),
				&r->segments[j]))
				return true;
	return false;
}

static int
decode(const struct mvc_far_place *at, const void *packed, struct mvc_buf *out)
{
	MVC_OWN(mvc_decoder) *dec = NULL;
	int err;

	mvc_buf_clear(out);
	err = mvc_buf_reserve(out, at->e.raw);
	if (!err)
		err = mvc_decoder_new(&dec);
	if (!err)
		err = mvc_decode(dec, out->data, at->e.raw, at->e.codec, packed,
		    at->e.packed);
	if (!err && !mvc_object_is(at->e.kind, &at->e.id, out->data, at->e.raw))
		err = mvc_fail(
		    MVC_ECORRUPT, "its bytes are not what its id says");
	if (!err)
		out->len = at->e.raw;
	return err;
}

int
mvc_far_get(struct mvc_far *f, enum mvc_kind kind, const struct mvc_oid *id,
    struct mvc_buf *out)
{
	MVC_OWN_MEM void *packed = NULL;
	struct mvc_far_place at;
	int err;

	err = mvc_far_locate(&at, f, kind, id);
	if (err == MVC_ENOTFOUND)
		return mvc_fail(err, "object %.12s is not on %s",
		    mvc_oid_hex(id).s, f->b->url);
	if (err)
		return err;
	packed = malloc(at.e.packed);
	if (!packed)
		return mvc_fail(MVC_ENOMEM, "no memory for an object");
	err = mvc_backend_read(
	    f->b, mvc_pack_path(&at.pack).s, at.e.offset, packed, at.e.packed);
	if (!err)
		err = decode(&at, packed, out);
	return err ? mvc_fail_prefix(err, "object %.12s on %s",
			 mvc_oid_hex(id).s, f->b->url)
		   : MVC_OK;
}
