#include "store/packer.h"
#include "store/format.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

/* Bytes written at a time, and how often the disk is told to begin. */
/* Each write waits for the disk: few and large. */
#define WRITE_AT ((size_t)4 << 20)
#define START_DISK_AT (UINT64_C(8) << 20)

struct mvc_packer {
	const struct mvc_folder *store;
	uint8_t *buf; /* not yet written: len of WRITE_AT bytes, on a page */
	size_t len;
	struct mvc_tmpfile tmp;
	bool direct; /* writes pass the page cache by */
	uint64_t written; /* bytes in the temporary */
	uint64_t started; /* of them, on their way to the disk */
	struct mvc_pack_index ix;
	uint32_t cap;
	struct mvc_buf index_bytes;
};

int
mvc_packer_new(struct mvc_packer **out, const struct mvc_folder *store)
{
	struct mvc_packer *p = calloc(1, sizeof(*p));

	*out = NULL;
	if (!p)
		return mvc_fail(MVC_ENOMEM, "no memory for a pack");
	p->store = store;
	p->tmp.fd = -1;
	p->index_bytes.max = SIZE_MAX / 2;
	p->buf = aligned_alloc(4096, WRITE_AT);
	if (!p->buf) {
		mvc_packer_free(p);
		return mvc_fail(MVC_ENOMEM, "no memory for a pack");
	}
	memcpy(p->buf, MVC_PACK_MAGIC, MVC_PACK_HEADER);
	p->len = MVC_PACK_HEADER;
	*out = p;
	return MVC_OK;
}

void
mvc_packer_free(struct mvc_packer *p)
{
	if (!p)
		return;
	mvc_tmpfile_release(&p->tmp);
	free(p->buf);
	mvc_buf_release(&p->index_bytes);
	mvc_pack_index_release(&p->ix);
	free(p);
}

uint64_t
mvc_packer_bytes(const struct mvc_packer *p)
{
	return p->written + p->len;
}

uint32_t
mvc_packer_count(const struct mvc_packer *p)
{
	return p->ix.n;
}

bool
mvc_packer_full(const struct mvc_packer *p)
{
	return mvc_packer_bytes(p) >= MVC_PACK_TARGET ||
	    p->ix.n >= MVC_PACK_OBJECTS;
}

/* Begin writing back early, so that the fsync at the end finds little left. */
static void
start_disk(struct mvc_packer *p)
{
	if (p->direct || p->written - p->started < START_DISK_AT)
		return;
	mvc_sys_start_writing(p->tmp.fd, p->started, p->written - p->started);
	p->started = p->written;
}

/*
 * Full buffers go past the page cache where that is possible: a pack is
 * written once and seldom read soon, its pages would push out those of the
 * data, and filling them costs more than the disk does.
 */
static int
write_out(struct mvc_packer *p)
{
	bool full = p->len == WRITE_AT;
	int err;

	if (p->tmp.fd < 0) {
		err = mvc_folder_tmp(&p->tmp, p->store);
		if (err)
			return err;
	}
	if (p->direct != full)
		p->direct = mvc_sys_direct(p->tmp.fd, full);
	err = mvc_sys_write(p->tmp.fd, p->buf, p->len, p->tmp.name);
	if (err)
		return err;
	p->written += p->len;
	p->len = 0;
	start_disk(p);
	return MVC_OK;
}

static int
add_bytes(struct mvc_packer *p, const void *from, size_t n)
{
	const uint8_t *at = from;
	int err = MVC_OK;

	while (!err && n > 0) {
		size_t part = WRITE_AT - p->len;

		if (part > n)
			part = n;
		memcpy(p->buf + p->len, at, part);
		p->len += part;
		at += part;
		n -= part;
		if (p->len == WRITE_AT)
			err = write_out(p);
	}
	return err;
}

static int
grow(struct mvc_packer *p)
{
	uint32_t cap = p->cap ? p->cap * 2 : 64;
	struct mvc_pack_entry *e;

	if (p->ix.n < p->cap)
		return MVC_OK;
	e = realloc(p->ix.entries, cap * sizeof(*e));
	if (!e)
		return mvc_fail(MVC_ENOMEM, "no memory for a pack's index");
	p->ix.entries = e;
	p->cap = cap;
	return MVC_OK;
}

int
mvc_packer_add(
    struct mvc_packer *p, struct mvc_pack_entry *e, const void *packed)
{
	int err = grow(p);

	if (err)
		return err;
	e->offset = mvc_packer_bytes(p);
	err = add_bytes(p, packed, e->packed);
	if (err)
		return err;
	p->ix.entries[p->ix.n++] = *e;
	return MVC_OK;
}

int
mvc_packer_absorb(struct mvc_packer *p, struct mvc_packer *from)
{
	for (uint32_t i = 0; i < from->ix.n; i++) {
		struct mvc_pack_entry *e = &from->ix.entries[i];
		uint64_t at = e->offset;
		int err;

		err = mvc_packer_add(p, e, from->buf + at);
		if (err)
			return err;
	}
	from->ix.n = 0;
	from->len = MVC_PACK_HEADER;
	return MVC_OK;
}

int
mvc_packer_close(struct mvc_packer *p, uint64_t salt)
{
	p->ix.salt = salt;
	return mvc_pack_index_encode(&p->index_bytes, &p->ix);
}

const struct mvc_pack_index *
mvc_packer_index(const struct mvc_packer *p)
{
	return &p->ix;
}

uint64_t
mvc_packer_file_size(const struct mvc_packer *p)
{
	return mvc_packer_bytes(p) + p->index_bytes.len + MVC_PACK_TRAILER;
}

static int
add_end(struct mvc_packer *p)
{
	uint8_t t[MVC_PACK_TRAILER];
	int err;

	mvc_put64(t, mvc_packer_bytes(p));
	mvc_put64(t + 8, p->index_bytes.len);
	memcpy(t + 16, p->ix.name.b, 32);
	memcpy(t + 48, MVC_PACK_END_MAGIC, MVC_MAGIC_SIZE);
	err = add_bytes(p, p->index_bytes.data, p->index_bytes.len);
	return err ? err : add_bytes(p, t, sizeof(t));
}

int
mvc_packer_publish(struct mvc_packer *p)
{
	struct mvc_pack_path path = mvc_pack_path(&p->ix.name);
	int err;

	err = add_end(p);
	if (err)
		return err;
	if (p->len > 0)
		err = write_out(p);
	if (err)
		return err;
	return mvc_folder_publish(&p->tmp, p->store, path.s);
}
