/*
 * Hashes of others' protocols, never ids of ours: SHA-256, HMAC and MD5 by
 * OpenSSL's libcrypto, over memory at hand. Thread-safe.
 */
#ifndef MVC_HASH_FOREIGN_H
#define MVC_HASH_FOREIGN_H

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

#define MVC_SHA256_SIZE 32
#define MVC_MD5_SIZE 16

int mvc_sha256(uint8_t out[MVC_SHA256_SIZE], const void *p, size_t n) MVC_MUST;
int mvc_hmac_sha256(uint8_t out[MVC_SHA256_SIZE], const void *key, size_t n_key,
    const void *p, size_t n) MVC_MUST;
/* MVC_EDENIED where the system's policy has no MD5. */
int mvc_md5(uint8_t out[MVC_MD5_SIZE], const void *p, size_t n) MVC_MUST;

/* n bytes as base64 with its NUL; out has room for 4 * ((n + 2) / 3) + 1. */
void mvc_base64(char *out, const void *p, size_t n);

#endif
