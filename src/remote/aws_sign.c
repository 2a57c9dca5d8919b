/*
 * AWS signature, version 4: an HMAC over a canonical form of the request, by a
 * key derived from the secret, the day, the region and the service.
 *
 * libcurl has one too (CURLOPT_AWS_SIGV4), but until 8.3 it sorts neither
 * query nor headers, and 7.88 is what Debian 12 has.
 */
#include "remote/aws.h"
#include "hash/foreign.h"

#include <ctype.h>
#include <time.h>
#include "util/banned.h"

#define MAX_HEADERS 32
#define CANONICAL_MAX (256u << 10)

int
mvc_aws_encode(struct mvc_buf *out, const char *text, bool slash)
{
	int err = MVC_OK;

	for (; *text && !err; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || strchr("-._~", c) || (slash && c == '/'))
			err = mvc_buf_add_char(out, (char)c);
		else
			err = mvc_buf_addf(out, "%%%02X", c);
	}
	return err;
}

int
mvc_aws_query(struct mvc_buf *out, const char *name, const char *value)
{
	int err = MVC_OK;

	if (out->len)
		err = mvc_buf_add_char(out, '&');
	if (!err)
		err = mvc_aws_encode(out, name, false);
	if (!err)
		err = mvc_buf_add_char(out, '=');
	return err ? err : mvc_aws_encode(out, value, false);
}

void
mvc_aws_date(char out[17], int64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(out, 17, "%Y%m%dT%H%M%SZ", &tm);
}

int
mvc_aws_time(int64_t *out, const char *text)
{
	struct tm tm = {0};
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);

	if (!end || (*end != 'Z' && *end != '.' && *end != '+'))
		return mvc_fail(MVC_EINVALID, "a time that is none");
	*out = (int64_t)timegm(&tm);
	return MVC_OK;
}

static int
by_name(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	size_t n = strcspn(x, ":"), m = strcspn(y, ":");
	int order = memcmp(x, y, n < m ? n : m);

	return order ? order : (n > m) - (n < m);
}

/* "name:value\n", the value without spaces at its ends, one for each run. */
static int
add_header(struct mvc_buf *out, const char *header)
{
	size_t n = strcspn(header, ":") + 1, start;
	const char *p = header + n;
	int err = mvc_buf_add(out, header, n);

	start = out->len;
	for (; *p && !err; p++)
		if (*p != ' ' || (out->len > start && p[1] != ' ' && p[1]))
			err = mvc_buf_add_char(out, *p);
	return err ? err : mvc_buf_add_char(out, '\n');
}

struct canonical {
	const char *headers[MAX_HEADERS];
	size_t n;
	struct mvc_buf names; /* "host;x-amz-date" */
};

static int
sort_headers(struct canonical *c, const struct mvc_aws_request *rq)
{
	int err = MVC_OK;

	for (c->n = 0; rq->headers[c->n]; c->n++) {
		if (c->n == MAX_HEADERS)
			return mvc_fail(MVC_ETOOBIG, "too many headers");
		c->headers[c->n] = rq->headers[c->n];
	}
	qsort(c->headers, c->n, sizeof(c->headers[0]), by_name);
	for (size_t i = 0; i < c->n && !err; i++) {
		if (i)
			err = mvc_buf_add_char(&c->names, ';');
		if (!err)
			err = mvc_buf_add(&c->names, c->headers[i],
			    strcspn(c->headers[i], ":"));
	}
	return err;
}

/* The SHA-256, in hex, of the request's canonical form. */
static int
canonical_hash(
    char hex[65], const struct canonical *c, const struct mvc_aws_request *rq)
{
	MVC_SCOPED(mvc_buf) b = MVC_BUF_INIT(CANONICAL_MAX);
	uint8_t hash[MVC_SHA256_SIZE];
	int err;

	err = mvc_buf_addf(&b, "%s\n%s\n%s\n", rq->method, rq->path, rq->query);
	for (size_t i = 0; i < c->n && !err; i++)
		err = add_header(&b, c->headers[i]);
	if (!err)
		err = mvc_buf_addf(&b, "\n%s\n%s", c->names.data, rq->payload);
	if (!err)
		err = mvc_sha256(hash, b.data, b.len);
	if (!err)
		mvc_hex_of(hex, hash, sizeof(hash));
	return err;
}

/* Each step's key is the last one's output. */
static int
signing_key(uint8_t key[MVC_SHA256_SIZE], const struct mvc_aws_request *rq,
    const struct mvc_aws_cred *cred)
{
	MVC_OWN_MEM char *first = NULL;
	const char *steps[] = {rq->region, rq->service, "aws4_request"};
	int err;

	if (asprintf(&first, "AWS4%s", cred->secret) < 0) {
		first = NULL;
		return mvc_fail(MVC_ENOMEM, "no memory to sign");
	}
	err = mvc_hmac_sha256(key, first, strlen(first), rq->date, 8);
	explicit_bzero(first, strlen(first));
	for (size_t i = 0; i < 3 && !err; i++)
		err = mvc_hmac_sha256(
		    key, key, MVC_SHA256_SIZE, steps[i], strlen(steps[i]));
	return err;
}

int
mvc_aws_sign(struct mvc_buf *out, const struct mvc_aws_request *rq,
    const struct mvc_aws_cred *cred)
{
	MVC_SCOPED(mvc_buf) text = MVC_BUF_INIT(4096);
	MVC_SCOPED(mvc_buf) scope = MVC_BUF_INIT(1024);
	struct canonical c = {.names = MVC_BUF_INIT(4096)};
	uint8_t key[MVC_SHA256_SIZE];
	char hex[65];
	int err;

	err = sort_headers(&c, rq);
	if (!err)
		err = canonical_hash(hex, &c, rq);
	if (!err)
		err = mvc_buf_addf(&scope, "%.8s/%s/%s/aws4_request", rq->date,
		    rq->region, rq->service);
	if (!err)
		err = mvc_buf_addf(&text, "AWS4-HMAC-SHA256\n%s\n%s\n%s",
		    rq->date, scope.data, hex);
	if (!err)
		err = signing_key(key, rq, cred);
	if (!err)
		err =
		    mvc_hmac_sha256(key, key, sizeof(key), text.data, text.len);
	if (!err) {
		mvc_hex_of(hex, key, sizeof(key));
		err = mvc_buf_addf(out,
		    "AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,"
		    "Signature=%s",
		    cred->key_id, scope.data, c.names.data, hex);
	}
	explicit_bzero(key, sizeof(key));
	mvc_buf_release(&c.names);
	return err;
}
