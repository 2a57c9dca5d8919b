/* What an S3 server answers with, lists and errors: no crash; a key that is
 * given is one that a store may have, and none of another prefix. */
#include "remote/s3_priv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
check(void *arg, const char *key, const struct mvc_keystat *st)
{
	if (!mvc_key_is_sane(key))
		abort();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mvc_s3_page page = {0};
	struct mvc_s3_error e;

	(void)!mvc_s3_page_read(
	    &page, (const char *)data, size, "cats/", check, NULL);
	mvc_s3_page_release(&page);
	mvc_s3_error_read(&e, (const char *)data, size);
	if (strlen(e.code) >= sizeof(e.code) ||
	    strlen(e.message) >= sizeof(e.message))
		abort();
	return 0;
}
