#include "hash/digest.h"
#include "util/own.h"
#include "util/sys.h"
#include "util/banned.h"

#include <blake3.h>
#include <fcntl.h>
#include <stdlib.h>

const char *
mvc_blake3_version(void)
{
	return blake3_version();
}

void
mvc_blake3(struct mvc_oid *out, const void *p, size_t n)
{
	blake3_hasher h;

	blake3_hasher_init(&h);
	blake3_hasher_update(&h, p, n);
	blake3_hasher_finalize(&h, out->b, MVC_OID_SIZE);
}

void
mvc_blake3_128(uint8_t out[16], const void *p, size_t n)
{
	blake3_hasher h;

	blake3_hasher_init(&h);
	blake3_hasher_update(&h, p, n);
	blake3_hasher_finalize(&h, out, 16);
}

void
mvc_blake3_derive_long(
    void *out, size_t out_len, const char *context, const void *p, size_t n)
{
	blake3_hasher h;

	blake3_hasher_init_derive_key(&h, context);
	if (n)
		blake3_hasher_update(&h, p, n);
	blake3_hasher_finalize(&h, out, out_len);
}

void
mvc_blake3_derive(
    struct mvc_oid *out, const char *context, const void *p, size_t n)
{
	mvc_blake3_derive_long(out->b, MVC_OID_SIZE, context, p, n);
}

int
mvc_digest_init(struct mvc_digest *d)
{
	d->state = malloc(sizeof(blake3_hasher));
	if (!d->state)
		return mvc_fail(MVC_ENOMEM, "no memory for a hash");
	blake3_hasher_init(d->state);
	return MVC_OK;
}

int
mvc_digest_init_derive(struct mvc_digest *d, const char *context)
{
	int err = mvc_digest_init(d);

	if (!err)
		blake3_hasher_init_derive_key(d->state, context);
	return err;
}

void
mvc_digest_release(struct mvc_digest *d)
{
	free(d->state);
	d->state = NULL;
}

void
mvc_digest_reset(struct mvc_digest *d)
{
	blake3_hasher_init(d->state);
}

void
mvc_digest_update(struct mvc_digest *d, const void *p, size_t n)
{
	blake3_hasher_update(d->state, p, n);
}

void
mvc_digest_final(const struct mvc_digest *d, struct mvc_oid *out)
{
	blake3_hasher_finalize(d->state, out->b, MVC_OID_SIZE);
}

int
mvc_digest_fd(struct mvc_oid *out, int fd, const char *path)
{
	MVC_SCOPED(mvc_digest) d = {NULL};
	char buf[65536];
	size_t got;
	int err = mvc_digest_init(&d);

	if (err)
		return err;
	do {
		err = mvc_sys_read(&got, fd, buf, sizeof(buf), path);
		if (err)
			return err;
		mvc_digest_update(&d, buf, got);
	} while (got == sizeof(buf));
	mvc_digest_final(&d, out);
	return MVC_OK;
}

int
mvc_digest_file(
    struct mvc_oid *out, int dirfd, const char *name, const char *path)
{
	MVC_OWN_FD int fd = -1;
	int err = mvc_sys_open(
	    &fd, dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);

	return err ? err : mvc_digest_fd(out, fd, path);
}
