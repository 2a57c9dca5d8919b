/*
 * struct mvc_backend: a place that keeps bytes under keys: a folder, a bucket,
 * a host. It knows nothing of packs; the keys are those of mvc-format(5):
 *
 *     format  packs/aa/NAME.pack  segments/NAME  roots/HOLDER/OID[~SALT]
 *     holders/ID  trash/ID  tmp/NAME
 *
 * Every call blocks, and may be made from many threads at once; `calls` says
 * how many at once are worth it. A backend retries by itself what may pass
 * (MVC_EAGAIN: it did not), keeps memory bounded whatever the sizes, and counts
 * what it did. Errors name the place and the key, and hold no secret.
 *
 * One more kind of place is one more file: a struct that begins with a struct
 * mvc_backend, and these functions. They get keys that are sane, and are called
 * for what `can` says: the calls below see to that.
 */
#ifndef MVC_STORE_BACKEND_H
#define MVC_STORE_BACKEND_H

#include "hash/oid.h"
#include "util/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* No key is longer. */
#define MVC_KEY_MAX 255
/* As a length: up to the end. */
#define MVC_TO_END UINT64_MAX

struct mvc_backend;
struct mvc_rate;

/* What is known of a key without its bytes. */
struct mvc_keystat {
	uint64_t size;
	int64_t modified; /* by the place's clock, seconds since 1970 */
};

/* Bytes as they come, in order, borrowed for the call. Another answer than 0
 * ends it and is returned. */
typedef int (*mvc_take_fn)(void *arg, const void *p, size_t n);

/* A key as it is listed; good for the call. Another answer than 0 ends it and
 * is returned. */
typedef int (*mvc_key_fn)(
    void *arg, const char *key, const struct mvc_keystat *st);

/* What a put sends. */
struct mvc_body {
	uint64_t size;
	/*
	 * Exactly n bytes at off. A backend reads all of them at least once,
	 * in order, from one thread at a time, also when it takes them from fd
	 * (who sends may check them on their way); after a fault it may begin
	 * anew at any place. An error ends the put and is returned.
	 */
	int (*read)(void *arg, uint64_t off, void *p, size_t n);
	void *arg;
	int fd; /* a file that is exactly these bytes, to be shared; -1 */
	const struct mvc_oid *blake3; /* of them all; NULL: not known */
};

enum {
	/* put: leave alone what is there (MVC_EEXISTS), where the place can
	 * tell at once (MVC_CAN_TELL). Others replace it. */
	MVC_PUT_NEW = 1,
};

enum {
	MVC_CAN_WRITE = 1, /* put, del, clock */
	MVC_CAN_LIST = 2,
	MVC_CAN_TELL = 4, /* MVC_PUT_NEW holds, also between two at once */
	/* "roots/…" and "holders/" alone, as roots/index has them, without
	 * sizes and times; MVC_ENOTFOUND where there is none. */
	MVC_CAN_LIST_ROOTS = 8,
};

struct mvc_backend_ops {
	/*
	 * n bytes of a key from off on, at least one and none past UINT64_MAX,
	 * or all to the end (MVC_TO_END).
	 * MVC_ENOTFOUND; MVC_ECORRUPT where there are fewer, after those that
	 * there are have been taken.
	 */
	int (*get)(struct mvc_backend *b, const char *key, uint64_t off,
	    uint64_t n, mvc_take_fn take, void *arg);
	/*
	 * Keep the body under the key: seen whole or not at all, and durable
	 * on return. Until then whatever was there stays.
	 */
	int (*put)(struct mvc_backend *b, const char *key,
	    const struct mvc_body *body, unsigned flags);
	/*
	 * Every key that begins with prefix ("roots/HOLDER/": it ends in '/'
	 * or is empty) and comes after `after` (NULL: from the first), in
	 * order of bytes. A prefix that nothing has is no error. Keys put or
	 * deleted meanwhile may be listed or not.
	 */
	int (*list)(struct mvc_backend *b, const char *prefix,
	    const char *after, mvc_key_fn each, void *arg);
	/* Delete n keys, durably; those that are not there are no error. */
	int (*del)(struct mvc_backend *b, const char *const *keys, size_t n);
	/* MVC_ENOTFOUND. */
	int (*stat)(
	    struct mvc_backend *b, const char *key, struct mvc_keystat *out);
	/* The place's clock: the stamp of something fresh, seconds. */
	int (*clock)(struct mvc_backend *b, int64_t *now);
	/*
	 * Puts below a prefix ("packs/") that began before then, by the
	 * place's clock, and never ended: tell each, with what it takes, and
	 * with `act` remove that. NULL: all that such a put leaves is listed
	 * below tmp/.
	 */
	int (*unfinished)(struct mvc_backend *b, const char *prefix,
	    int64_t before, bool act, mvc_key_fn each, void *arg);
	void (*free)(struct mvc_backend *b);
};

struct mvc_backend {
	const struct mvc_backend_ops *ops;
	const char *url; /* as messages name it; without secrets */
	unsigned can; /* MVC_CAN_* */
	unsigned calls; /* at once: 1 or more */
	unsigned shared; /* rights that a `format` made here is to say */
	/* Counted by the backend, retries too. */
	_Atomic uint64_t requests, received, sent;
	struct mvc_rate *rate; /* set by who opened it; NULL: no limit */
};

/* For backends: n bytes came, or went, are counted, and had their time. */
void mvc_backend_received(struct mvc_backend *b, uint64_t n);
void mvc_backend_sent(struct mvc_backend *b, uint64_t n);

void mvc_backend_free(struct mvc_backend *b);
MVC_OWN_DEFINE(mvc_backend)

/* The calls above, for any backend. MVC_EINVALID: it is no key, or a range
 * without end. Nothing of a key is had without asking whether it is there. */
int mvc_backend_get(struct mvc_backend *b, const char *key, uint64_t off,
    uint64_t n, mvc_take_fn take, void *arg) MVC_MUST;
int mvc_backend_put(struct mvc_backend *b, const char *key,
    const struct mvc_body *body, unsigned flags) MVC_MUST;
int mvc_backend_list(struct mvc_backend *b, const char *prefix,
    const char *after, mvc_key_fn each, void *arg) MVC_MUST;
int mvc_backend_del(
    struct mvc_backend *b, const char *const *keys, size_t n) MVC_MUST;
int mvc_backend_stat(
    struct mvc_backend *b, const char *key, struct mvc_keystat *out) MVC_MUST;
int mvc_backend_clock(struct mvc_backend *b, int64_t *now) MVC_MUST;
int mvc_backend_unfinished(struct mvc_backend *b, const char *prefix,
    int64_t before, bool act, mvc_key_fn each, void *arg) MVC_MUST;

/* Exactly n bytes of a key into memory. */
int mvc_backend_read(struct mvc_backend *b, const char *key, uint64_t off,
    void *p, size_t n) MVC_MUST;
/* Append all of a small one to out; MVC_ETOOBIG past out's maximum. */
int mvc_backend_load(
    struct mvc_backend *b, const char *key, struct mvc_buf *out) MVC_MUST;
/* Put a small one from memory. */
int mvc_backend_save(struct mvc_backend *b, const char *key, const void *p,
    size_t n, unsigned flags) MVC_MUST;
/* Whether there is such a key. */
int mvc_backend_has(struct mvc_backend *b, const char *key, bool *has) MVC_MUST;

/* Whether it is a key that a store may have: parts of letters, digits, '.',
 * '-', '_' and '~' between single '/', none of them "." or "..". */
bool mvc_key_is_sane(const char *key);
/* MVC_EDENIED: nothing can be put there. */
int mvc_backend_check_writable(const struct mvc_backend *b) MVC_MUST;
/* Whether it may be listed by this prefix. */
bool mvc_backend_lists(const struct mvc_backend *b, const char *prefix);

#endif
