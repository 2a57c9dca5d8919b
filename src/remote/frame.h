/*
 * Inside room remote: the bytes between `mvc serve` and who asks it, as
 * mvc-protocol(5) has them. Pure: memory in, memory out, for hostile peers.
 *
 *     hello    magic[8] low u16 high u16 0 u32 program[16]
 *     frame    length u32 lane u32 type u8 0[3], then the payload
 *     ask      off u64 n u64 flags u32, then texts: length u16, bytes
 *     entry    size u64 modified i64 length u8 key
 */
#ifndef MVC_REMOTE_FRAME_H
#define MVC_REMOTE_FRAME_H

#include "store/backend.h"

#define MVC_HELLO_SIZE 32
#define MVC_HELLO_MAGIC "mvcserve"
/* Versions of the protocol that this mvc speaks. */
#define MVC_PROTOCOL_LOW 1
#define MVC_PROTOCOL_HIGH 1

#define MVC_FRAME_HEAD 12
#define MVC_FRAME_MAX (64u << 10) /* bytes of payload */
/* Bytes of data that a lane may hold under way, each direction; what a line of
 * 40 ms and 50 MB/s has in it. */
#define MVC_WINDOW (2u << 20)
/* Lanes at once: with their windows 32 MiB on each side. */
#define MVC_LANES 16
#define MVC_END_MAX 32
#define MVC_ASK_HEAD 20
#define MVC_ASK_TEXT 4096 /* bytes of a text: a path is the longest */
#define MVC_ENTRY_HEAD 17

enum mvc_frame_type {
	MVC_FRAME_DATA = 1,
	MVC_FRAME_CREDIT = 2, /* u32: so many bytes more may be sent */
	MVC_FRAME_END = 3,
	MVC_FRAME_FAIL = 4, /* i32 code, text */
	MVC_FRAME_PING = 5,
	/* Asks: each opens a lane. */
	MVC_ASK_OPEN = 16, /* path; flags: 1 make it */
	MVC_ASK_GET = 17,
	MVC_ASK_PUT = 18, /* n is the size, flags MVC_PUT_* */
	MVC_ASK_LIST = 19, /* prefix, after */
	MVC_ASK_DEL = 20, /* keys */
	MVC_ASK_STAT = 21,
	MVC_ASK_CLOCK = 22,
};

void mvc_hello_make(uint8_t out[MVC_HELLO_SIZE]);
/* MVC_EINVALID: it is no hello; MVC_EVERSION names who is too old. */
int mvc_hello_check(const uint8_t p[MVC_HELLO_SIZE]) MVC_MUST;

struct mvc_frame {
	uint32_t n, lane;
	uint8_t type;
};
void mvc_frame_make(uint8_t out[MVC_FRAME_HEAD], const struct mvc_frame *frame);
/* Checks type, length, and what must be 0. */
int mvc_frame_parse(
    struct mvc_frame *out, const uint8_t p[MVC_FRAME_HEAD]) MVC_MUST;

struct mvc_ask {
	uint64_t off, n;
	uint32_t flags;
	unsigned texts; /* that are left */
	const uint8_t *at; /* the next one, borrowed */
};
/* Begin one; mvc_ask_add adds its texts. */
int mvc_ask_make(
    struct mvc_buf *out, uint64_t off, uint64_t n, uint32_t flags) MVC_MUST;
int mvc_ask_add(struct mvc_buf *out, const char *text) MVC_MUST;
/* MVC_EINVALID. */
int mvc_ask_parse(struct mvc_ask *out, const uint8_t *p, size_t n) MVC_MUST;
/* Its next text; false when there is none. */
bool mvc_ask_next(struct mvc_ask *ask, char out[MVC_ASK_TEXT + 1]);

/* A key in a list; the key is at most MVC_KEY_MAX bytes. */
size_t mvc_entry_make(uint8_t out[MVC_ENTRY_HEAD + MVC_KEY_MAX],
    const char *key, const struct mvc_keystat *st);
/* The head; the length of the key that follows. */
size_t mvc_entry_head(struct mvc_keystat *out, const uint8_t p[MVC_ENTRY_HEAD]);

/* The failure that a frame tells: its code, and its text for this thread. */
int mvc_frame_failure(const uint8_t *p, size_t n);

#endif
