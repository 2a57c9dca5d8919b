#include "hash/crc32c.h"
#include "hash/foreign.h"
#include "hash/oid.h"

#include <criterion/criterion.h>
#include <string.h>

static void
is_hex(const void *p, size_t n, const char *want)
{
	char hex[129];

	mvc_hex_of(hex, p, n);
	cr_assert_str_eq(hex, want);
}

Test(hash_foreign, sha256_and_md5_are_the_known_ones)
{
	uint8_t sha[MVC_SHA256_SIZE], md5[MVC_MD5_SIZE];

	cr_assert_eq(mvc_sha256(sha, "abc", 3), 0);
	is_hex(sha, sizeof(sha),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	cr_assert_eq(mvc_md5(md5, "abc", 3), 0);
	is_hex(md5, sizeof(md5), "900150983cd24fb0d6963f7d28e17f72");
}

/* RFC 4231, case 2. */
Test(hash_foreign, hmac_is_the_one_of_the_rfc)
{
	static const char text[] = "what do ya want for nothing?";
	uint8_t mac[MVC_SHA256_SIZE];

	cr_assert_eq(mvc_hmac_sha256(mac, "Jefe", 4, text, strlen(text)), 0);
	is_hex(mac, sizeof(mac),
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 3720, B.4; lengths that are no multiple of a word too. */
Test(hash_foreign, crc32c_is_the_one_of_the_rfc_however_it_is_made)
{
	uint8_t p[1000] = {0};

	cr_assert_eq(mvc_crc32c(0, p, 32), 0x8a9136aau);
	memset(p, 0xff, 32);
	cr_assert_eq(mvc_crc32c(0, p, 32), 0x62a8ab43u);
	cr_assert_eq(mvc_crc32c(0, "123456789", 9), 0xe3069283u);
	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (uint8_t)(i * 7 + i / 256);
	for (size_t n = 0; n < sizeof(p); n += 13) {
		uint32_t whole = mvc_crc32c_plain(0, p, sizeof(p));

		cr_assert_eq(
		    mvc_crc32c(mvc_crc32c(0, p, n), p + n, sizeof(p) - n),
		    whole);
	}
}

/* RFC 4648, 10. */
Test(hash_foreign, base64_pads)
{
	static const char *const known[] = {
	    "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
	char out[16];

	for (size_t n = 0; n < 7; n++) {
		mvc_base64(out, "foobar", n);
		cr_assert_str_eq(out, known[n]);
	}
}
