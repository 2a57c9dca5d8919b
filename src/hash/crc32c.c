#include "hash/crc32c.h"

#include <stdbool.h>
#include <string.h>
#if defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif
#include "util/banned.h"

/* Of the reversed polynomial 0x82f63b78, for four bits at a time. */
static const uint32_t nibbles[16] = {0x00000000, 0x105ec76f, 0x20bd8ede,
    0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78,
    0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a,
    0xf36e6f75};

uint32_t
mvc_crc32c_plain(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *b = p;

	crc = ~crc;
	for (size_t i = 0; i < n; i++) {
		crc ^= b[i];
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
by_instruction(uint32_t crc, const uint8_t *b, size_t n)
{
	uint64_t c = ~crc, word;

	for (; n >= 8; n -= 8, b += 8) {
		memcpy(&word, b, 8);
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; n; n--, b++)
		c = __builtin_ia32_crc32qi((uint32_t)c, *b);
	return ~(uint32_t)c;
}

static bool
has_instruction(void)
{
	return __builtin_cpu_supports("sse4.2");
}
#elif defined(__ARM_FEATURE_CRC32)
static uint32_t
by_instruction(uint32_t crc, const uint8_t *b, size_t n)
{
	uint64_t word;

	crc = ~crc;
	for (; n >= 8; n -= 8, b += 8) {
		memcpy(&word, b, 8);
		crc = __crc32cd(crc, word);
	}
	for (; n; n--, b++)
		crc = __crc32cb(crc, *b);
	return ~crc;
}

static bool
has_instruction(void)
{
	return true;
}
#else
static uint32_t
by_instruction(uint32_t crc, const uint8_t *b, size_t n)
{
	return mvc_crc32c_plain(crc, b, n);
}

static bool
has_instruction(void)
{
	return false;
}
#endif

uint32_t
mvc_crc32c(uint32_t crc, const void *p, size_t n)
{
	if (has_instruction())
		return by_instruction(crc, p, n);
	return mvc_crc32c_plain(crc, p, n);
}
