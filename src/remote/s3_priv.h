/* Inside room remote: the parts of the S3 backend. */
#ifndef MVC_REMOTE_S3_PRIV_H
#define MVC_REMOTE_S3_PRIV_H

#include "remote/aws.h"
#include "remote/retry.h"
#include "util/ctx.h"

/* Requests at once, at most; callers are fewer. */
#define MVC_S3_CALLS 32
/* Objects above go up in parts. A pack is one request, for the least of them;
 * a request's worth is what a broken line can cost. */
#define MVC_S3_WHOLE_MAX (100u << 20)
#define MVC_S3_PART (32u << 20)

struct mvc_s3 {
	struct mvc_backend b;
	struct mvc_ctx *ctx;
	struct mvc_http *http;
	struct mvc_aws_chain *chain;
	struct mvc_gate gate;
	char *url; /* as it was given, without a '/' at its end */
	char *bucket;
	char *prefix; /* "" or with '/' at its end */
	char *scheme; /* "https://" */
	/* With its port, and the bucket's name before it where that is wanted;
	 * regional: what stands before s3.REGION.amazonaws.com. */
	char *host;
	char *base; /* "/bucket" by path, else "" */
	bool regional; /* Amazon's, at the bucket's region */
	bool amazon; /* Amazon's, by its name */
	pthread_mutex_t lock; /* of what follows */
	char region[64];
	int64_t skew; /* of the server's clock, seconds */
};

/* How a body is told to the server. */
struct mvc_s3_call {
	const char *what; /* "put", as messages say it */
	const char *method;
	const char *key; /* below the prefix; NULL: the bucket itself */
	const char *query; /* canonical; NULL: none */
	const char *headers[6]; /* more to sign, "name: value" */
	const struct mvc_body *body;
	uint64_t body_at, body_len;
	const char *payload; /* hex SHA-256 of the body; NULL: unsigned */
	/* A download: from `off`, to the end where n is MVC_TO_END. */
	mvc_take_fn take;
	void *arg;
	uint64_t off, n;
	/* Results of a download. */
	uint64_t got;
	uint64_t skip; /* bytes that a server sent which was not asked to */
	char etag[128]; /* of the first answer: those after must be the same */
	bool missing_ok; /* 404 is an answer */
};

/*
 * Make a call until it is done or hopeless: 0 with the reply, or what went
 * wrong, told with the place and the key. MVC_ENOTFOUND, MVC_EEXISTS (a
 * condition of the call), MVC_EDENIED, MVC_EAGAIN.
 */
int mvc_s3_call(struct mvc_s3 *s, struct mvc_s3_call *call,
    struct mvc_http_reply *reply) MVC_MUST;

/* The Code and Message of an error's document; "" where it has none. */
struct mvc_s3_error {
	char code[64];
	char message[256];
	char region[64]; /* where the bucket is */
};
void mvc_s3_error_read(struct mvc_s3_error *out, const char *p, size_t n);
/* Say what the server answered to a call, and what to do; returns the code. */
int mvc_s3_error_fail(struct mvc_s3 *s, const struct mvc_s3_call *call,
    int status, const struct mvc_s3_error *e);

/* One page of a listing (s3_list.c). */
struct mvc_s3_page {
	size_t keys;
	bool more;
	char *token; /* of the next page, NULL where there is none */
};
void mvc_s3_page_release(struct mvc_s3_page *page);
/* Read one; each key that begins with prefix goes to each() without it. */
int mvc_s3_page_read(struct mvc_s3_page *page, const char *p, size_t n,
    const char *prefix, mvc_key_fn each, void *arg) MVC_MUST;

int mvc_s3_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg) MVC_MUST;
int
mvc_s3_del(struct mvc_backend *b, const char *const *keys, size_t n) MVC_MUST;

/* A big body in parts, going on where an earlier try ended
 * (s3_multipart.c). */
int mvc_s3_put_parts(struct mvc_s3 *s, const char *key,
    const struct mvc_body *body, unsigned flags) MVC_MUST;

/* As the backend's (s3_unfinished.c). */
int mvc_s3_unfinished(struct mvc_backend *b, const char *prefix, int64_t before,
    bool act, mvc_key_fn each, void *arg) MVC_MUST;

/* "x-amz-checksum-crc32c: …" of a piece of a body, read in order. */
struct mvc_s3_sum {
	char header[48];
};
int mvc_s3_sum_body(struct mvc_s3_sum *out, const struct mvc_body *body,
    uint64_t at, uint64_t n) MVC_MUST;
/* A body of bytes in memory. */
struct mvc_body mvc_s3_memory(const struct mvc_buf *b);

#endif
