#include "remote/frame.h"
#include "util/bytes.h"
#include "util/banned.h"

void
mvc_hello_make(uint8_t out[MVC_HELLO_SIZE])
{
	static const char version[] = MVC_VERSION;
	size_t n = sizeof(version) - 1;

	memset(out, 0, MVC_HELLO_SIZE);
	memcpy(out, MVC_HELLO_MAGIC, 8);
	mvc_put16(out + 8, MVC_PROTOCOL_LOW);
	mvc_put16(out + 10, MVC_PROTOCOL_HIGH);
	memcpy(out + 16, version, n < 15 ? n : 15);
}

int
mvc_hello_check(const uint8_t p[MVC_HELLO_SIZE])
{
	uint16_t low = mvc_get16(p + 8), high = mvc_get16(p + 10);
	char program[17] = "";

	if (memcmp(p, MVC_HELLO_MAGIC, 8) || low > high)
		return mvc_fail(MVC_EINVALID, "what answers is no mvc serve");
	memcpy(program, p + 16, 16);
	if (high < MVC_PROTOCOL_LOW)
		return mvc_fail(MVC_EVERSION,
		    "mvc %s there is too old (protocol %d, this mvc needs "
		    "%d): install a newer one there",
		    program, high, MVC_PROTOCOL_LOW);
	if (low > MVC_PROTOCOL_HIGH)
		return mvc_fail(MVC_EVERSION,
		    "mvc " MVC_VERSION " here is too old for mvc %s there "
		    "(protocol %d, this mvc knows %d): install a newer one",
		    program, low, MVC_PROTOCOL_HIGH);
	return MVC_OK;
}

void
mvc_frame_make(uint8_t out[MVC_FRAME_HEAD], const struct mvc_frame *frame)
{
	mvc_put32(out, frame->n);
	mvc_put32(out + 4, frame->lane);
	mvc_put32(out + 8, frame->type);
}

int
mvc_frame_parse(struct mvc_frame *out, const uint8_t p[MVC_FRAME_HEAD])
{
	uint32_t type = mvc_get32(p + 8);

	out->n = mvc_get32(p);
	out->lane = mvc_get32(p + 4);
	out->type = (uint8_t)type;
	if (out->n > MVC_FRAME_MAX)
		return mvc_fail(MVC_EINVALID,
		    "a frame of %u bytes: no honest one is that long", out->n);
	if (type < MVC_FRAME_DATA || type > MVC_ASK_CLOCK ||
	    (type > MVC_FRAME_PING && type < MVC_ASK_OPEN))
		return mvc_fail(
		    MVC_EINVALID, "a frame of no known type (%u)", type);
	return MVC_OK;
}

int
mvc_ask_make(struct mvc_buf *out, uint64_t off, uint64_t n, uint32_t flags)
{
	uint8_t head[MVC_ASK_HEAD];

	mvc_put64(head, off);
	mvc_put64(head + 8, n);
	mvc_put32(head + 16, flags);
	return mvc_buf_add(out, head, sizeof(head));
}

int
mvc_ask_add(struct mvc_buf *out, const char *text)
{
	size_t n = strlen(text);
	uint8_t head[2];
	int err;

	if (n > MVC_ASK_TEXT)
		return mvc_fail(MVC_ETOOBIG, "%.60s… is too long", text);
	mvc_put16(head, (uint16_t)n);
	err = mvc_buf_add(out, head, 2);
	return err ? err : mvc_buf_add(out, text, n);
}

int
mvc_ask_parse(struct mvc_ask *out, const uint8_t *p, size_t n)
{
	size_t at = MVC_ASK_HEAD, k;

	memset(out, 0, sizeof(*out));
	if (n < MVC_ASK_HEAD)
		return mvc_fail(MVC_EINVALID, "an ask is cut short");
	out->off = mvc_get64(p);
	out->n = mvc_get64(p + 8);
	out->flags = mvc_get32(p + 16);
	out->at = p + at;
	for (; at < n; at += k, out->texts++) {
		k = n - at < 2 ? MVC_ASK_TEXT + 1 : mvc_get16(p + at);
		at += 2;
		if (k > MVC_ASK_TEXT || k > n - at || memchr(p + at, 0, k))
			return mvc_fail(MVC_EINVALID, "an ask is malformed");
	}
	return MVC_OK;
}

bool
mvc_ask_next(struct mvc_ask *ask, char out[MVC_ASK_TEXT + 1])
{
	size_t n;

	out[0] = 0;
	if (!ask->texts)
		return false;
	n = mvc_get16(ask->at);
	memcpy(out, ask->at + 2, n);
	out[n] = 0;
	ask->at += 2 + n;
	ask->texts--;
	return true;
}

size_t
mvc_entry_make(uint8_t out[MVC_ENTRY_HEAD + MVC_KEY_MAX], const char *key,
    const struct mvc_keystat *st)
{
	size_t n = strlen(key);

	mvc_put64(out, st->size);
	mvc_put64(out + 8, (uint64_t)st->modified);
	out[16] = (uint8_t)n;
	memcpy(out + MVC_ENTRY_HEAD, key, n);
	return MVC_ENTRY_HEAD + n;
}

size_t
mvc_entry_head(struct mvc_keystat *out, const uint8_t p[MVC_ENTRY_HEAD])
{
	out->size = mvc_get64(p);
	out->modified = (int64_t)mvc_get64(p + 8);
	return p[16];
}

int
mvc_frame_failure(const uint8_t *p, size_t n)
{
	int code = n < 4 ? MVC_EIO : (int)(int32_t)mvc_get32(p);
	size_t k = n < 4 ? 0 : n - 4;

	/* What is the other side's own affair is a failure all the same. */
	if (code > MVC_EIO || code < MVC_ECONFLICT)
		code = MVC_EIO;
	if (k >= MVC_ERROR_MAX)
		k = MVC_ERROR_MAX - 1;
	return mvc_fail(code, "%.*s", (int)k, (const char *)p + n - k);
}
