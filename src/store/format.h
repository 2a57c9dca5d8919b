/*
 * The byte layouts of room store, written down once (and in mvc-format(5)).
 * All numbers are little-endian.
 *
 * Pack         packs/aa/NAME.pack, aa the first two digits of NAME
 *     header   8   "MVCpack" and version 1
 *     objects      packed bytes, back to back, in the order they were put
 *     index        see below
 *     trailer  56  index offset u64, index length u64, NAME 32,
 *                  "MVCpend" and version 1
 *   Index: objects u32, needs u32, salt u64; needs × 32 bytes: names of packs
 *   that hold bases of deltas (none yet); objects × 66 bytes, ascending by
 *   (kind, id): id 32, check 16 (BLAKE3-128 of the packed bytes), offset u64,
 *   raw length u32, packed length u32, kind u8, codec u8.
 *   NAME is BLAKE3, derive-key "mvc pack 1", of the index.
 *
 * Segment      segments/NAME
 *     head         "MVCsegm" and version 1; packs u32, covers u32, salt u64,
 *                  counts of entries of kinds 1, 2, 3, 4: u64 each;
 *                  packs × 40: name 32, length of its file u64;
 *                  covers × 32: names of segments whose entries are all here;
 *                  blocks × 16: BLAKE3-128 of each 1,024 entries
 *     entries      × 53, by kind, ascending by (id, pack): id 32, pack u32 (its
 *                  place in the table above), offset u64, packed length u32,
 *                  raw length u32, codec u8
 *   NAME is BLAKE3, derive-key "mvc segment 1", of the head.
 */
#ifndef MVC_STORE_FORMAT_H
#define MVC_STORE_FORMAT_H

#define MVC_PACK_MAGIC "MVCpack\1"
#define MVC_PACK_END_MAGIC "MVCpend\1"
#define MVC_PACK_HEADER 8
#define MVC_PACK_TRAILER 56
#define MVC_PACK_INDEX_HEAD 16
#define MVC_PACK_ENTRY 66
#define MVC_PACK_CONTEXT "mvc pack 1"
/* A pack is closed at this size or count, whichever comes first. */
#define MVC_PACK_TARGET (UINT64_C(64) << 20)
#define MVC_PACK_OBJECTS 65536
#define MVC_PACK_NEEDS 65536
/* Below this all kinds of objects share one pack. */
#define MVC_PACK_TOGETHER (UINT64_C(1) << 20)

#define MVC_SEGMENT_MAGIC "MVCsegm\1"
#define MVC_SEGMENT_HEAD 56
#define MVC_SEGMENT_PACK 40
#define MVC_SEGMENT_ENTRY 53
#define MVC_SEGMENT_BLOCK 1024
#define MVC_SEGMENT_CONTEXT "mvc segment 1"

#define MVC_MAGIC_SIZE 8

#endif
