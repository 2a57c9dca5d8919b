/*
 * libgit2, where it is built with mbedTLS, reads all certificates of the
 * system when it starts: half of the time that `mvc status` takes in a small
 * repository. This program never lets libgit2 open a connection, so here is
 * the function it would call: a program's own symbols come before a library's.
 * It says that the file cannot be read, which libgit2 takes for "no
 * certificates". Elsewhere nothing calls it.
 */
#include "util/banned.h"

/* MBEDTLS_ERR_X509_FILE_IO_ERROR of mbedtls/x509.h */
#define FILE_IO_ERROR (-0x2900)

int mbedtls_x509_crt_parse_file(void *chain, const char *path);

/* Weak: in a static binary libmbedx509.a has its own. */
__attribute__((weak, visibility("default"))) int
mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	return FILE_IO_ERROR;
}
