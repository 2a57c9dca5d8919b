/*
 * A collection of a remote that is only made up: gc_scale PACKS ROOTS. Nothing
 * of it is kept but its trash lists; names follow from numbers.
 *
 *     pack p       in segment p / 40; the first half also in one big segment
 *     segment s    dead where s % 10 is 0
 *     root r       names segment r % SEGMENTS; needed unless r % 10 is 0
 *
 * It condemns, waits for 15 days of a clock that is made up too, and sweeps;
 * what goes is exactly what is dead. Prints the peak of memory.
 */
#include "hash/digest.h"
#include "store/collect.h"
#include "store/format.h"
#include "store/root.h"
#include "store/segment.h"
#include "util/bytes.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PER_SEGMENT 40
#define HOLDER "00112233445566778899aabbccddeeff"
#define DAY 86400
#define OLD (100 * DAY)

struct list {
	char key[48];
	char *text;
	size_t n;
	int64_t made;
};

struct far {
	struct mvc_backend b; /* first */
	uint64_t packs, roots, segments;
	struct mvc_oid *names; /* of the segments, the big one last */
	struct list lists[64];
	size_t n_lists;
	int64_t day; /* after the start */
	uint64_t gone[3]; /* by kind */
};

static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static struct mvc_oid
number(uint64_t n)
{
	struct mvc_oid oid = {{0}};
	uint64_t m = mix(n);

	memcpy(oid.b, &m, 8);
	memcpy(oid.b + 8, &n, 8);
	return oid;
}

static uint64_t
number_of(const struct mvc_oid *oid)
{
	uint64_t n;

	memcpy(&n, oid->b + 8, 8);
	return n;
}

/* A head without entries: its fixed part, then its packs. */
static size_t
head_of(const struct far *f, uint64_t s, uint8_t **out)
{
	bool big = s == f->segments;
	uint64_t n = big ? f->packs / 2 : PER_SEGMENT;
	size_t len = MVC_SEGMENT_HEAD + (size_t)n * MVC_SEGMENT_PACK;
	uint8_t *p = calloc(1, len);

	memcpy(p, MVC_SEGMENT_MAGIC, 8);
	mvc_put32(p + 8, (uint32_t)n);
	for (uint64_t i = 0; i < n; i++) {
		uint8_t *e = p + MVC_SEGMENT_HEAD + i * MVC_SEGMENT_PACK;
		struct mvc_oid oid = number((big ? 0 : s * PER_SEGMENT) + i);

		memcpy(e, oid.b, MVC_OID_SIZE);
		mvc_put64(e + MVC_OID_SIZE, MVC_PACK_TARGET);
	}
	*out = p;
	return len;
}

static int
give(const void *p, size_t len, uint64_t off, uint64_t n, mvc_take_fn take,
    void *arg)
{
	uint64_t left = off < len ? len - off : 0;
	int err = MVC_OK;

	if (left)
		err = take(arg, (const char *)p + off, n < left ? n : left);
	return !err && n != MVC_TO_END && n > left
	    ? mvc_fail(MVC_ECORRUPT, "cut short")
	    : err;
}

static int
get_root(struct far *f, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(100000);
	struct mvc_root r = {.size = 1, .files = 1};
	uint64_t i;
	int err;

	if (!strcmp(key, "roots/index"))
		return mvc_fail(MVC_ENOTFOUND, "no index");
	assert(!mvc_oid_parse(&r.oid, key + 39, MVC_OID_HEX));
	i = number_of(&r.oid);
	err = mvc_root_add_segment(&r, &f->names[i % f->segments]);
	if (!err && i == 1)
		err = mvc_root_add_segment(&r, &f->names[f->segments]);
	if (!err)
		err = mvc_root_format(&b, &r);
	mvc_root_release(&r);
	return err ? err : give(b.data, b.len, off, n, take, arg);
}

static int
get_segment(struct far *f, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	struct mvc_oid oid;
	uint8_t *p;
	size_t len;
	int err;

	assert(!mvc_oid_parse(&oid, key + 9, MVC_OID_HEX));
	for (uint64_t s = 0; s <= f->segments; s++)
		if (mvc_oid_eq(&oid, &f->names[s])) {
			len = head_of(f, s, &p);
			err = give(p, len, off, n, take, arg);
			free(p);
			return err;
		}
	return mvc_fail(MVC_ENOTFOUND, "%s is not there", key);
}

static int
far_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	struct far *f = (struct far *)b;

	if (!strncmp(key, "roots/", 6))
		return get_root(f, key, off, n, take, arg);
	if (!strncmp(key, "segments/", 9))
		return get_segment(f, key, off, n, take, arg);
	for (size_t i = 0; i < f->n_lists; i++)
		if (!strcmp(f->lists[i].key, key))
			return give(
			    f->lists[i].text, f->lists[i].n, off, n, take, arg);
	return mvc_fail(MVC_ENOTFOUND, "%s is not there", key);
}

static int
far_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	struct far *f = (struct far *)b;
	struct list *l = &f->lists[f->n_lists++];

	assert(f->n_lists < 64 && !strncmp(key, "trash/", 6));
	snprintf(l->key, sizeof(l->key), "%s", key);
	l->n = (size_t)body->size;
	l->text = malloc(l->n);
	l->made = f->day * DAY;
	return body->read(body->arg, 0, l->text, l->n);
}

static int
far_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	struct mvc_keystat st = {.size = MVC_PACK_TARGET, .modified = -OLD};
	struct far *f = (struct far *)b;
	struct mvc_oid oid;
	char key[256];
	int err = 0;

	for (uint64_t i = 0; !err && !strcmp(prefix, "packs/") && i < f->packs;
	     i++) {
		oid = number(i);
		err = each(arg, mvc_pack_path(&oid).s, &st);
	}
	for (uint64_t i = 0;
	     !err && !strcmp(prefix, "segments/") && i <= f->segments; i++)
		err = each(arg, mvc_segment_path(&f->names[i]).s, &st);
	for (uint64_t i = 0;
	     !err && !strncmp(prefix, "roots/", 6) && i < f->roots; i++) {
		oid = number(i);
		snprintf(key, sizeof(key), "roots/" HOLDER "/%s",
		    mvc_oid_hex(&oid).s);
		err = each(arg, key, &st);
	}
	for (size_t i = 0; !err && !strcmp(prefix, "trash/") && i < f->n_lists;
	     i++) {
		st.modified = f->lists[i].made;
		err = each(arg, f->lists[i].key, &st);
	}
	return err;
}

/* Only what is dead may go. */
static int
far_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	struct far *f = (struct far *)b;
	struct mvc_oid oid;

	for (size_t i = 0; i < n; i++) {
		if (!strncmp(keys[i], "packs/", 6)) {
			uint64_t p;

			assert(!mvc_pack_name_parse(&oid, keys[i] + 9));
			p = number_of(&oid);
			assert(p >= f->packs / 2 && p / PER_SEGMENT % 10 == 0);
			f->gone[0]++;
		} else if (!strncmp(keys[i], "segments/", 9)) {
			f->gone[1]++;
		} else {
			assert(!mvc_oid_parse(&oid, keys[i] + 39, MVC_OID_HEX));
			assert(number_of(&oid) % 10 == 0);
			f->gone[2]++;
		}
	}
	return MVC_OK;
}

static int
far_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	return mvc_fail(MVC_ENOTFOUND, "%s is not there", key);
}

static int
far_clock(struct mvc_backend *b, int64_t *now)
{
	*now = (int64_t)time(NULL);
	return MVC_OK;
}

static int
needed(void *arg, struct mvc_oidset *out)
{
	const struct far *f = arg;
	int err = MVC_OK;
	bool was;

	for (uint64_t i = 0; !err && i < f->roots; i++) {
		struct mvc_oid oid = number(i);

		if (i % 10)
			err = mvc_oidset_add(out, 1, &oid, &was);
	}
	return err;
}

static void
name_segments(struct far *f)
{
	f->names = calloc(f->segments + 1, sizeof(*f->names));
	for (uint64_t s = 0; s <= f->segments; s++) {
		uint8_t *p;
		size_t n = head_of(f, s, &p);

		mvc_blake3_derive(&f->names[s], MVC_SEGMENT_CONTEXT, p, n);
		free(p);
	}
}

static long
peak(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

int
main(int argc, char **argv)
{
	static const struct mvc_backend_ops ops = {.get = far_get,
	    .put = far_put,
	    .list = far_list,
	    .del = far_del,
	    .stat = far_stat,
	    .clock = far_clock};
	struct far f = {.b = {.ops = &ops,
			    .url = "nowhere",
			    .can = MVC_CAN_WRITE | MVC_CAN_LIST,
			    .calls = 8}};

	if (argc != 3)
		return 129;
	f.packs = strtoull(argv[1], NULL, 10);
	f.roots = strtoull(argv[2], NULL, 10);
	f.segments = f.packs / PER_SEGMENT;
	name_segments(&f);
	for (int i = 0; i < 2; i++) {
		struct mvc_collect c = {.place = &f.b,
		    .holder = HOLDER,
		    .needed = needed,
		    .arg = &f,
		    .act = true};

		/* Time is what the stamps say: they all move back. */
		f.day = (int64_t)time(NULL) / DAY - (i ? 15 : 0);
		for (size_t l = 0; l < f.n_lists; l++)
			f.lists[l].made = f.day * DAY;
		if (mvc_collect_far(&c)) {
			fprintf(stderr, "%s\n", mvc_error_text());
			return 1;
		}
		printf("condemned %" PRIu64 " packs %" PRIu64
		       " segments %" PRIu64 " roots, swept %" PRIu64 "\n",
		    c.sums[MVC_COLLECT_PACK].n, c.sums[MVC_COLLECT_SEGMENT].n,
		    c.sums[MVC_COLLECT_ROOT].n, c.swept.n);
	}
	printf("gone %" PRIu64 " packs %" PRIu64 " segments %" PRIu64
	       " roots\n",
	    f.gone[0], f.gone[1], f.gone[2]);
	fprintf(stderr, "peak %ld MiB\n", peak());
	return peak() > 256;
}
