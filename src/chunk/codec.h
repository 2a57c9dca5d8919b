/*
 * How an object's bytes are stored: raw, as a zstd frame, or as planes.
 *
 * planes: the bytes of 2- or 4-byte numbers split into lanes (byte 0 of every
 * number, byte 1, …; a rest that is no whole number goes after the last lane),
 * each lane a zstd frame of its own (Huffman, hardly any search) or raw where
 * it does not shrink. Measured on bf16 weights: 67.0 % of the size, 78 % when
 * lanes share a frame. Layout of the packed bytes: chunk/format.h.
 *
 * Encoders and decoders are for one thread at a time.
 */
#ifndef MVC_CHUNK_CODEC_H
#define MVC_CHUNK_CODEC_H

#include "util/error.h"
#include "util/own.h"

#include <stddef.h>
#include <stdint.h>

enum mvc_codec {
	MVC_CODEC_RAW = 0,
	MVC_CODEC_ZSTD = 1,
	MVC_CODEC_PLANES2 = 2,
	MVC_CODEC_PLANES4 = 3,
	MVC_CODEC_DELTA = 4, /* reserved */
};

/* No object is longer than this, encoded or not. */
#define MVC_OBJECT_MAX (UINT32_C(32) << 20)

struct mvc_encoder;
struct mvc_decoder;

struct mvc_encoded {
	enum mvc_codec codec;
	const uint8_t *p; /* borrowed: the input (raw) or the encoder's */
	size_t len;
};

int mvc_encoder_new(struct mvc_encoder **out) MVC_MUST;
void mvc_encoder_free(struct mvc_encoder *e);
MVC_OWN_DEFINE(mvc_encoder)

/*
 * Encode n bytes (1 .. MVC_OBJECT_MAX), choosing the codec by a cheap look at
 * the bytes; `width` is what a layout says (2, 4, 1 for neither, 0 unknown).
 * Never longer than raw. What is not raw has been decoded and compared. The
 * same bytes and width always give the same result for one zstd version. *out
 * is good until the next call.
 */
int mvc_encode(struct mvc_encoder *e, struct mvc_encoded *out, const void *p,
    size_t n, unsigned width) MVC_MUST;

int mvc_decoder_new(struct mvc_decoder **out) MVC_MUST;
void mvc_decoder_free(struct mvc_decoder *d);
MVC_OWN_DEFINE(mvc_decoder)

/*
 * Decode n packed bytes to exactly raw_len bytes at out. Anything else in the
 * input is MVC_ECORRUPT; an unknown codec is MVC_EVERSION. Never writes past
 * raw_len, never allocates by what the input declares.
 */
int mvc_decode(struct mvc_decoder *d, void *out, size_t raw_len,
    enum mvc_codec codec, const void *p, size_t n) MVC_MUST;

/* The version of the zstd that is linked. */
const char *mvc_zstd_version(void);

#endif
