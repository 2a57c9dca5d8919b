#include "hash/oid.h"
#include "util/banned.h"

bool
mvc_oid_is_zero(const struct mvc_oid *oid)
{
	static const struct mvc_oid zero;

	return mvc_oid_eq(oid, &zero);
}

void
mvc_hex_of(char *out, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = 0;
}

struct mvc_hex
mvc_oid_hex(const struct mvc_oid *oid)
{
	struct mvc_hex h;

	mvc_hex_of(h.s, oid->b, MVC_OID_SIZE);
	return h;
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int
mvc_hex_parse(void *out, size_t n, const char *hex, size_t len)
{
	uint8_t *b = out;

	if (len != 2 * n)
		return mvc_fail(MVC_EINVALID,
		    "an id has %zu hex digits, not %zu", 2 * n, len);
	for (size_t i = 0; i < n; i++) {
		int hi = digit_of(hex[2 * i]), lo = digit_of(hex[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return mvc_fail(MVC_EINVALID,
			    "an id has only the digits 0-9 and a-f");
		b[i] = (uint8_t)(hi << 4 | lo);
	}
	return MVC_OK;
}

int
mvc_oid_parse(struct mvc_oid *out, const char *hex, size_t len)
{
	return mvc_hex_parse(out->b, MVC_OID_SIZE, hex, len);
}
