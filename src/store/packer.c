#include "store/packer.h"
#include "store/format.h"
#include "util/bytes.h"
#include "util/file.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>

struct mvc_packer {
	const struct mvc_folder *store;
	struct mvc_packdisk *disk;
	uint8_t *buf; /* not yet handed on: len bytes of a piece */
	size_t len;
	struct mvc_tmpfile tmp;
	uint64_t written; /* bytes handed on, in whole pieces */
	struct mvc_pack_index ix;
	uint32_t cap;
	struct mvc_buf index_bytes;
};

int
mvc_packer_new(struct mvc_packer **out, const struct mvc_folder *store,
    struct mvc_packdisk *disk)
{
	struct mvc_packer *p = calloc(1, sizeof(*p));
	int err;

	*out = NULL;
	if (!p)
		return mvc_fail(MVC_ENOMEM, "no memory for a pack");
	p->store = store;
	p->disk = disk;
	p->tmp.fd = -1;
	p->index_bytes.max = SIZE_MAX / 2;
	err = mvc_packdisk_buffer(&p->buf, disk);
	if (err) {
		mvc_packer_free(p);
		return err;
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

/*
 * Pieces go past the page cache where that is possible: a pack is written once
 * and seldom read soon, its pages would push out those of the data, and filling
 * them costs more than the disk does.
 */
static int
open_tmp(struct mvc_packer *p, bool direct)
{
	int err = MVC_OK;

	if (p->tmp.fd < 0) {
		err = mvc_folder_tmp(&p->tmp, p->store);
		if (!err && direct)
			(void)mvc_sys_direct(p->tmp.fd, true);
	}
	return err;
}

static int
hand_on(struct mvc_packer *p)
{
	int err;

	err = open_tmp(p, true);
	if (!err)
		err = mvc_packdisk_write(
		    p->disk, p->tmp.fd, p->tmp.name, p->written, &p->buf);
	if (err)
		return err;
	p->written += p->len;
	p->len = 0;
	return MVC_OK;
}

static int
add_bytes(struct mvc_packer *p, const void *from, size_t n)
{
	const uint8_t *at = from;
	int err = MVC_OK;

	while (!err && n > 0) {
		size_t part = MVC_PACKDISK_PIECE - p->len;

		if (part > n)
			part = n;
		memcpy(p->buf + p->len, at, part);
		p->len += part;
		at += part;
		n -= part;
		if (p->len == MVC_PACKDISK_PIECE)
			err = hand_on(p);
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

/* The last piece is no whole one, and the others are written. */
static int
publish(void *arg)
{
	struct mvc_packer *p = arg;
	struct mvc_pack_path path = mvc_pack_path(&p->ix.name);
	int err;

	err = open_tmp(p, false);
	if (err)
		return err;
	if (p->len > 0) {
		(void)mvc_sys_direct(p->tmp.fd, false);
		err = mvc_sys_pwrite(
		    p->tmp.fd, p->buf, p->len, p->written, p->tmp.name);
	}
	return err ? err : mvc_folder_publish(&p->tmp, p->store, path.s);
}

static void
drop(void *arg)
{
	mvc_packer_free(arg);
}

int
mvc_packer_publish(struct mvc_packer *p)
{
	int err = add_end(p), end;

	/* It goes in its turn also after an error: pieces may be under way. */
	end = mvc_packdisk_end(p->disk, err ? NULL : publish, drop, p);
	return err ? err : end;
}
