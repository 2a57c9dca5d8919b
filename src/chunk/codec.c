#include "chunk/codec.h"

#include "chunk/format.h"
#include "chunk/guess.h"
#include "chunk/lanes.h"
#include "util/bytes.h"

#include <zstd.h>

#include "util/banned.h"

/*
 * Text and whatever else has repeats: level 1 with a table that leaves the
 * inner cache room for the rest. Measured on chunks of 64 KiB, one core: CSV
 * 39.7 % of the size at 330 MB/s (with the level's own table 39.8 % at 270,
 * level 3: 40.4 % at 150), JSON lines 24.5 % at 390 (24.8 % at 350), Python
 * sources 26.5 % at 415 (25.5 % at 370).
 */
#define TEXT_LEVEL 1
#define TEXT_HASH_LOG 11

/*
 * Lanes hold no strings worth a search, at most runs: level 1 with the longest
 * minimal match and the smallest table looks for next to nothing else. On the
 * upper lane of bf16 weights, pieces of 64 KiB: 34.0 % of the size at 770 MB/s;
 * level 1 as it is 38.2 % at 240.
 */
#define LANE_LEVEL 1
#define LANE_MIN_MATCH 7
#define LANE_HASH_LOG 6

/*
 * Without runs, only a skewed distribution of bytes is left: a negative level
 * passes over nearly all of it, and Huffman, which such levels leave out, is
 * asked for: 33.9 % at 900 MB/s. That parameter is experimental: it has its
 * number since zstd 1.3.8; a zstd after those that were looked at does without.
 */
#define SKEW_LEVEL (-1000)
#define SKEW_LITERALS ZSTD_c_experimentalParam5
#define SKEW_LITERALS_HUFFMAN 1
#define SKEW_BEFORE 10600 /* ZSTD_versionNumber() */

/* What saves less than one part in so many is not worth decoding. */
#define WORTH 64

/* Where planes and one frame might both serve, both are tried on so much. */
#define TRIAL (16u << 10)

struct scratch {
	uint8_t *p;
	size_t cap;
};

struct mvc_decoder {
	ZSTD_DCtx *ctx;
	struct scratch lanes;
};

struct mvc_encoder {
	ZSTD_CCtx *text, *lane, *skew;
	struct scratch split, out[2], check;
	struct mvc_decoder *decoder;
};

/* At least n bytes; what was in it is lost. n has been checked. */
static int
scratch_want(struct scratch *s, size_t n)
{
	if (n <= s->cap)
		return MVC_OK;
	free(s->p);
	s->cap = 0;
	s->p = malloc(n);
	if (!s->p)
		return mvc_fail(MVC_ENOMEM, "no memory for %zu bytes", n);
	s->cap = n;
	return MVC_OK;
}

int
mvc_decoder_new(struct mvc_decoder **out)
{
	MVC_OWN(mvc_decoder) *d = calloc(1, sizeof(*d));

	*out = NULL;
	if (d)
		d->ctx = ZSTD_createDCtx();
	if (!d || !d->ctx)
		return mvc_fail(MVC_ENOMEM, "no memory for a decoder");
	*out = MVC_TAKE(d);
	return MVC_OK;
}

void
mvc_decoder_free(struct mvc_decoder *d)
{
	if (!d)
		return;
	ZSTD_freeDCtx(d->ctx);
	free(d->lanes.p);
	free(d);
}

/*
 * One frame to exactly raw_len bytes. It goes straight to its place in one
 * call, so that no window is allocated whatever the frame asks for.
 */
static int
decode_frame(struct mvc_decoder *d, uint8_t *out, size_t raw_len,
    const uint8_t *p, size_t n)
{
	size_t got;

	if (n < 4 || mvc_get32(p) != MVC_ZSTD_MAGIC)
		return mvc_fail(MVC_ECORRUPT, "this is no zstd frame");
	if (ZSTD_getFrameContentSize(p, n) != raw_len)
		return mvc_fail(MVC_ECORRUPT,
		    "a zstd frame is not of the %zu bytes expected", raw_len);
	if (ZSTD_findFrameCompressedSize(p, n) != n)
		return mvc_fail(
		    MVC_ECORRUPT, "a zstd frame does not end where it should");
	got = ZSTD_decompressDCtx(d->ctx, out, raw_len, p, n);
	if (ZSTD_isError(got))
		return mvc_fail(MVC_ECORRUPT, "a zstd frame is damaged: %s",
		    ZSTD_getErrorName(got));
	if (got != raw_len)
		return mvc_fail(MVC_ECORRUPT, "a zstd frame is too short");
	return MVC_OK;
}

/* Where lane k is once unpacked: raw lanes stay where they are. */
static int
decode_lane(struct mvc_decoder *d, const uint8_t **lane, uint8_t *to, size_t q,
    uint32_t head, const uint8_t *p)
{
	size_t len = head & ~MVC_LANE_ZSTD;

	if (head & MVC_LANE_ZSTD) {
		*lane = to;
		return decode_frame(d, to, q, p, len);
	}
	if (len != q)
		return mvc_fail(
		    MVC_ECORRUPT, "a lane of %zu bytes has %zu", q, len);
	*lane = p;
	return MVC_OK;
}

/* The lengths in the heads are those of the whole. */
static int
check_heads(const uint8_t *p, size_t n, unsigned width, size_t tail)
{
	uint64_t sum = width * MVC_LANE_HEAD + tail;
	unsigned k;

	if (n < width * MVC_LANE_HEAD)
		return mvc_fail(MVC_ECORRUPT, "planes are cut short");
	for (k = 0; k < width; k++)
		sum += mvc_get32(p + k * MVC_LANE_HEAD) & ~MVC_LANE_ZSTD;
	if (sum != n)
		return mvc_fail(MVC_ECORRUPT, "planes have wrong lengths");
	return MVC_OK;
}

static int
decode_planes(struct mvc_decoder *d, uint8_t *out, size_t raw_len,
    unsigned width, const uint8_t *p, size_t n)
{
	const uint8_t *lanes[MVC_LANES_MAX], *at = p + width * MVC_LANE_HEAD;
	size_t q = raw_len / width;
	uint32_t head;
	unsigned k;
	int err = check_heads(p, n, width, raw_len % width);

	if (!err && q == 0)
		err = mvc_fail(MVC_ECORRUPT, "planes of no number");
	if (!err)
		err = scratch_want(&d->lanes, raw_len);
	for (k = 0; k < width && !err; k++) {
		head = mvc_get32(p + k * MVC_LANE_HEAD);
		err =
		    decode_lane(d, &lanes[k], d->lanes.p + k * q, q, head, at);
		at += head & ~MVC_LANE_ZSTD;
	}
	if (err)
		return err;
	mvc_lanes_merge(out, lanes, q, width);
	memcpy(out + q * width, at, raw_len % width);
	return MVC_OK;
}

int
mvc_decode(struct mvc_decoder *d, void *out, size_t raw_len,
    enum mvc_codec codec, const void *p, size_t n)
{
	if (raw_len > MVC_OBJECT_MAX || n > MVC_OBJECT_MAX)
		return mvc_fail(MVC_ECORRUPT,
		    "an object of %zu bytes in %zu is over the limit of %u",
		    raw_len, n, MVC_OBJECT_MAX);
	switch (codec) {
	case MVC_CODEC_RAW:
		if (n != raw_len)
			return mvc_fail(MVC_ECORRUPT,
			    "a raw object of %zu bytes has %zu", raw_len, n);
		if (n)
			memcpy(out, p, n);
		return MVC_OK;
	case MVC_CODEC_ZSTD:
		return decode_frame(d, out, raw_len, p, n);
	case MVC_CODEC_PLANES2:
		return decode_planes(d, out, raw_len, 2, p, n);
	case MVC_CODEC_PLANES4:
		return decode_planes(d, out, raw_len, 4, p, n);
	case MVC_CODEC_DELTA:
		break;
	}
	return mvc_fail(MVC_EVERSION,
	    "codec %d is not known: a later mvc wrote this", (int)codec);
}

static int
set_param(ZSTD_CCtx *c, ZSTD_cParameter what, int value)
{
	size_t r = ZSTD_CCtx_setParameter(c, what, value);

	if (ZSTD_isError(r))
		return mvc_fail(MVC_EINVALID,
		    "this libzstd refuses parameter %d: %s", (int)what,
		    ZSTD_getErrorName(r));
	return MVC_OK;
}

static int
set_lane(ZSTD_CCtx *c, bool skew)
{
	int err = MVC_OK;

	if (skew)
		err = set_param(c, SKEW_LITERALS, SKEW_LITERALS_HUFFMAN);
	if (!err)
		err = set_param(
		    c, ZSTD_c_compressionLevel, skew ? SKEW_LEVEL : LANE_LEVEL);
	if (!err)
		err = set_param(c, ZSTD_c_minMatch, LANE_MIN_MATCH);
	if (!err)
		err = set_param(c, ZSTD_c_hashLog, LANE_HASH_LOG);
	return err;
}

static int
encoder_setup(struct mvc_encoder *e)
{
	int err;

	e->text = ZSTD_createCCtx();
	e->lane = ZSTD_createCCtx();
	e->skew = ZSTD_createCCtx();
	if (!e->text || !e->lane || !e->skew)
		return mvc_fail(MVC_ENOMEM, "no memory for an encoder");
	err = mvc_decoder_new(&e->decoder);
	if (!err)
		err = set_param(e->text, ZSTD_c_compressionLevel, TEXT_LEVEL);
	if (!err)
		err = set_param(e->text, ZSTD_c_hashLog, TEXT_HASH_LOG);
	if (!err)
		err = set_lane(e->lane, false);
	if (!err)
		err = set_lane(e->skew, ZSTD_versionNumber() < SKEW_BEFORE);
	return err;
}

int
mvc_encoder_new(struct mvc_encoder **out)
{
	MVC_OWN(mvc_encoder) *e = calloc(1, sizeof(*e));
	int err;

	*out = NULL;
	if (!e)
		return mvc_fail(MVC_ENOMEM, "no memory for an encoder");
	err = encoder_setup(e);
	if (err)
		return err;
	*out = MVC_TAKE(e);
	return MVC_OK;
}

void
mvc_encoder_free(struct mvc_encoder *e)
{
	if (!e)
		return;
	ZSTD_freeCCtx(e->text);
	ZSTD_freeCCtx(e->lane);
	ZSTD_freeCCtx(e->skew);
	mvc_decoder_free(e->decoder);
	free(e->split.p);
	free(e->out[0].p);
	free(e->out[1].p);
	free(e->check.p);
	free(e);
}

/* One frame; *len is 0 if it would not be shorter. */
static int
encode_frame(ZSTD_CCtx *c, size_t *len, uint8_t *out, size_t cap,
    const uint8_t *p, size_t n)
{
	size_t r = ZSTD_compress2(c, out, cap, p, n);

	if (ZSTD_isError(r))
		return mvc_fail(
		    MVC_ENOMEM, "zstd cannot encode: %s", ZSTD_getErrorName(r));
	*len = r < n - n / WORTH ? r : 0;
	return MVC_OK;
}

static int
try_zstd(struct mvc_encoder *e, struct mvc_encoded *out, const uint8_t *p,
    size_t n, bool repeats)
{
	size_t len, cap = ZSTD_compressBound(n);
	int err = scratch_want(&e->out[0], cap);

	if (!err)
		err = encode_frame(
		    repeats ? e->text : e->lane, &len, e->out[0].p, cap, p, n);
	if (!err && len && len < out->len)
		*out = (struct mvc_encoded){MVC_CODEC_ZSTD, e->out[0].p, len};
	return err;
}

/* Lane k packed at `at`; *len is its length there. */
static int
put_lane(struct mvc_encoder *e, size_t *len, uint8_t *head, uint8_t *at,
    const uint8_t *lane, size_t q, bool flat)
{
	int err = MVC_OK;

	*len = 0;
	if (!flat)
		err = encode_frame(mvc_has_runs(lane, q) ? e->lane : e->skew,
		    len, at, ZSTD_compressBound(q), lane, q);
	if (err)
		return err;
	if (*len) {
		mvc_put32(head, (uint32_t)*len | MVC_LANE_ZSTD);
		return MVC_OK;
	}
	if (lane != at)
		memcpy(at, lane, q);
	mvc_put32(head, (uint32_t)q);
	*len = q;
	return MVC_OK;
}

/* Flat lanes that come first go at once to where they will be, `at`. */
static void
split(struct mvc_encoder *e, uint8_t **lanes, uint8_t *at, const uint8_t *p,
    size_t q, const struct mvc_guess *g)
{
	bool flat = true;

	for (unsigned k = 0; k < g->planes; k++) {
		flat = flat && (g->flat >> k & 1);
		lanes[k] = (flat ? at : e->split.p) + k * q;
	}
	mvc_lanes_split(lanes, p, q, g->planes);
}

static int
try_planes(struct mvc_encoder *e, struct mvc_encoded *out, const uint8_t *p,
    size_t n, const struct mvc_guess *g)
{
	uint8_t *lanes[MVC_LANES_MAX];
	unsigned k, width = g->planes;
	size_t len, q = n / width, used = width * MVC_LANE_HEAD;
	int err = scratch_want(&e->split, n);

	if (!err)
		err = scratch_want(&e->out[1],
		    width * (MVC_LANE_HEAD + ZSTD_compressBound(q) + 1));
	if (err)
		return err;
	split(e, lanes, e->out[1].p + used, p, q, g);
	for (k = 0; k < width; k++) {
		err = put_lane(e, &len, e->out[1].p + k * MVC_LANE_HEAD,
		    e->out[1].p + used, lanes[k], q, g->flat >> k & 1);
		if (err)
			return err;
		used += len;
	}
	memcpy(e->out[1].p + used, p + q * width, n % width);
	used += n % width;
	if (used < n - n / WORTH && used < out->len)
		*out = (struct mvc_encoded){
		    width == 2 ? MVC_CODEC_PLANES2 : MVC_CODEC_PLANES4,
		    e->out[1].p, used};
	return MVC_OK;
}

/* What does not come back as it was is stored raw: a codec's bug, not ours. */
static int
prove(
    struct mvc_encoder *e, struct mvc_encoded *out, const uint8_t *p, size_t n)
{
	int err;

	if (out->codec == MVC_CODEC_RAW)
		return MVC_OK;
	err = scratch_want(&e->check, n);
	if (!err)
		err = mvc_decode(
		    e->decoder, e->check.p, n, out->codec, out->p, out->len);
	if (err == MVC_ENOMEM)
		return err;
	if (err || memcmp(e->check.p, p, n) != 0)
		*out = (struct mvc_encoded){MVC_CODEC_RAW, p, n};
	return MVC_OK;
}

/* Both may serve: let the middle of a long object say which. */
static int
decide(struct mvc_encoder *e, struct mvc_guess *g, const uint8_t *p, size_t n)
{
	struct mvc_encoded planes = {MVC_CODEC_RAW, p, TRIAL};
	struct mvc_encoded whole = planes;
	int err;

	p += (n - TRIAL) / 2 & ~(size_t)3;
	err = try_planes(e, &planes, p, TRIAL, g);
	if (!err)
		err = try_zstd(e, &whole, p, TRIAL, g->repeats);
	if (whole.len < planes.len)
		g->planes = 0;
	else
		g->zstd = false;
	return err;
}

int
mvc_encode(struct mvc_encoder *e, struct mvc_encoded *out, const void *p,
    size_t n, unsigned width)
{
	struct mvc_guess g;
	int err = MVC_OK;

	*out = (struct mvc_encoded){MVC_CODEC_RAW, p, n};
	if (n > MVC_OBJECT_MAX)
		return mvc_fail(MVC_ETOOBIG,
		    "an object of %zu bytes is over the limit of %u", n,
		    MVC_OBJECT_MAX);
	mvc_guess(&g, p, n, width);
	if (g.planes && g.zstd && n > 2 * TRIAL)
		err = decide(e, &g, p, n);
	if (!err && g.planes)
		err = try_planes(e, out, p, n, &g);
	if (!err && g.zstd)
		err = try_zstd(e, out, p, n, g.repeats);
	if (!err)
		err = prove(e, out, p, n);
	return err;
}

const char *
mvc_zstd_version(void)
{
	return ZSTD_versionString();
}
