#include "chunk/codec.h"

#include "chunk/lanes.h"
#include "scratch.h"
#include "util/bytes.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define SIZE (256u << 10)

static struct mvc_encoder *enc;
static struct mvc_decoder *dec;
static uint8_t *data, *back;

static void
setup(void)
{
	cr_assert_eq(mvc_encoder_new(&enc), 0);
	cr_assert_eq(mvc_decoder_new(&dec), 0);
	data = malloc(SIZE);
	back = malloc(SIZE + 64);
	cr_assert(data && back);
}

static void
teardown(void)
{
	mvc_encoder_free(enc);
	mvc_decoder_free(dec);
	free(data);
	free(back);
}

/* Weights: the sum of 12 uniform numbers is close to normal; std 0.02. */
static void
fill_weights(uint8_t *p, size_t n, unsigned width)
{
	uint8_t noise[24];
	uint32_t bits;
	size_t i, k;
	float f;

	for (i = 0; i + width <= n; i += width) {
		scratch_noise(noise, sizeof(noise), (unsigned)i);
		for (f = -6, k = 0; k < 12; k++)
			f += (float)mvc_get16(noise + 2 * k) / 65536;
		f *= 0.02f;
		memcpy(&bits, &f, 4);
		if (width == 2)
			mvc_put16(p + i, (uint16_t)(bits >> 16));
		else
			mvc_put32(p + i, bits);
	}
	memset(p + i, 7, n - i);
}

static void
fill_csv(uint8_t *p, size_t n)
{
	char row[64];
	uint8_t r[4];
	size_t at = 0, len;
	unsigned i;

	for (i = 0; at < n; i++, at += len) {
		scratch_noise(r, sizeof(r), i);
		len = (size_t)snprintf(row, sizeof(row), "%u,%u.%u,city%u,%s\n",
		    i, r[0], r[1], r[2] % 30, r[3] & 1 ? "true" : "false");
		if (len > n - at)
			len = n - at;
		memcpy(p + at, row, len);
	}
}

/* Encode, decode, compare, and see that nothing past the end is touched. */
static struct mvc_encoded
assert_round_trip(const uint8_t *p, size_t n, unsigned width)
{
	struct mvc_encoded out;

	cr_assert_eq(mvc_encode(enc, &out, p, n, width), 0);
	cr_assert_leq(out.len, n);
	cr_assert((out.codec == MVC_CODEC_RAW) == (out.p == p));
	memset(back, 0x5a, n + 64);
	cr_assert_eq(mvc_decode(dec, back, n, out.codec, out.p, out.len), 0);
	cr_assert_arr_eq(back, p, n);
	cr_assert_eq(back[n], 0x5a);
	return out;
}

Test(chunk_codec, bf16_weights_need_68_percent_or_less, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded out;

	fill_weights(data, SIZE, 2);
	out = assert_round_trip(data, SIZE / 2, 2);
	cr_assert_eq(out.codec, MVC_CODEC_PLANES2);
	cr_assert_leq(out.len * 100, SIZE / 2 * 68, "%zu", out.len);
	/* Found without a layout too, also from an odd byte on. */
	out = assert_round_trip(data + 1, SIZE / 4, 0);
	cr_assert_eq(out.codec, MVC_CODEC_PLANES2);
	cr_assert_leq(out.len * 100, SIZE / 4 * 68, "%zu", out.len);
}

Test(chunk_codec, float32_weights_shrink_as_four_planes, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded out;

	fill_weights(data, SIZE, 4);
	out = assert_round_trip(data, SIZE / 2, 4);
	cr_assert_eq(out.codec, MVC_CODEC_PLANES4);
	cr_assert_leq(out.len * 100, SIZE / 2 * 85, "%zu", out.len);
	out = assert_round_trip(data + 3, SIZE / 4 + 3, 0);
	cr_assert_eq(out.codec, MVC_CODEC_PLANES4);
}

Test(chunk_codec, integers_shrink_to_what_they_hold, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded out;
	uint8_t *noise = back;
	size_t i;

	scratch_noise(noise, SIZE / 4, 1);
	for (i = 0; i < SIZE / 4; i++)
		mvc_put32(data + 4 * i, noise[i] % 10);
	out = assert_round_trip(data, SIZE, 4);
	cr_assert_leq(out.len * 100, SIZE * 12, "%zu", out.len);
	out = assert_round_trip(data, SIZE, 0);
	cr_assert_leq(out.len * 100, SIZE * 12, "%zu", out.len);
	for (i = 0; i < SIZE / 4; i++)
		mvc_put32(data + 4 * i, (uint32_t)(i * 3));
	out = assert_round_trip(data, SIZE, 4);
	cr_assert_leq(out.len * 100, SIZE * 27, "%zu", out.len);
}

/* Numbers that grow slowly: their upper lanes are long runs, and must cost next
 * to nothing; so must rows of zeros in weights. */
Test(chunk_codec, runs_in_a_lane_are_found, .init = setup, .fini = teardown)
{
	struct mvc_encoded out;
	size_t whole, i;

	for (i = 0; i < SIZE / 4; i++)
		mvc_put32(data + 4 * i, (uint32_t)(i * 3));
	out = assert_round_trip(data, SIZE, 4);
	cr_assert_leq(out.len * 100, SIZE * 27, "%zu", out.len);
	fill_weights(data, SIZE, 2);
	out = assert_round_trip(data, SIZE / 2, 2);
	whole = out.len;
	for (i = 0; i < SIZE / 2; i += 4096)
		memset(data + i, 0, 2048);
	out = assert_round_trip(data, SIZE / 2, 2);
	cr_assert_leq(out.len * 100, whole * 85, "%zu", out.len);
}

Test(chunk_codec, text_is_one_frame, .init = setup, .fini = teardown)
{
	struct mvc_encoded out;

	fill_csv(data, SIZE);
	out = assert_round_trip(data, 65536, 0);
	cr_assert_eq(out.codec, MVC_CODEC_ZSTD);
	cr_assert_leq(out.len * 100, 65536 * 45, "%zu", out.len);
	cr_assert_eq(assert_round_trip(data, 65536, 1).codec, MVC_CODEC_ZSTD);
}

Test(chunk_codec, noise_is_stored_raw_whatever_its_width, .init = setup,
    .fini = teardown)
{
	static const size_t sizes[] = {1, 100, 600, 5000, SIZE};
	static const unsigned widths[] = {0, 1, 2, 4};
	size_t i, k;

	scratch_noise(data, SIZE, 9);
	for (i = 0; i < 5; i++)
		for (k = 0; k < 4; k++)
			cr_assert_eq(
			    assert_round_trip(data, sizes[i], widths[k]).codec,
			    MVC_CODEC_RAW);
}

Test(chunk_codec, a_ramp_is_no_noise, .init = setup, .fini = teardown)
{
	/* Of this length, samples fall so that each byte is equally often in
	 * the lowest lane: more evenly than chance has it. */
	size_t i, even = 31 * (8192 + 64) + 64;

	for (i = 0; i < SIZE; i++)
		data[i] = (uint8_t)i;
	cr_assert_leq(assert_round_trip(data, SIZE, 0).len, SIZE / 50);
	for (i = 0; i < SIZE / 4; i++)
		mvc_put32(data + 4 * i, (uint32_t)i);
	cr_assert_leq(assert_round_trip(data, even, 4).len, SIZE / 50);
}

Test(chunk_codec, every_length_comes_back, .init = setup, .fini = teardown)
{
	static const unsigned widths[] = {0, 1, 2, 4};
	size_t n, k;

	fill_weights(data, SIZE / 2, 2);
	fill_csv(data + SIZE / 2, SIZE / 2);
	for (n = 1; n < 3000; n += n < 70 ? 1 : 97)
		for (k = 0; k < 4; k++) {
			assert_round_trip(data, n, widths[k]);
			assert_round_trip(data + SIZE / 2, n, widths[k]);
		}
	for (k = 0; k < 4; k++)
		assert_round_trip(data + 1, SIZE - 1, widths[k]);
}

Test(chunk_codec, an_object_over_the_limit_is_refused, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded out;

	cr_assert_eq(mvc_encode(enc, &out, data, MVC_OBJECT_MAX + (size_t)1, 0),
	    MVC_ETOOBIG);
	cr_assert_eq(mvc_decode(dec, back, MVC_OBJECT_MAX + (size_t)1,
			 MVC_CODEC_ZSTD, data, 100),
	    MVC_ECORRUPT);
}

Test(chunk_codec, the_result_does_not_depend_on_what_came_before, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded a, b;
	MVC_OWN(mvc_encoder) *fresh = NULL;
	uint8_t r[4];
	unsigned i;
	size_t at, n;

	fill_weights(data, SIZE / 2, 2);
	fill_csv(data + SIZE / 2, SIZE / 2);
	for (i = 0; i < 200; i++) {
		scratch_noise(r, sizeof(r), i);
		at = mvc_get16(r) * 2u;
		n = 1 + mvc_get16(r + 2) * 2u;
		cr_assert_eq(mvc_encode(enc, &a, data + at, n, r[0] & 2), 0);
		mvc_encoder_free(fresh);
		cr_assert_eq(mvc_encoder_new(&fresh), 0);
		cr_assert_eq(mvc_encode(fresh, &b, data + at, n, r[0] & 2), 0);
		cr_assert_eq(a.codec, b.codec);
		cr_assert_eq(a.len, b.len);
		cr_assert_arr_eq(a.p, b.p, a.len);
	}
}

/* "abcdefgh" as a zstd frame of one raw block. */
static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x20, 8, 0x41, 0, 0,
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'};

static int
decode(size_t raw_len, enum mvc_codec codec, const uint8_t *p, size_t n)
{
	uint8_t out[64];

	return mvc_decode(dec, out, raw_len, codec, p, n);
}

Test(chunk_codec, planes_are_laid_out_as_the_format_says, .init = setup,
    .fini = teardown)
{
	/* Lane 0 raw, lane 1 a frame, one byte over. */
	uint8_t packed[8 + 8 + sizeof(frame) + 1] = {8, 0, 0, 0, sizeof(frame),
	    0, 0, 0x80, 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'};
	uint8_t four[] = {2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, '1',
	    '5', '2', '6', '3', '7', '4', '8', 'x', 'y', 'z'};

	memcpy(packed + 16, frame, sizeof(frame));
	packed[sizeof(packed) - 1] = '.';
	cr_assert_eq(mvc_decode(dec, back, 17, MVC_CODEC_PLANES2, packed,
			 sizeof(packed)),
	    0);
	cr_assert_arr_eq(back, "AaBbCcDdEeFfGgHh.", 17);
	cr_assert_eq(
	    mvc_decode(dec, back, 11, MVC_CODEC_PLANES4, four, sizeof(four)),
	    0);
	cr_assert_arr_eq(back, "12345678xyz", 11);
}

Test(chunk_codec, planes_with_wrong_lengths_are_corrupt, .init = setup,
    .fini = teardown)
{
	uint8_t four[] = {2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, '1',
	    '5', '2', '6', '3', '7', '4', '8', 'x', 'y', 'z'};
	size_t n;

	for (n = 0; n < sizeof(four); n++)
		cr_assert_eq(
		    decode(11, MVC_CODEC_PLANES4, four, n), MVC_ECORRUPT);
	cr_assert_eq(
	    decode(12, MVC_CODEC_PLANES4, four, sizeof(four)), MVC_ECORRUPT);
	cr_assert_eq(
	    decode(7, MVC_CODEC_PLANES4, four, sizeof(four)), MVC_ECORRUPT);
	four[0] = 1; /* same sum, wrong lanes */
	four[4] = 3;
	cr_assert_eq(
	    decode(11, MVC_CODEC_PLANES4, four, sizeof(four)), MVC_ECORRUPT);
	four[0] = four[4] = four[8] = four[12] = 0;
	cr_assert_eq(decode(3, MVC_CODEC_PLANES4, four, 19), MVC_ECORRUPT);
	memset(four, 0xff, 16);
	cr_assert_eq(
	    decode(11, MVC_CODEC_PLANES4, four, sizeof(four)), MVC_ECORRUPT);
}

Test(chunk_codec, a_frame_must_be_one_whole_and_of_the_expected_size,
    .init = setup, .fini = teardown)
{
	uint8_t bad[2 * sizeof(frame)];
	size_t n;

	cr_assert_eq(decode(8, MVC_CODEC_ZSTD, frame, sizeof(frame)), 0);
	cr_assert_eq(
	    decode(7, MVC_CODEC_ZSTD, frame, sizeof(frame)), MVC_ECORRUPT);
	cr_assert_eq(
	    decode(9, MVC_CODEC_ZSTD, frame, sizeof(frame)), MVC_ECORRUPT);
	for (n = 0; n < sizeof(frame); n++)
		cr_assert_eq(decode(8, MVC_CODEC_ZSTD, frame, n), MVC_ECORRUPT);
	memcpy(bad, frame, sizeof(frame));
	memcpy(bad + sizeof(frame), frame, sizeof(frame));
	cr_assert_eq(
	    decode(8, MVC_CODEC_ZSTD, bad, sizeof(frame) + 1), MVC_ECORRUPT);
	cr_assert_eq(decode(8, MVC_CODEC_ZSTD, bad, sizeof(bad)), MVC_ECORRUPT);
	cr_assert_eq(
	    decode(16, MVC_CODEC_ZSTD, bad, sizeof(bad)), MVC_ECORRUPT);
	bad[5] = 200; /* says 200, holds 8 */
	cr_assert_eq(
	    decode(200 > 64 ? 8 : 0, MVC_CODEC_ZSTD, bad, sizeof(frame)),
	    MVC_ECORRUPT);
	bad[5] = 9;
	cr_assert_eq(
	    decode(9, MVC_CODEC_ZSTD, bad, sizeof(frame)), MVC_ECORRUPT);
}

Test(chunk_codec, a_frame_without_its_size_is_corrupt, .init = setup,
    .fini = teardown)
{
	/* A window descriptor in place of the content size. */
	uint8_t unsized[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0x41, 0, 0, 'a', 'b',
	    'c', 'd', 'e', 'f', 'g', 'h'};
	/* A skippable frame, then the good one. */
	uint8_t skip[8 + sizeof(frame)] = {0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0};

	/* The good one, then an empty one: the same bytes in all. */
	uint8_t more[2 * sizeof(frame)] = {0};
	static const uint8_t empty[] = {
	    0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0};

	memcpy(more, frame, sizeof(frame));
	memcpy(more + sizeof(frame), empty, sizeof(empty));
	cr_assert_eq(
	    decode(8, MVC_CODEC_ZSTD, more, sizeof(frame) + sizeof(empty)),
	    MVC_ECORRUPT);
	memcpy(more + sizeof(frame), skip, 8);
	cr_assert_eq(
	    decode(8, MVC_CODEC_ZSTD, more, sizeof(frame) + 8), MVC_ECORRUPT);
	cr_assert_eq(decode(0, MVC_CODEC_ZSTD, skip, 8), MVC_ECORRUPT);
	memcpy(skip + 8, frame, sizeof(frame));
	cr_assert_eq(
	    decode(8, MVC_CODEC_ZSTD, unsized, sizeof(unsized)), MVC_ECORRUPT);
	cr_assert_eq(
	    decode(8, MVC_CODEC_ZSTD, skip, sizeof(skip)), MVC_ECORRUPT);
}

Test(chunk_codec, a_later_codec_is_a_version_error, .init = setup,
    .fini = teardown)
{
	cr_assert_eq(
	    decode(8, MVC_CODEC_DELTA, frame, sizeof(frame)), MVC_EVERSION);
	cr_assert_eq(
	    decode(8, (enum mvc_codec)77, frame, sizeof(frame)), MVC_EVERSION);
	cr_assert_eq(decode(8, MVC_CODEC_RAW, frame, 9), MVC_ECORRUPT);
}

Test(chunk_codec, damaged_bits_never_write_past_the_end, .init = setup,
    .fini = teardown)
{
	struct mvc_encoded out;
	uint8_t *bad;
	size_t i, n = 3001;
	int err;

	fill_weights(data, n, 2);
	cr_assert_eq(mvc_encode(enc, &out, data, n, 2), 0);
	cr_assert_eq(out.codec, MVC_CODEC_PLANES2);
	bad = malloc(out.len);
	for (i = 0; i < out.len * 8; i++) {
		memcpy(bad, out.p, out.len);
		bad[i / 8] ^= (uint8_t)(1u << i % 8);
		memset(back, 0x5a, n + 64);
		err = mvc_decode(dec, back, n, out.codec, bad, out.len);
		cr_assert(!err || err == MVC_ECORRUPT);
		cr_assert_eq(back[n], 0x5a);
	}
	free(bad);
}

Test(chunk_codec, lanes_split_and_merge_at_any_length, .init = setup,
    .fini = teardown)
{
	uint8_t *lanes[4];
	unsigned width, k;
	size_t q, i;

	scratch_noise(data, SIZE, 2);
	for (width = 2; width <= 4; width += 2)
		for (q = 0; q < 200; q++) {
			uint8_t *split = data + 4096;

			for (k = 0; k < width; k++)
				lanes[k] = split + k * q;
			mvc_lanes_split(lanes, data, q, width);
			for (i = 0; i < q * width; i++)
				cr_assert_eq(
				    split[i % width * q + i / width], data[i]);
			mvc_lanes_merge(
			    back, (const uint8_t *const *)lanes, q, width);
			cr_assert_arr_eq(back, data, q * width);
		}
}
