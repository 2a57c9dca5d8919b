/* CRC-32C (Castagnoli): what S3 servers check uploads by, at some GB/s. */
#ifndef MVC_HASH_CRC32C_H
#define MVC_HASH_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Go on from crc (0 at the start) with n bytes. */
uint32_t mvc_crc32c(uint32_t crc, const void *p, size_t n);
/* The same without the processor's instruction; for tests. */
uint32_t mvc_crc32c_plain(uint32_t crc, const void *p, size_t n);

#endif
