/*
 * The packed bytes of an object, by codec; mvc-format(5), "Codecs", says the
 * same for readers of other programs. Numbers are little-endian.
 *
 * raw      the bytes
 * zstd     one zstd frame (RFC 8878) that states its content size; no
 *          dictionary, nothing before or after it
 * planesW  W is 2 or 4, n the raw length, q = n / W, t = n % W:
 *
 *            W x u32     lane heads: bits 0-30 the lane's packed length,
 *                        bit 31 set: a zstd frame as above, clear: raw
 *            W lanes     back to back, in order
 *            t bytes     the last t raw bytes as they are
 *
 *          Lane k, unpacked, is q bytes: raw byte k of each number, so raw
 *          byte i * W + k is byte i of lane k. A raw lane's length is q.
 */
#ifndef MVC_CHUNK_FORMAT_H
#define MVC_CHUNK_FORMAT_H

#define MVC_LANES_MAX 4
#define MVC_LANE_HEAD 4
#define MVC_LANE_ZSTD (UINT32_C(1) << 31)

/* First bytes of a zstd frame; other magics (skippable, legacy) are refused. */
#define MVC_ZSTD_MAGIC UINT32_C(0xfd2fb528)

#endif
