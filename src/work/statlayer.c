#include "work/statlayer.h"
#include "work/gitfolder.h"
#include "hash/digest.h"
#include "util/bytes.h"
#include "util/clock.h"
#include "util/sys.h"

#include "util/banned.h"

static const char magic[8] = "MVCstat1";
#define VERSION 1
/* Blocks that an index may have: 2^32 of 32 KiB are more than any cache. */
#define BLOCKS_MAX (UINT64_C(1) << 32)

struct slot {
	uint64_t offset;
	uint64_t check;
};

struct mvc_statlayer {
	int fd;
	uint64_t id, base;
	int64_t time;
	uint64_t blocks;
	uint64_t size;
	struct slot *index; /* one more than blocks: the end */
};

struct mvc_statwriter {
	struct mvc_tmpfile tmp;
	uint64_t offset; /* of the block being filled */
	uint8_t *buf;
	size_t len;
	struct slot *index;
	uint64_t blocks, cap;
	char *path; /* the last one */
	size_t path_len;
	bool any;
};

static uint64_t
check_of(const void *p, size_t n)
{
	struct mvc_oid h;

	mvc_blake3(&h, p, n);
	return mvc_get64(h.b);
}

static int
header_check(
    uint64_t *out, const uint8_t *header, const struct slot *index, uint64_t n)
{
	struct mvc_digest d;
	struct mvc_oid h;
	uint8_t b[16];
	int err;

	err = mvc_digest_init(&d);
	if (err)
		return err;
	mvc_digest_update(&d, header, MVC_STAT_HEADER - 8);
	for (uint64_t i = 0; i < n; i++) {
		mvc_put64(b, index[i].offset);
		mvc_put64(b + 8, index[i].check);
		mvc_digest_update(&d, b, sizeof(b));
	}
	mvc_digest_final(&d, &h);
	mvc_digest_release(&d);
	*out = mvc_get64(h.b);
	return MVC_OK;
}

/* Reading a layer. */

static int
corrupt(const char *what)
{
	return mvc_fail(MVC_ECORRUPT, "stat cache: %s", what);
}

static int
read_all(int fd, void *p, size_t n, uint64_t off)
{
	size_t got;
	int err = mvc_sys_pread(&got, fd, p, n, off, "stat cache");

	if (err)
		return err;
	return got == n ? MVC_OK : corrupt("cut off");
}

static int
read_index(struct mvc_statlayer *l, uint64_t at)
{
	uint64_t before = MVC_STAT_HEADER;
	uint8_t *raw;
	int err;

	/* The index lies at the end, so its size is the file's remainder. */
	if (at < MVC_STAT_HEADER || at > l->size || l->blocks > BLOCKS_MAX ||
	    l->size - at != l->blocks * 16)
		return corrupt("odd lengths");
	l->index = calloc(l->blocks + 1, sizeof(*l->index));
	raw = malloc(l->blocks * 16 + 1);
	if (!l->index || !raw) {
		free(raw);
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	}
	err = read_all(l->fd, raw, l->blocks * 16, at);
	for (uint64_t i = 0; !err && i < l->blocks; i++) {
		struct slot *s = &l->index[i];

		s->offset = mvc_get64(raw + 16 * i);
		s->check = mvc_get64(raw + 16 * i + 8);
		if (i == 0 ? s->offset != before
			   : s->offset <= before ||
			    s->offset - before > MVC_STAT_BLOCK_MAX)
			err = corrupt("odd blocks");
		before = s->offset;
	}
	free(raw);
	l->index[l->blocks].offset = at;
	if (!err && l->blocks &&
	    (at <= before || at - before > MVC_STAT_BLOCK_MAX))
		err = corrupt("odd blocks");
	return err;
}

static int
read_layer(struct mvc_statlayer *l)
{
	uint8_t h[MVC_STAT_HEADER];
	struct stat st;
	uint64_t check;
	int err;

	if (fstat(l->fd, &st) < 0)
		return mvc_fail_errno("stat the stat cache");
	if (!S_ISREG(st.st_mode) || st.st_size < MVC_STAT_HEADER)
		return corrupt("too short");
	l->size = (uint64_t)st.st_size;
	err = read_all(l->fd, h, sizeof(h), 0);
	if (err)
		return err;
	if (memcmp(h, magic, sizeof(magic)) || mvc_get32(h + 8) != VERSION)
		return corrupt("of another version");
	l->id = mvc_get64(h + 16);
	l->base = mvc_get64(h + 24);
	l->time = (int64_t)mvc_get64(h + 32);
	l->blocks = mvc_get64(h + 48);
	err = read_index(l, mvc_get64(h + 40));
	if (!err)
		err = header_check(&check, h, l->index, l->blocks);
	if (!err && check != mvc_get64(h + 56))
		err = corrupt("damaged");
	return err;
}

int
mvc_statlayer_open(struct mvc_statlayer **out, int fd)
{
	MVC_OWN(mvc_statlayer) *l = calloc(1, sizeof(*l));
	int err;

	*out = NULL;
	if (!l) {
		close(fd);
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	}
	l->fd = fd;
	err = read_layer(l);
	if (err)
		return err;
	*out = MVC_TAKE(l);
	return MVC_OK;
}

void
mvc_statlayer_free(struct mvc_statlayer *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l->index);
	free(l);
}

uint64_t
mvc_statlayer_id(const struct mvc_statlayer *l)
{
	return l->id;
}

uint64_t
mvc_statlayer_base(const struct mvc_statlayer *l)
{
	return l->base;
}

uint64_t
mvc_statlayer_size(const struct mvc_statlayer *l)
{
	return l->size;
}

/* A position. */

int
mvc_statpos_init(struct mvc_statpos *p, struct mvc_statlayer *l)
{
	memset(p, 0, sizeof(*p));
	p->layer = l;
	p->buf = malloc(MVC_STAT_BLOCK_MAX);
	p->path = malloc(MVC_STAT_PATH_MAX + 1);
	if (!p->buf || !p->path) {
		mvc_statpos_release(p);
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	}
	return MVC_OK;
}

void
mvc_statpos_release(struct mvc_statpos *p)
{
	free(p->buf);
	free(p->path);
	memset(p, 0, sizeof(*p));
}

/* Nothing in the block can be had any more: as if the layer ended here. */
static void
end_here(struct mvc_statpos *p)
{
	p->valid = false;
	p->block = p->layer->blocks;
	p->at = p->block_len = 0;
}

static bool
load_block(struct mvc_statpos *p, uint64_t block)
{
	const struct slot *s = &p->layer->index[block];
	size_t n = (size_t)(s[1].offset - s->offset);
	int err;

	p->block = block;
	p->at = 0;
	p->block_len = n;
	p->e.path_len = 0;
	err = read_all(p->layer->fd, p->buf, n, s->offset);
	if (err && err != MVC_ECORRUPT)
		p->err = err;
	if (err || check_of(p->buf, n) != s->check) {
		end_here(p);
		return false;
	}
	return true;
}

static bool
decode_path(struct mvc_statpos *p, const uint8_t *r, size_t shared, size_t n)
{
	struct mvc_stat_entry *e = &p->e;

	if (shared > e->path_len || shared + n > MVC_STAT_PATH_MAX || n == 0 ||
	    memchr(r, 0, n))
		return false;
	if (shared < e->path_len &&
	    mvc_statpath_cmp(p->path + shared, 1, (const char *)r, 1) >= 0)
		return false;
	memcpy(p->path + shared, r, n);
	e->path = p->path;
	e->path_len = shared + n;
	p->path[e->path_len] = 0;
	return true;
}

/* The record at p->at, if it is sound. */
static bool
decode(struct mvc_statpos *p)
{
	const uint8_t *r = p->buf + p->at, *end = p->buf + p->block_len;
	struct mvc_stat_entry *e = &p->e;
	size_t shared, n, fixed = 6;
	bool id;

	if (end - r < 6)
		return false;
	shared = mvc_get16(r);
	n = mvc_get16(r + 2);
	id = r[5] & 0x80;
	e->kind = (enum mvc_entry_kind)r[4];
	e->flags = r[5] & 0x7f;
	if (e->kind < MVC_ENTRY_FILE || e->kind > MVC_ENTRY_DIR ||
	    e->flags > MVC_STAT_FLAGS)
		return false;
	fixed += (e->kind == MVC_ENTRY_DIR ? 0 : 32) + (id ? 32 : 0);
	if ((size_t)(end - r) < fixed + n)
		return false;
	r += 6;
	e->size = e->inode = 0;
	e->modified = e->changed = 0;
	if (e->kind != MVC_ENTRY_DIR) {
		e->size = mvc_get64(r);
		e->modified = (int64_t)mvc_get64(r + 8);
		e->changed = (int64_t)mvc_get64(r + 16);
		e->inode = mvc_get64(r + 24);
		r += 32;
		if (e->modified >= p->layer->time ||
		    e->changed >= p->layer->time)
			e->flags |= MVC_STAT_RACY;
	}
	memset(&e->oid, 0, sizeof(e->oid));
	if (id) {
		memcpy(e->oid.b, r, MVC_OID_SIZE);
		r += MVC_OID_SIZE;
	}
	if (!decode_path(p, r, shared, n))
		return false;
	p->at += fixed + n;
	return true;
}

void
mvc_statpos_next(struct mvc_statpos *p)
{
	if (p->at == p->block_len) {
		uint64_t next = p->block + (p->block_len ? 1 : 0);

		if (next >= p->layer->blocks) {
			end_here(p);
			return;
		}
		if (!load_block(p, next))
			return;
	}
	p->valid = decode(p);
	if (!p->valid)
		end_here(p);
}

static int
cmp_to(const struct mvc_statpos *p, const char *path, size_t len)
{
	return mvc_statpath_cmp(p->e.path, p->e.path_len, path, len);
}

/* The last block that begins at or before path, loaded at its first entry. */
static void
find_block(struct mvc_statpos *p, const char *path, size_t len)
{
	uint64_t lo = 0, hi = p->layer->blocks;

	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (!load_block(p, mid))
			return;
		p->valid = decode(p);
		if (!p->valid) {
			end_here(p);
			return;
		}
		if (cmp_to(p, path, len) <= 0)
			lo = mid;
		else
			hi = mid;
	}
	if (hi == 0) {
		end_here(p);
		return;
	}
	if (!load_block(p, lo))
		return;
	p->valid = decode(p);
	if (!p->valid)
		end_here(p);
}

void
mvc_statpos_seek(struct mvc_statpos *p, const char *path, size_t len)
{
	/* Often it is a little further on. */
	if (p->valid && cmp_to(p, path, len) <= 0) {
		uint64_t block = p->block;

		while (p->valid && p->block == block &&
		    cmp_to(p, path, len) < 0 && p->at < p->block_len)
			mvc_statpos_next(p);
		if (p->valid && cmp_to(p, path, len) >= 0)
			return;
	}
	find_block(p, path, len);
	while (p->valid && cmp_to(p, path, len) < 0)
		mvc_statpos_next(p);
}

/* Writing one. */

int
mvc_statwriter_new(struct mvc_statwriter **out, int dirfd)
{
	MVC_OWN(mvc_statwriter) *w = calloc(1, sizeof(*w));
	static const uint8_t zero[MVC_STAT_HEADER];
	int err;

	*out = NULL;
	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	w->tmp = (struct mvc_tmpfile)MVC_TMPFILE_INIT;
	w->offset = MVC_STAT_HEADER;
	w->buf = malloc(MVC_STAT_BLOCK_MAX);
	w->path = malloc(MVC_STAT_PATH_MAX + 1);
	if (!w->buf || !w->path)
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	err = mvc_tmpfile_open(&w->tmp, dirfd, ".", 0666);
	if (!err)
		mvc_gitfolder_share(dirfd, w->tmp.name);
	if (!err)
		err =
		    mvc_sys_write(w->tmp.fd, zero, sizeof(zero), "stat cache");
	if (err)
		return err;
	*out = MVC_TAKE(w);
	return MVC_OK;
}

void
mvc_statwriter_free(struct mvc_statwriter *w)
{
	if (!w)
		return;
	mvc_tmpfile_release(&w->tmp);
	free(w->buf);
	free(w->path);
	free(w->index);
	free(w);
}

static int
flush_block(struct mvc_statwriter *w)
{
	int err;

	if (w->len == 0)
		return MVC_OK;
	if (w->blocks == w->cap) {
		uint64_t cap = w->cap ? 2 * w->cap : 64;
		struct slot *index = realloc(w->index, cap * sizeof(*index));

		if (!index)
			return mvc_fail(
			    MVC_ENOMEM, "no memory for the stat cache");
		w->index = index;
		w->cap = cap;
	}
	w->index[w->blocks].offset = w->offset;
	w->index[w->blocks].check = check_of(w->buf, w->len);
	w->blocks++;
	err = mvc_sys_write(w->tmp.fd, w->buf, w->len, "stat cache");
	w->offset += w->len;
	w->len = 0;
	return err;
}

static void
encode(struct mvc_statwriter *w, const struct mvc_stat_entry *e, size_t shared)
{
	uint8_t *r = w->buf + w->len;
	bool id = !mvc_oid_is_zero(&e->oid);
	size_t n = e->path_len - shared;

	mvc_put16(r, (uint16_t)shared);
	mvc_put16(r + 2, (uint16_t)n);
	r[4] = (uint8_t)e->kind;
	r[5] = (uint8_t)(e->flags | (id ? 0x80 : 0));
	r += 6;
	if (e->kind != MVC_ENTRY_DIR) {
		mvc_put64(r, e->size);
		mvc_put64(r + 8, (uint64_t)e->modified);
		mvc_put64(r + 16, (uint64_t)e->changed);
		mvc_put64(r + 24, e->inode);
		r += 32;
	}
	if (id) {
		memcpy(r, e->oid.b, MVC_OID_SIZE);
		r += MVC_OID_SIZE;
	}
	memcpy(r, e->path + shared, n);
	w->len = (size_t)(r - w->buf) + n;
}

int
mvc_statwriter_add(struct mvc_statwriter *w, const struct mvc_stat_entry *e)
{
	size_t shared, n;

	if (e->path_len == 0 || e->path_len > MVC_STAT_PATH_MAX)
		return MVC_OK; /* not cached, so read anew each time */
	n = e->path_len < w->path_len ? e->path_len : w->path_len;
	shared = mvc_statpath_common(w->path, e->path, n);
	if (w->any &&
	    mvc_statpath_cmp(w->path, w->path_len, e->path, e->path_len) >= 0)
		return mvc_fail(MVC_EINVALID,
		    "stat cache: %s does not come after %.*s", e->path,
		    (int)w->path_len, w->path);
	encode(w, e, w->len ? shared : 0);
	memcpy(w->path, e->path, e->path_len);
	w->path_len = e->path_len;
	w->any = true;
	return w->len >= MVC_STAT_BLOCK ? flush_block(w) : MVC_OK;
}

static int
write_index(struct mvc_statwriter *w)
{
	uint8_t *raw = malloc(w->blocks * 16 + 1);
	int err;

	if (!raw)
		return mvc_fail(MVC_ENOMEM, "no memory for the stat cache");
	for (uint64_t i = 0; i < w->blocks; i++) {
		mvc_put64(raw + 16 * i, w->index[i].offset);
		mvc_put64(raw + 16 * i + 8, w->index[i].check);
	}
	err = mvc_sys_write(w->tmp.fd, raw, w->blocks * 16, "stat cache");
	free(raw);
	return err;
}

int
mvc_statwriter_finish(struct mvc_statwriter *w, uint64_t base)
{
	uint8_t h[MVC_STAT_HEADER] = {0};
	uint64_t check;
	struct stat st;
	int err;

	err = flush_block(w);
	if (!err)
		err = write_index(w);
	if (!err)
		err = mvc_random(h + 16, 8);
	if (err)
		return err;
	if (fstat(w->tmp.fd, &st) < 0)
		return mvc_fail_errno("stat the stat cache");
	memcpy(h, magic, sizeof(magic));
	mvc_put32(h + 8, VERSION);
	mvc_put64(h + 24, base);
	mvc_put64(h + 32, (uint64_t)mvc_ns_of(&st.st_mtim));
	mvc_put64(h + 40, w->offset);
	mvc_put64(h + 48, w->blocks);
	err = header_check(&check, h, w->index, w->blocks);
	if (err)
		return err;
	mvc_put64(h + 56, check);
	return mvc_sys_pwrite(w->tmp.fd, h, sizeof(h), 0, "stat cache");
}

uint64_t
mvc_statwriter_size(const struct mvc_statwriter *w)
{
	return w->offset + w->len;
}

int
mvc_statwriter_commit(struct mvc_statwriter *w, const char *name)
{
	return mvc_tmpfile_commit(&w->tmp, w->tmp.dirfd, name, true);
}

int
mvc_statwriter_reopen(struct mvc_statlayer **out, struct mvc_statwriter *w)
{
	int fd, err;

	*out = NULL;
	fd = fcntl(w->tmp.fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return mvc_fail_errno("open the stat cache");
	err = mvc_statlayer_open(out, fd);
	if (!err)
		(*out)->time = INT64_MAX;
	return err;
}
