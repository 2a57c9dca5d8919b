/*
 * BLAKE3: plain for blobs (what b3sum prints), derive-key for everything that
 * is a structure of ours, so that no file's bytes can have a structure's id.
 * Spec: https://github.com/BLAKE3-team/BLAKE3-specs
 */
#ifndef MVC_HASH_DIGEST_H
#define MVC_HASH_DIGEST_H

#include "hash/oid.h"

/* A hash in progress. Owned storage: give it mvc_digest_release(). */
struct mvc_digest {
	void *state; /* blake3_hasher */
};

/* The version of the BLAKE3 that is linked. */
const char *mvc_blake3_version(void);

void mvc_blake3(struct mvc_oid *out, const void *p, size_t n);
/* The first 16 bytes of the plain hash: the check of packed bytes. */
void mvc_blake3_128(uint8_t out[16], const void *p, size_t n);
/* Derive-key mode with a context string such as "mvc tree 1". */
void mvc_blake3_derive(
    struct mvc_oid *out, const char *context, const void *p, size_t n);
/* The same with any length of output (the gear table is 2,048 bytes). */
void mvc_blake3_derive_long(
    void *out, size_t out_len, const char *context, const void *p, size_t n);

int mvc_digest_init(struct mvc_digest *d) MVC_MUST;
/* In derive-key mode; not to be reset. */
int mvc_digest_init_derive(struct mvc_digest *d, const char *context) MVC_MUST;
void mvc_digest_release(struct mvc_digest *d);
void mvc_digest_reset(struct mvc_digest *d);
void mvc_digest_update(struct mvc_digest *d, const void *p, size_t n);
void mvc_digest_final(const struct mvc_digest *d, struct mvc_oid *out);

/* Plain, of all that can be read from a handle; a failure names the path. */
int mvc_digest_fd(struct mvc_oid *out, int fd, const char *path) MVC_MUST;
/* The same of a file in a folder, whose last part is no link. */
int mvc_digest_file(struct mvc_oid *out, int dirfd, const char *name,
    const char *path) MVC_MUST;

#endif
