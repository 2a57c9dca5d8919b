#include "hash/foreign.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include "util/banned.h"

int
mvc_sha256(uint8_t out[MVC_SHA256_SIZE], const void *p, size_t n)
{
	if (!EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL))
		return mvc_fail(MVC_EIO, "libcrypto cannot do SHA-256");
	return MVC_OK;
}

int
mvc_hmac_sha256(uint8_t out[MVC_SHA256_SIZE], const void *key, size_t n_key,
    const void *p, size_t n)
{
	unsigned len = MVC_SHA256_SIZE;

	if (!HMAC(EVP_sha256(), key, (int)n_key, p, n, out, &len))
		return mvc_fail(MVC_EIO, "libcrypto cannot do HMAC-SHA-256");
	return MVC_OK;
}

int
mvc_md5(uint8_t out[MVC_MD5_SIZE], const void *p, size_t n)
{
	if (!EVP_Digest(p, n, out, NULL, EVP_md5(), NULL))
		return mvc_fail(MVC_EDENIED, "libcrypto does no MD5 here");
	return MVC_OK;
}

void
mvc_base64(char *out, const void *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *b = p;

	for (; n > 0; b += 3, out += 4) {
		uint32_t v = (uint32_t)b[0] << 16;

		v |= n > 1 ? (uint32_t)b[1] << 8 : 0;
		v |= n > 2 ? b[2] : 0;
		out[0] = digits[v >> 18];
		out[1] = digits[v >> 12 & 63];
		out[2] = n > 1 ? digits[v >> 6 & 63] : '=';
		out[3] = n > 2 ? digits[v & 63] : '=';
		n -= n > 3 ? 3 : n;
	}
	*out = 0;
}
