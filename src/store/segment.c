#include "store/segment.h"
#include "hash/digest.h"
#include "store/format.h"
#include "util/bytes.h"
#include "util/sys.h"
#include "util/banned.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>

struct mvc_segment {
	struct mvc_oid name;
	const uint8_t *map;
	size_t size;
	bool mapped; /* else the bytes are the caller's */
	uint32_t n_packs, n_covers;
	uint64_t count[MVC_KIND_LAST + 1], first[MVC_KIND_LAST + 1];
	uint64_t n;
	const uint8_t *packs, *covers, *checks, *entries;
	_Atomic uint8_t *good; /* blocks checked already */
	/* Of a copy with holes: has a range of the file filled. */
	mvc_segment_fill_fn fill;
	void *fill_arg;
};

struct mvc_segment_path
mvc_segment_path(const struct mvc_oid *name)
{
	struct mvc_segment_path p;

	snprintf(p.s, sizeof(p.s), "segments/%s", mvc_oid_hex(name).s);
	return p;
}

void
mvc_segment_free(struct mvc_segment *s)
{
	if (!s)
		return;
	if (s->mapped)
		munmap((void *)s->map, s->size);
	free((void *)s->good);
	free(s);
}

static uint64_t
blocks_of(uint64_t n)
{
	return (n + MVC_SEGMENT_BLOCK - 1) / MVC_SEGMENT_BLOCK;
}

static uint64_t
head_of(const struct mvc_segment *s)
{
	return MVC_SEGMENT_HEAD + (uint64_t)s->n_packs * MVC_SEGMENT_PACK +
	    (uint64_t)s->n_covers * 32 + blocks_of(s->n) * 16;
}

/* The fixed part of the head; fills the counts. */
static int
read_fixed(struct mvc_segment *s)
{
	if (s->size < MVC_SEGMENT_HEAD ||
	    memcmp(s->map, MVC_SEGMENT_MAGIC, MVC_MAGIC_SIZE - 1))
		return mvc_fail(MVC_ECORRUPT, "it is no segment");
	if (s->map[7] != 1)
		return mvc_fail(
		    MVC_EVERSION, "it is of a later version: use a newer mvc");
	s->n_packs = mvc_get32(s->map + 8);
	s->n_covers = mvc_get32(s->map + 12);
	for (int k = 1; k <= MVC_KIND_LAST; k++) {
		s->count[k] = mvc_get64(s->map + 24 + 8 * (k - 1));
		s->first[k] = s->n;
		/* No file is longer than 2^63: no sum here can wrap. */
		if (s->count[k] > s->size / MVC_SEGMENT_ENTRY)
			return mvc_fail(MVC_ECORRUPT, "it is cut short");
		s->n += s->count[k];
	}
	return MVC_OK;
}

/* Where the tables lie; the head must hash to the name, filled in. */
static int
read_tables(struct mvc_segment *s)
{
	uint64_t head = head_of(s);

	if (head > s->size || s->n > s->size / MVC_SEGMENT_ENTRY ||
	    s->size - head != s->n * MVC_SEGMENT_ENTRY)
		return mvc_fail(MVC_ECORRUPT, "it has a wrong length");
	s->packs = s->map + MVC_SEGMENT_HEAD;
	s->covers = s->packs + (size_t)s->n_packs * MVC_SEGMENT_PACK;
	s->checks = s->covers + (size_t)s->n_covers * 32;
	s->entries = s->map + head;
	s->good = calloc(blocks_of(s->n) + 1, 1);
	if (!s->good)
		return mvc_fail(MVC_ENOMEM, "no memory for it");
	mvc_blake3_derive(&s->name, MVC_SEGMENT_CONTEXT, s->map, (size_t)head);
	return MVC_OK;
}

int
mvc_segment_parse(struct mvc_segment **out, const void *p, size_t n)
{
	MVC_OWN(mvc_segment) *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for a segment");
	s->map = p;
	s->size = n;
	err = read_fixed(s);
	if (!err)
		err = read_tables(s);
	if (err)
		return err;
	*out = MVC_TAKE(s);
	return MVC_OK;
}

static int
map_file(uint8_t **map, size_t *size, int prot, int dirfd, const char *path)
{
	MVC_OWN_FD int fd = -1;
	struct stat st;
	void *p;
	int err;

	err = mvc_sys_open(&fd, dirfd, path, O_RDONLY | O_NONBLOCK, 0);
	if (err)
		return err;
	if (fstat(fd, &st) < 0)
		return mvc_fail_errno("stat %s", path);
	if (st.st_size <= 0)
		return mvc_fail(MVC_ECORRUPT, "%s is empty", path);
	p = mmap(NULL, (size_t)st.st_size, prot,
	    prot & PROT_WRITE ? MAP_PRIVATE : MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return mvc_fail_errno("map %s", path);
	*map = p;
	*size = (size_t)st.st_size;
	return MVC_OK;
}

/* Whether its name is that of the same bytes with version 1: then not the
 * version is later, but the byte that says so is damaged. */
static bool
is_version_1(
    const struct mvc_folder *f, const char *path, const struct mvc_oid *name)
{
	struct mvc_segment *s;
	uint8_t *map;
	size_t size;
	bool is;

	if (map_file(&map, &size, PROT_READ | PROT_WRITE, f->fd, path))
		return false;
	map[MVC_MAGIC_SIZE - 1] = 1;
	is = !mvc_segment_parse(&s, map, size) && mvc_oid_eq(&s->name, name);
	mvc_segment_free(s);
	munmap(map, size);
	return is;
}

int
mvc_segment_open(struct mvc_segment **out, const struct mvc_folder *f,
    const struct mvc_oid *name)
{
	struct mvc_segment_path path = mvc_segment_path(name);
	uint8_t *map = NULL;
	size_t size = 0;
	int err;

	*out = NULL;
	err = map_file(&map, &size, PROT_READ, f->fd, path.s);
	if (err)
		return err;
	err = mvc_segment_parse(out, map, size);
	if (err)
		munmap(map, size);
	if (err == MVC_EVERSION && is_version_1(f, path.s, name))
		return mvc_fail(MVC_ECORRUPT,
		    "%s is damaged (its version is not the one of its name)",
		    path.s);
	if (err == MVC_EVERSION)
		return mvc_fail(err,
		    "%s is of a later version of segments: use a newer mvc",
		    path.s);
	if (err)
		return mvc_fail_prefix(err, "%s", path.s);
	(*out)->mapped = true;
	if (mvc_oid_eq(&(*out)->name, name))
		return MVC_OK;
	mvc_segment_free(*out);
	*out = NULL;
	return mvc_fail(MVC_ECORRUPT,
	    "%s is damaged (its head is not what the name says)", path.s);
}

int
mvc_segment_open_sparse(struct mvc_segment **out, const struct mvc_folder *f,
    const struct mvc_oid *name, mvc_segment_fill_fn fill, void *arg)
{
	int err = mvc_segment_open(out, f, name);

	if (err)
		return err;
	(*out)->fill = fill;
	(*out)->fill_arg = arg;
	return MVC_OK;
}

int
mvc_segment_lengths(uint64_t *head, uint64_t *file, const void *fixed)
{
	struct mvc_segment s = {.map = fixed, .size = INT64_MAX};
	int err = read_fixed(&s);

	if (err)
		return err;
	if (s.n > INT64_MAX / 128)
		return mvc_fail(MVC_ECORRUPT, "it has an impossible length");
	*head = head_of(&s);
	*file = *head + s.n * MVC_SEGMENT_ENTRY;
	return MVC_OK;
}

uint64_t
mvc_segment_size(const struct mvc_segment *s)
{
	return s->size;
}

const struct mvc_oid *
mvc_segment_name(const struct mvc_segment *s)
{
	return &s->name;
}

uint64_t
mvc_segment_count(const struct mvc_segment *s)
{
	return s->n;
}

uint64_t
mvc_segment_kind(
    const struct mvc_segment *s, enum mvc_kind kind, uint64_t *first)
{
	*first = s->first[kind];
	return s->count[kind];
}

uint32_t
mvc_segment_packs(const struct mvc_segment *s)
{
	return s->n_packs;
}

void
mvc_segment_pack_at(
    const struct mvc_segment *s, uint32_t i, struct mvc_segment_pack *out)
{
	const uint8_t *p = s->packs + (size_t)i * MVC_SEGMENT_PACK;

	memcpy(out->name.b, p, 32);
	out->size = mvc_get64(p + 32);
}

uint32_t
mvc_segment_covers(const struct mvc_segment *s)
{
	return s->n_covers;
}

void
mvc_segment_cover_at(
    const struct mvc_segment *s, uint32_t i, struct mvc_oid *out)
{
	memcpy(out->b, s->covers + (size_t)i * 32, 32);
}

static bool
block_is_good(
    const struct mvc_segment *s, uint64_t block, uint64_t at, uint64_t n)
{
	uint8_t check[16];

	mvc_blake3_128(check, s->entries + at * MVC_SEGMENT_ENTRY,
	    (size_t)n * MVC_SEGMENT_ENTRY);
	return !memcmp(check, s->checks + block * 16, 16);
}

static int
check_block(struct mvc_segment *s, uint64_t block)
{
	uint64_t at = block * MVC_SEGMENT_BLOCK, n = s->n - at;
	bool good;
	int err;

	if (atomic_load_explicit(&s->good[block], memory_order_relaxed))
		return MVC_OK;
	if (n > MVC_SEGMENT_BLOCK)
		n = MVC_SEGMENT_BLOCK;
	good = block_is_good(s, block, at, n);
	if (!good && s->fill) {
		err = s->fill(s->fill_arg, &s->name,
		    (uint64_t)(s->entries - s->map) + at * MVC_SEGMENT_ENTRY,
		    n * MVC_SEGMENT_ENTRY);
		if (err)
			return err;
		good = block_is_good(s, block, at, n);
	}
	if (!good)
		return mvc_fail(MVC_ECORRUPT,
		    "%s is damaged: `mvc fsck` rebuilds it",
		    mvc_segment_path(&s->name).s);
	atomic_store_explicit(&s->good[block], 1, memory_order_relaxed);
	return MVC_OK;
}

/* It names a pack of the table, and bytes that the pack can have. */
static bool
entry_fits(const struct mvc_segment *s, const struct mvc_segment_entry *e)
{
	struct mvc_segment_pack p;

	if (e->pack >= s->n_packs || e->packed == 0 || e->raw == 0 ||
	    e->packed > MVC_OBJECT_MAX || e->raw > MVC_OBJECT_MAX)
		return false;
	mvc_segment_pack_at(s, e->pack, &p);
	return e->offset >= MVC_PACK_HEADER && e->offset <= p.size &&
	    e->packed <= p.size - e->offset;
}

int
mvc_segment_at(struct mvc_segment *s, uint64_t i, struct mvc_segment_entry *out)
{
	const uint8_t *p = s->entries + i * MVC_SEGMENT_ENTRY;
	int err = check_block(s, i / MVC_SEGMENT_BLOCK);

	if (err)
		return err;
	memcpy(out->id.b, p, 32);
	out->pack = mvc_get32(p + 32);
	out->offset = mvc_get64(p + 36);
	out->packed = mvc_get32(p + 44);
	out->raw = mvc_get32(p + 48);
	out->codec = p[52];
	out->kind = MVC_CHUNK;
	while (out->kind < MVC_KIND_LAST && i >= s->first[out->kind + 1])
		out->kind++;
	if (entry_fits(s, out))
		return MVC_OK;
	return mvc_fail(MVC_ECORRUPT, "%s has an impossible entry",
	    mvc_segment_path(&s->name).s);
}

static uint64_t
head64(const uint8_t *id)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | id[i];
	return v;
}

/* A search under way, and on which sides of the place it has looked. */
struct search {
	unsigned step;
	bool below, above;
};

/*
 * Interpolate between the bounds' first 8 bytes for a few steps, which leaves
 * a handful of entries for the bisection even among a billion.
 */
static uint64_t
guess(const struct mvc_segment *s, uint64_t lo, uint64_t hi, uint64_t want)
{
	uint64_t a = head64(s->entries + lo * MVC_SEGMENT_ENTRY);
	uint64_t b = head64(s->entries + (hi - 1) * MVC_SEGMENT_ENTRY);

	if (want <= a)
		return lo;
	if (want >= b)
		return hi - 1;
	return lo +
	    (uint64_t)((double)(want - a) / (double)(b - a) *
		(double)(hi - 1 - lo));
}

/*
 * Where there are holes, the bounds' bytes are not to be read. Ids are evenly
 * spread: the first guess is off by some hundred entries among a million, and
 * the next ones go away from it in growing steps until they have passed the
 * place; so few blocks are touched.
 */
static uint64_t
guess_blind(const struct search *q, uint64_t lo, uint64_t hi, uint64_t want)
{
	uint64_t leap = q->step < 24 ? UINT64_C(64) << 2 * q->step : hi - lo;

	if (q->step == 0)
		return lo +
		    (uint64_t)((double)want / 0x1p64 * (double)(hi - lo - 1));
	if (q->above && q->below)
		return lo + (hi - lo) / 2;
	if (q->below)
		return hi - lo > leap ? lo + leap : hi - 1;
	return hi - lo > leap ? hi - leap : lo;
}

int
mvc_segment_lower(struct mvc_segment *s, enum mvc_kind kind,
    const struct mvc_oid *id, uint64_t *at)
{
	uint64_t lo = s->first[kind], hi = lo + s->count[kind];
	uint64_t want = head64(id->b);
	struct search q = {.step = 0};

	for (; lo < hi; q.step++) {
		uint64_t mid;
		int err;

		if (s->fill)
			mid = guess_blind(&q, lo, hi, want);
		else
			mid = q.step < 4 ? guess(s, lo, hi, want)
					 : lo + (hi - lo) / 2;
		err = check_block(s, mid / MVC_SEGMENT_BLOCK);
		if (err)
			return err;
		if (memcmp(s->entries + mid * MVC_SEGMENT_ENTRY, id->b, 32) <
		    0) {
			lo = mid + 1;
			q.below = true;
		} else {
			hi = mid;
			q.above = true;
		}
	}
	*at = lo;
	return MVC_OK;
}

/* By id, then pack: what is out of order is not found. */
static bool
in_order(const uint8_t *a, const uint8_t *b)
{
	int c = memcmp(a, b, 32);

	return c < 0 || (c == 0 && mvc_get32(a + 32) < mvc_get32(b + 32));
}

int
mvc_segment_verify(struct mvc_segment *s)
{
	for (uint64_t b = 0; b < blocks_of(s->n); b++) {
		int err = check_block(s, b);

		if (err)
			return err;
	}
	for (int k = 1; k <= MVC_KIND_LAST; k++) {
		const uint8_t *p = s->entries + s->first[k] * MVC_SEGMENT_ENTRY;

		for (uint64_t i = 1; i < s->count[k]; i++) {
			p += MVC_SEGMENT_ENTRY;
			if (!in_order(p - MVC_SEGMENT_ENTRY, p))
				return mvc_fail(MVC_ECORRUPT,
				    "%s is not in order",
				    mvc_segment_path(&s->name).s);
		}
	}
	return MVC_OK;
}
