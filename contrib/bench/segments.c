/*
 * How long a store takes to find an object among very many packs:
 * make contrib/bench/segments, then
 * contrib/bench/segments FOLDER PACKS [OBJECTS [LOOKUPS]]
 *
 * Four tiers of segments, each four times the one before, are written to a
 * new store by the writer that mvc has, over packs that are not there, with
 * OBJECTS (256: chunks of the greatest length) in each. Their ids are evenly
 * spread. A line of JSON says what it took, in seconds and bytes.
 */
#include "hash/digest.h"
#include "store/store_priv.h"
#include "util/bytes.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define TIERS 4

/* Entries of one tier, made as they are asked for. */
struct tier {
	struct mvc_segment_pack *packs;
	uint32_t n_packs, objects;
	uint64_t at, step, seed;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t
mix(uint64_t x)
{
	x ^= x >> 31;
	x *= UINT64_C(0x7fb5d329728ea185);
	x ^= x >> 27;
	x *= UINT64_C(0x81dadef4bc2dd44d);
	return x ^ x >> 33;
}

/* The first 8 bytes ascend evenly, the others are noise. */
static void
id_of(struct mvc_oid *out, const struct tier *t, uint64_t i)
{
	uint64_t high = i * t->step + mix(i ^ t->seed) % t->step;

	for (int k = 0; k < 8; k++)
		out->b[k] = (uint8_t)(high >> (56 - 8 * k));
	for (uint64_t k = 1; k < 4; k++)
		mvc_put64(out->b + 8 * k, mix(i * 4 + k + t->seed));
}

static int
next(void *arg, bool rewind, struct mvc_segment_entry *out)
{
	struct tier *t = arg;
	uint64_t i = rewind ? 0 : t->at;
	uint64_t place = mix(i) % t->objects;

	if (i == (uint64_t)t->n_packs * t->objects)
		return 0;
	t->at = i + 1;
	id_of(&out->id, t, i);
	out->kind = MVC_CHUNK;
	out->codec = MVC_CODEC_RAW;
	out->pack = (uint32_t)(mix(i + t->seed) % t->n_packs);
	out->raw = out->packed = UINT32_C(256) << 10;
	out->offset = 8 + place * out->packed;
	return 1;
}

static int
write_tier(struct tier *t, const struct mvc_folder *f, uint64_t number)
{
	struct mvc_segment_draft d = {
	    .n_packs = t->n_packs, .next = next, .arg = t};
	struct mvc_oid name;
	int err;

	t->seed = mix(number + 1);
	t->step = UINT64_MAX / ((uint64_t)t->n_packs * t->objects);
	t->packs = calloc(t->n_packs, sizeof(*t->packs));
	if (!t->packs)
		return mvc_fail(
		    MVC_ENOMEM, "no memory for %u packs", t->n_packs);
	for (uint32_t i = 0; i < t->n_packs; i++) {
		mvc_blake3(&t->packs[i].name, &i, sizeof(i));
		t->packs[i].name.b[31] = (uint8_t)number;
		t->packs[i].size = 8 + ((uint64_t)t->objects << 18);
	}
	d.packs = t->packs;
	err = mvc_segment_write(&name, f, &d);
	free(t->packs);
	return err;
}

static int
look(struct mvc_store *s, const struct tier *tiers, uint64_t n, bool miss,
    double *each)
{
	double start = now();

	for (uint64_t k = 0; k < n; k++) {
		const struct tier *t = &tiers[k % TIERS];
		struct mvc_oid id;
		bool has;
		int err;

		id_of(&id, t, mix(k) % ((uint64_t)t->n_packs * t->objects));
		id.b[31] ^= miss;
		err = mvc_store_has(s, MVC_CHUNK, &id, &has);
		if (err)
			return err;
		if (has == miss)
			return mvc_fail(MVC_ECORRUPT, "a wrong answer");
	}
	*each = (now() - start) / (double)n;
	return MVC_OK;
}

/* Bytes of this process in memory: of its own, and of files. */
static void
print_memory(void)
{
	char line[256];
	unsigned long anon = 0, file = 0;
	FILE *f = fopen("/proc/self/status", "r");

	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "RssAnon: %lu", &anon);
		sscanf(line, "RssFile: %lu", &file);
	}
	if (f)
		fclose(f);
	printf(", \"own\": %lu, \"mapped\": %lu", anon << 10, file << 10);
}

static int
run(struct mvc_store **s, struct mvc_ctx *ctx, const char *folder,
    uint32_t packs, uint32_t objects, uint64_t n)
{
	struct tier tiers[TIERS] = {{0}};
	double start = now(), open, hit, warm, miss;
	int err = mvc_store_create(folder, 0);

	if (!err)
		err = mvc_store_open(s, ctx, folder);
	for (uint32_t i = 0, part = 64; !err && i < TIERS; i++, part /= 4) {
		tiers[i].n_packs = (uint32_t)((uint64_t)packs * part / 85) + 1;
		tiers[i].objects = objects;
		err = write_tier(&tiers[i], &(*s)->folder, i);
	}
	if (err)
		return err;
	mvc_store_free(*s);
	*s = NULL;
	printf("{\"packs\": %u, \"entries\": %" PRIu64 ", \"write\": %.3f",
	    packs, (uint64_t)packs * objects, now() - start);
	start = now();
	err = mvc_store_open(s, ctx, folder);
	open = now() - start;
	if (!err)
		err = look(*s, tiers, n, false, &hit);
	if (!err)
		err = look(*s, tiers, n, false, &warm);
	if (!err)
		err = look(*s, tiers, n, true, &miss);
	if (err)
		return err;
	printf(", \"open\": %.6f, \"first_hit\": %.9f, \"hit\": %.9f"
	       ", \"miss\": %.9f",
	    open, hit, warm, miss);
	print_memory();
	printf("}\n");
	return MVC_OK;
}

int
main(int argc, char **argv)
{
	struct mvc_store *s = NULL;
	struct mvc_ctx ctx;
	int err;

	if (argc < 3) {
		fprintf(stderr, "segments FOLDER PACKS [OBJECTS [LOOKUPS]]\n");
		return 2;
	}
	mvc_ctx_init(&ctx);
	err = run(&s, &ctx, argv[1], (uint32_t)strtoul(argv[2], NULL, 10),
	    argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 256,
	    argc > 4 ? strtoull(argv[4], NULL, 10) : 100000);
	mvc_store_free(s);
	if (err)
		fprintf(stderr, "segments: %s\n", mvc_error_text());
	return err ? 1 : 0;
}
