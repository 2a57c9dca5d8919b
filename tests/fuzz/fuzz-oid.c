/* Ids as hex text: whatever is read is written back the same. */
#include "hash/oid.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mvc_oid oid;

	if (mvc_oid_parse(&oid, (const char *)data, size) == MVC_OK &&
	    memcmp(mvc_oid_hex(&oid).s, data, MVC_OID_HEX))
		abort();
	return 0;
}
