#include "store/backend.h"
#include "hash/digest.h"
#include "util/rate.h"
#include "util/banned.h"

void
mvc_backend_free(struct mvc_backend *b)
{
	if (b)
		b->ops->free(b);
}

bool
mvc_key_is_sane(const char *key)
{
	const char *part = key;

	if (strlen(key) > MVC_KEY_MAX)
		return false;
	for (;;) {
		size_t n = strcspn(part, "/");

		if (n == 0 || (n == 1 && part[0] == '.') ||
		    (n == 2 && part[0] == '.' && part[1] == '.') ||
		    strspn(part,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789.-_~") < n)
			return false;
		if (!part[n])
			return true;
		part += n + 1;
	}
}

static int
check_key(const struct mvc_backend *b, const char *key)
{
	return mvc_key_is_sane(key)
	    ? MVC_OK
	    : mvc_fail(MVC_EINVALID, "%s: %s is no key", b->url, key);
}

/* All keys, or those of a folder. */
static int
check_prefix(const struct mvc_backend *b, const char *prefix)
{
	size_t n = strlen(prefix);
	char folder[MVC_KEY_MAX + 1];

	if (!n)
		return MVC_OK;
	if (n > MVC_KEY_MAX || prefix[n - 1] != '/')
		return mvc_fail(
		    MVC_EINVALID, "%s: %s is no folder", b->url, prefix);
	snprintf(folder, sizeof(folder), "%.*s", (int)n - 1, prefix);
	return check_key(b, folder);
}

void
mvc_backend_received(struct mvc_backend *b, uint64_t n)
{
	atomic_fetch_add(&b->received, n);
	mvc_rate_moved(b->rate, n);
}

void
mvc_backend_sent(struct mvc_backend *b, uint64_t n)
{
	atomic_fetch_add(&b->sent, n);
	mvc_rate_moved(b->rate, n);
}

int
mvc_backend_get(struct mvc_backend *b, const char *key, uint64_t off,
    uint64_t n, mvc_take_fn take, void *arg)
{
	int err = check_key(b, key);

	if (err || !n)
		return err;
	if (n != MVC_TO_END && off > UINT64_MAX - n)
		return mvc_fail(
		    MVC_EINVALID, "%s: %s: a range without end", b->url, key);
	return b->ops->get(b, key, off, n, take, arg);
}

int
mvc_backend_check_writable(const struct mvc_backend *b)
{
	return b->can & MVC_CAN_WRITE
	    ? MVC_OK
	    : mvc_fail(MVC_EDENIED, "%s can only be read", b->url);
}

int
mvc_backend_put(struct mvc_backend *b, const char *key,
    const struct mvc_body *body, unsigned flags)
{
	int err = mvc_backend_check_writable(b);

	if (!err)
		err = check_key(b, key);
	return err ? err : b->ops->put(b, key, body, flags);
}

bool
mvc_backend_lists(const struct mvc_backend *b, const char *prefix)
{
	return b->can & MVC_CAN_LIST ||
	    (b->can & MVC_CAN_LIST_ROOTS &&
		(!strncmp(prefix, "roots/", 6) || !strcmp(prefix, "holders/")));
}

int
mvc_backend_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	int err = check_prefix(b, prefix);

	if (!err && !mvc_backend_lists(b, prefix))
		err = mvc_fail(MVC_EINVALID, "%s cannot be listed", b->url);
	return err ? err : b->ops->list(b, prefix, after, each, arg);
}

int
mvc_backend_del(struct mvc_backend *b, const char *const *keys, size_t n)
{
	int err = mvc_backend_check_writable(b);

	for (size_t i = 0; !err && i < n; i++)
		err = check_key(b, keys[i]);
	return err ? err : b->ops->del(b, keys, n);
}

int
mvc_backend_stat(
    struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	int err = check_key(b, key);

	return err ? err : b->ops->stat(b, key, out);
}

int
mvc_backend_clock(struct mvc_backend *b, int64_t *now)
{
	int err = mvc_backend_check_writable(b);

	return err ? err : b->ops->clock(b, now);
}

int
mvc_backend_unfinished(struct mvc_backend *b, const char *prefix,
    int64_t before, bool act, mvc_key_fn each, void *arg)
{
	int err = act ? mvc_backend_check_writable(b) : MVC_OK;

	if (!err)
		err = check_prefix(b, prefix);
	return err || !b->ops->unfinished
	    ? err
	    : b->ops->unfinished(b, prefix, before, act, each, arg);
}

struct reading {
	uint8_t *p;
	size_t n;
};

static int
take_exact(void *arg, const void *p, size_t n)
{
	struct reading *r = arg;

	if (n > r->n)
		return mvc_fail(MVC_EIO, "more came than was asked for");
	memcpy(r->p, p, n);
	r->p += n;
	r->n -= n;
	return MVC_OK;
}

int
mvc_backend_read(
    struct mvc_backend *b, const char *key, uint64_t off, void *p, size_t n)
{
	struct reading r = {p, n};
	int err = mvc_backend_get(b, key, off, n, take_exact, &r);

	if (!err && r.n)
		err =
		    mvc_fail(MVC_ECORRUPT, "%s: %s is cut short", b->url, key);
	return err;
}

static int
take_all(void *arg, const void *p, size_t n)
{
	return mvc_buf_add(arg, p, n);
}

int
mvc_backend_load(struct mvc_backend *b, const char *key, struct mvc_buf *out)
{
	int err = mvc_backend_get(b, key, 0, MVC_TO_END, take_all, out);

	return err == MVC_ETOOBIG
	    ? mvc_fail(err, "%s: %s is longer than any honest one", b->url, key)
	    : err;
}

static int
read_memory(void *arg, uint64_t off, void *p, size_t n)
{
	memcpy(p, (const char *)arg + off, n);
	return MVC_OK;
}

int
mvc_backend_save(struct mvc_backend *b, const char *key, const void *p,
    size_t n, unsigned flags)
{
	struct mvc_oid hash;
	struct mvc_body body = {.size = n,
	    .read = read_memory,
	    .arg = (void *)p,
	    .fd = -1,
	    .blake3 = &hash};

	mvc_blake3(&hash, p, n);
	return mvc_backend_put(b, key, &body, flags);
}

int
mvc_backend_has(struct mvc_backend *b, const char *key, bool *has)
{
	struct mvc_keystat st;
	int err = mvc_backend_stat(b, key, &st);

	*has = !err;
	return err == MVC_ENOTFOUND ? MVC_OK : err;
}
