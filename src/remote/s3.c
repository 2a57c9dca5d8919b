/*
 * A bucket, or what lies below a prefix in one, as a backend: Amazon's S3 and
 * all that speaks like it (Ceph, MinIO, R2, versitygw, Google by its XML
 * interface).
 *
 *     s3.c            the backend's calls         aws_profile.c  settings
 *     s3_list.c       list, delete                aws_cred.c     credentials
 *     s3_multipart.c  big objects                 aws_fetch.c    … asked for
 *     s3_call.c       one call: sign, judge, retry  aws_sign.c   signatures
 *     s3_error.c      what the server says        http*.c        the engine
 *
 * An object is whole or not there, and durable when its PUT is answered: S3
 * itself promises that. Its bytes go up with a CRC-32C in a signed header, so
 * the server takes nothing that the line has changed.
 */
#include "remote/backends.h"
#include "remote/s3_priv.h"
#include "hash/crc32c.h"
#include "hash/foreign.h"

#include <time.h>
#include "util/banned.h"

#define SUM_BUFFER (256u << 10)

static int
read_memory(void *arg, uint64_t off, void *p, size_t n)
{
	const struct mvc_buf *b = arg;

	memcpy(p, b->data + off, n);
	return MVC_OK;
}

struct mvc_body
mvc_s3_memory(const struct mvc_buf *b)
{
	struct mvc_body body = {.size = b->len,
	    .read = read_memory,
	    .arg = (void *)(uintptr_t)b,
	    .fd = -1};

	return body;
}

int
mvc_s3_sum_body(struct mvc_s3_sum *out, const struct mvc_body *body,
    uint64_t at, uint64_t n)
{
	MVC_OWN_MEM char *p = malloc(SUM_BUFFER);
	uint32_t crc = 0;
	uint8_t big[4];
	char text[9];
	int err = MVC_OK;

	if (!p)
		return mvc_fail(MVC_ENOMEM, "no memory for a checksum");
	while (n && !err) {
		size_t k = n < SUM_BUFFER ? (size_t)n : SUM_BUFFER;

		err = body->read(body->arg, at, p, k);
		if (!err)
			crc = mvc_crc32c(crc, p, k);
		at += k;
		n -= k;
	}
	for (int i = 0; i < 4; i++)
		big[i] = (uint8_t)(crc >> (24 - 8 * i));
	mvc_base64(text, big, 4);
	snprintf(out->header, sizeof(out->header), "x-amz-checksum-crc32c: %s",
	    text);
	return err;
}

static struct mvc_s3 *
of(struct mvc_backend *b)
{
	return (struct mvc_s3 *)b;
}

static int
s3_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	struct mvc_s3_call call = {.what = "get",
	    .method = "GET",
	    .key = key,
	    .take = take,
	    .arg = arg,
	    .off = off,
	    .n = n};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_s3_call(of(b), &call, &reply);
	if (!err && n != MVC_TO_END && call.got < n)
		err = mvc_fail(MVC_ECORRUPT,
		    "%s: %s is too short: it ends before byte %llu", b->url,
		    key, (unsigned long long)(off + n));
	return err;
}

static int
put_whole(
    struct mvc_s3 *s, const char *key, const struct mvc_body *body, bool new)
{
	struct mvc_s3_sum sum;
	struct mvc_s3_call call = {.what = "put",
	    .method = "PUT",
	    .key = key,
	    .headers = {sum.header, new ? "if-none-match: *" : NULL},
	    .body = body,
	    .body_len = body->size};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = mvc_s3_sum_body(&sum, body, 0, body->size);
	if (!err)
		err = mvc_s3_call(s, &call, &reply);
	/* A server that knows no conditions. */
	if (err && new &&reply.status == 501)
		return put_whole(s, key, body, false);
	return err;
}

static int
s3_put(struct mvc_backend *b, const char *key, const struct mvc_body *body,
    unsigned flags)
{
	if (body->size > MVC_S3_WHOLE_MAX)
		return mvc_s3_put_parts(of(b), key, body, flags);
	return put_whole(of(b), key, body, flags & MVC_PUT_NEW);
}

static int
drop(void *arg, const void *p, size_t n)
{
	return MVC_OK;
}

/* An answer to HEAD has no text: where it is refused, another call may be told
 * why, and learn from it. */
static int
head(struct mvc_s3 *s, const char *key, struct mvc_http_reply *reply)
{
	struct mvc_s3_call call = {
	    .what = "stat", .method = "HEAD", .key = key};
	int err = mvc_s3_call(s, &call, reply);

	if (!err || (reply->status != 400 && reply->status != 403))
		return err;
	err = s3_get(&s->b, key, 0, 1, drop, NULL);
	if (err && err != MVC_ECORRUPT && err != MVC_ENOTFOUND)
		return err;
	return mvc_s3_call(s, &call, reply);
}

static int
s3_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	MVC_SCOPED(mvc_http_reply) reply;
	const char *size, *modified;
	struct tm tm = {0};
	int err;

	mvc_http_reply_init(&reply);
	err = head(of(b), key, &reply);
	if (err)
		return err;
	size = mvc_http_header(&reply, "content-length");
	modified = mvc_http_header(&reply, "last-modified");
	if (!size || !modified ||
	    !strptime(modified, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return mvc_fail(MVC_EIO,
		    "%s: %s: the server tells no size or no date", b->url, key);
	out->size = strtoull(size, NULL, 10);
	out->modified = (int64_t)timegm(&tm);
	return MVC_OK;
}

/* The stamp of an object just put. All use one name: a stamp of somebody else
 * who puts it in between is fresh too. */
static int
s3_clock(struct mvc_backend *b, int64_t *now)
{
	struct mvc_buf empty = MVC_BUF_INIT(1);
	struct mvc_body body = mvc_s3_memory(&empty);
	struct mvc_keystat st;
	int err;

	err = put_whole(of(b), "tmp/clock", &body, false);
	if (!err)
		err = s3_stat(b, "tmp/clock", &st);
	if (!err)
		*now = st.modified;
	return err;
}

static void
s3_free(struct mvc_backend *b)
{
	struct mvc_s3 *s = of(b);

	mvc_aws_chain_free(s->chain);
	mvc_http_free(s->http);
	mvc_gate_release(&s->gate);
	pthread_mutex_destroy(&s->lock);
	free(s->url);
	free(s->bucket);
	free(s->prefix);
	free(s->scheme);
	free(s->host);
	free(s->base);
	free(s);
}

static const struct mvc_backend_ops s3_ops = {
    .get = s3_get,
    .put = s3_put,
    .list = mvc_s3_list,
    .del = mvc_s3_del,
    .stat = s3_stat,
    .clock = s3_clock,
    .unfinished = mvc_s3_unfinished,
    .free = s3_free,
};

/* ---- opening ---- */

/* s3://BUCKET/PREFIX; a prefix may be deep, and is not empty parts. */
static int
split_url(struct mvc_s3 *s, const char *url)
{
	const char *bucket = url + strlen("s3://");
	size_t n = strcspn(bucket, "/"), len = strlen(bucket);
	const char *prefix = bucket[n] ? bucket + n + 1 : bucket + n;
	const char *fault = NULL;

	while (len && bucket[len - 1] == '/')
		len--;
	if (!n || n > 255 ||
	    strspn(bucket,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789.-_") != n)
		fault = "write s3://BUCKET/PREFIX, and keys where the AWS "
			"tools have them (aws configure)";
	else if (len > 512 || strstr(bucket + n, "//") ||
	    strpbrk(bucket, "?#@"))
		fault = "a prefix is names between single slashes";
	/* What is there may be a secret. */
	if (fault)
		return mvc_fail(MVC_EINVALID, "a URL of S3: %s", fault);
	s->url = strndup(url, strlen("s3://") + len);
	s->bucket = strndup(bucket, n);
	if (len <= n + 1)
		s->prefix = strdup("");
	else if (asprintf(&s->prefix, "%.*s/", (int)(len - n - 1), prefix) < 0)
		s->prefix = NULL;
	if (!s->url || !s->bucket || !s->prefix)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	return MVC_OK;
}

static const char *
first(const char *a, const char *b, const char *c, const char *d)
{
	return a ? a : b ? b : c ? c : d;
}

/* Whether the bucket's name can stand before the host's, under its
 * certificate. */
static bool
can_be_host(const char *bucket)
{
	size_t n = strlen(bucket);

	return n >= 3 && n <= 63 &&
	    strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static int
set_host(struct mvc_s3 *s, const char *endpoint, const char *style)
{
	size_t scheme = strncmp(endpoint, "https://", 8) ? 7 : 8, n;
	const char *host = endpoint + scheme;
	bool path;

	n = strcspn(host, "/?#");
	if ((scheme == 7 && strncmp(endpoint, "http://", 7)) ||
	    (!n && !s->regional) || memchr(host, '@', n) ||
	    strlen(host + n) > 1)
		return mvc_fail(MVC_EINVALID,
		    "%s: its endpoint must be https://HOST[:PORT], without "
		    "path, user and password",
		    s->url);
	if (style && !strcmp(style, "virtual"))
		path = false;
	else
		path = !s->amazon || !can_be_host(s->bucket) ||
		    (style && !strcmp(style, "path"));
	s->scheme = strndup(endpoint, scheme);
	if (asprintf(&s->host, "%s%s%.*s", path ? "" : s->bucket,
		path ? "" : ".", (int)n, host) < 0)
		s->host = NULL;
	if (asprintf(&s->base, "%s%s", path ? "/" : "", path ? s->bucket : "") <
	    0)
		s->base = NULL;
	if (!s->scheme || !s->host || !s->base)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	return MVC_OK;
}

static int
set_place(struct mvc_s3 *s, const struct mvc_remote_place *place,
    const struct mvc_aws_profile *p)
{
	const char *region = place->region, *endpoint = place->endpoint;

	if (!region)
		region = first(mvc_aws_env("AWS_REGION"),
		    mvc_aws_env("AWS_DEFAULT_REGION"),
		    mvc_aws_profile_get(p, "region"), "us-east-1");
	if (strlen(region) >= sizeof(s->region) ||
	    region[strspn(region,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")])
		return mvc_fail(
		    MVC_EINVALID, "%s: \"%s\" is no region", s->url, region);
	snprintf(s->region, sizeof(s->region), "%s", region);
	if (!endpoint)
		endpoint = first(mvc_aws_env("AWS_ENDPOINT_URL_S3"),
		    mvc_aws_env("AWS_ENDPOINT_URL"),
		    mvc_aws_profile_get(p, "s3.endpoint_url"),
		    mvc_aws_profile_get(p, "endpoint_url"));
	s->regional = !endpoint;
	s->amazon = !endpoint || strstr(endpoint, ".amazonaws.com");
	return set_host(s, endpoint ? endpoint : "https://",
	    mvc_aws_profile_get(p, "s3.addressing_style"));
}

static int
set_up(struct mvc_s3 *s, const struct mvc_remote_place *place)
{
	MVC_OWN(mvc_aws_profile) *p = NULL;
	struct mvc_http_options options = {0};
	int err;

	err = split_url(s, place->url);
	if (!err)
		err = mvc_aws_profile_load(&p, place->profile);
	if (err)
		return err;
	err = set_place(s, place, p);
	options.ca_variable = "AWS_CA_BUNDLE";
	options.ca_file = first(mvc_aws_env("AWS_CA_BUNDLE"),
	    mvc_aws_profile_get(p, "ca_bundle"), NULL, NULL);
	if (!err)
		err = mvc_http_new(&s->http, &options);
	if (!err)
		err = mvc_aws_chain_new(
		    &s->chain, s->http, place->profile, s->region);
	return err;
}

int
mvc_s3_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place)
{
	struct mvc_s3 *s = calloc(1, sizeof(*s));
	int err;

	*out = NULL;
	if (!s)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	s->ctx = ctx;
	pthread_mutex_init(&s->lock, NULL);
	mvc_gate_init(&s->gate, MVC_S3_CALLS);
	err = set_up(s, place);
	if (err) {
		s3_free(&s->b);
		return err;
	}
	s->b.ops = &s3_ops;
	s->b.url = s->url;
	s->b.can = MVC_CAN_WRITE | MVC_CAN_LIST;
	if (s->amazon)
		s->b.can |= MVC_CAN_TELL;
	s->b.calls = MVC_S3_CALLS;
	*out = &s->b;
	return MVC_OK;
}

/* As the rest of a URL is written, it may be no key of a store. */
static int
get_file(char version[MVC_FILE_VERSION], struct mvc_s3 *s, const char *key,
    const char *known, mvc_take_fn take, void *arg)
{
	MVC_SCOPED(mvc_http_reply) reply;
	struct mvc_s3_call call = {.what = "get",
	    .method = "GET",
	    .key = key,
	    .take = take,
	    .arg = arg,
	    .n = MVC_TO_END};
	const char *etag;
	int err;

	mvc_http_reply_init(&reply);
	err = known ? head(s, key, &reply) : MVC_OK;
	if (err)
		return err;
	etag = known ? mvc_http_header(&reply, "etag") : NULL;
	if (etag && !strcmp(etag, known))
		return mvc_fail(MVC_EEXISTS, "it has not changed");
	err = mvc_s3_call(s, &call, &reply);
	if (!err)
		snprintf(version, MVC_FILE_VERSION, "%s", call.etag);
	return err;
}

int
mvc_s3_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg)
{
	MVC_OWN_MEM char *url = strdup(place->url);
	MVC_OWN(mvc_backend) *b = NULL;
	struct mvc_remote_place folder = *place;
	char *slash;
	int err;

	if (!url)
		return mvc_fail(MVC_ENOMEM, "no memory for a URL");
	slash = strrchr(url, '/');
	if (slash - url < (ptrdiff_t)strlen("s3://") || !slash[1])
		return mvc_fail(MVC_EINVALID,
		    "%s names no object: write s3://BUCKET/KEY", place->url);
	*slash = 0;
	folder.url = url;
	err = mvc_s3_open(&b, ctx, &folder);
	return err ? err
		   : get_file(version, of(b), slash + 1, known, take, arg);
}
