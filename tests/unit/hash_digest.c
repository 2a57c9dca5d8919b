#include "hash/digest.h"

#include <criterion/criterion.h>

/* The official test vectors: input bytes 0, 1, 2, … 250, 0, … */
Test(hash_digest, plain_hash_is_what_b3sum_prints)
{
	struct mvc_oid oid;

	mvc_blake3(&oid, "", 0);
	cr_assert_str_eq(mvc_oid_hex(&oid).s,
	    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
}

Test(hash_digest, hex_is_read_back_and_bad_hex_refused)
{
	struct mvc_oid a, b;

	mvc_blake3(&a, "x", 1);
	cr_assert_eq(mvc_oid_parse(&b, mvc_oid_hex(&a).s, 64), 0);
	cr_assert(mvc_oid_eq(&a, &b));
	cr_assert_eq(mvc_oid_parse(&b, mvc_oid_hex(&a).s, 63), MVC_EINVALID);
	cr_assert_eq(mvc_oid_parse(&b, "AF", 2), MVC_EINVALID);
}
