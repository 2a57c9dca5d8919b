/* One call to an S3 server: signed, judged, made again where that may help. */
#include "remote/s3_priv.h"

#include <time.h>
#include "util/rate.h"
#include "util/banned.h"

#define EMPTY_SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define DEAD_TRIES 4

/* One try: everything that its request is made of. */
struct attempt {
	struct mvc_s3 *s;
	struct mvc_s3_call *call;
	struct mvc_aws_cred cred;
	struct mvc_buf path, url, auth, token;
	char region[64];
	char host[700], date[40], hash[100], range[80], match[200];
	const char *headers[16];
	size_t n;
};

static void
attempt_init(struct attempt *a, struct mvc_s3 *s, struct mvc_s3_call *call)
{
	memset(a, 0, sizeof(*a));
	a->s = s;
	a->call = call;
	a->path.max = a->url.max = 16384;
	a->auth.max = a->token.max = 65536;
}

static void
attempt_release(struct attempt *a)
{
	mvc_aws_cred_release(&a->cred);
	if (a->token.len)
		explicit_bzero(a->token.data, a->token.len);
	mvc_buf_release(&a->path);
	mvc_buf_release(&a->url);
	mvc_buf_release(&a->auth);
	mvc_buf_release(&a->token);
}

/* Both as the server was last known to be; the region is a part of its name. */
static int64_t
find_server(struct attempt *a)
{
	struct mvc_s3 *s = a->s;
	int64_t skew;

	pthread_mutex_lock(&s->lock);
	memcpy(a->region, s->region, sizeof(a->region));
	skew = s->skew;
	pthread_mutex_unlock(&s->lock);
	if (s->regional)
		snprintf(a->host, sizeof(a->host),
		    "host: %ss3.%s.amazonaws.com%s", s->host, a->region,
		    strncmp(a->region, "cn-", 3) ? "" : ".cn");
	else
		snprintf(a->host, sizeof(a->host), "host: %s", s->host);
	return skew;
}

static int
make_url(struct attempt *a)
{
	struct mvc_s3 *s = a->s;
	int err = mvc_buf_addf(&a->path, "%s/", s->base);

	if (!err && a->call->key)
		err = mvc_aws_encode(&a->path, s->prefix, true);
	if (!err && a->call->key)
		err = mvc_aws_encode(&a->path, a->call->key, true);
	if (!err)
		err = mvc_buf_addf(&a->url, "%s%s%s", s->scheme,
		    a->host + strlen("host: "), a->path.data);
	if (!err && a->call->query)
		err = mvc_buf_addf(&a->url, "?%s", a->call->query);
	return err;
}

static const char *
payload_of(const struct mvc_s3_call *call)
{
	if (call->payload)
		return call->payload;
	return call->body_len ? "UNSIGNED-PAYLOAD" : EMPTY_SHA256;
}

/* Those that are signed. */
static int
add_headers(struct attempt *a, int64_t skew)
{
	char date[17];
	int err = MVC_OK;

	mvc_aws_date(date, (int64_t)time(NULL) + skew);
	snprintf(a->date, sizeof(a->date), "x-amz-date: %s", date);
	snprintf(a->hash, sizeof(a->hash), "x-amz-content-sha256: %s",
	    payload_of(a->call));
	a->headers[a->n++] = a->host;
	a->headers[a->n++] = a->date;
	a->headers[a->n++] = a->hash;
	for (size_t i = 0; a->call->headers[i]; i++)
		a->headers[a->n++] = a->call->headers[i];
	if (a->cred.token) {
		err = mvc_buf_addf(
		    &a->token, "x-amz-security-token: %s", a->cred.token);
		a->headers[a->n++] = a->token.data;
	}
	return err;
}

/* Of a download: what is still to come, of the same object. */
static void
add_range(struct attempt *a)
{
	struct mvc_s3_call *call = a->call;
	uint64_t from = call->off + call->got;

	if (!call->take)
		return;
	if (call->n != MVC_TO_END)
		snprintf(a->range, sizeof(a->range), "range: bytes=%llu-%llu",
		    (unsigned long long)from,
		    (unsigned long long)(call->off + call->n - 1));
	else if (from)
		snprintf(a->range, sizeof(a->range), "range: bytes=%llu-",
		    (unsigned long long)from);
	if (a->range[0])
		a->headers[a->n++] = a->range;
	if (!call->got || !call->etag[0])
		return;
	snprintf(a->match, sizeof(a->match), "if-match: %s", call->etag);
	a->headers[a->n++] = a->match;
}

static int
prepare(struct attempt *a)
{
	struct mvc_aws_request rq = {.method = a->call->method,
	    .query = a->call->query ? a->call->query : "",
	    .headers = a->headers,
	    .payload = payload_of(a->call),
	    .region = a->region,
	    .service = "s3"};
	int64_t skew = find_server(a);
	int err = make_url(a);

	if (!err)
		err = add_headers(a, skew);
	if (err)
		return err;
	add_range(a);
	rq.path = a->path.data;
	rq.date = a->date + strlen("x-amz-date: ");
	err = mvc_buf_add_str(&a->auth, "authorization: ");
	if (!err)
		err = mvc_aws_sign(&a->auth, &rq, &a->cred);
	a->headers[a->n++] = a->auth.data;
	return err;
}

/* ---- a download's bytes ---- */

/* A server may ignore what range was asked for, and send all. */
static int
on_begin(void *arg, const struct mvc_http_reply *reply)
{
	struct attempt *a = arg;
	struct mvc_s3_call *call = a->call;
	const char *etag = mvc_http_header(reply, "etag");
	const char *range = mvc_http_header(reply, "content-range");
	uint64_t want = call->off + call->got;

	if (!call->etag[0] && etag)
		snprintf(call->etag, sizeof(call->etag), "%s", etag);
	if (reply->status == 200) {
		call->skip = want;
		return MVC_OK;
	}
	if (!range || strncmp(range, "bytes ", 6) ||
	    strtoull(range + 6, NULL, 10) != want)
		return mvc_fail(MVC_EIO,
		    "%s: get %s: the server sends another range than was "
		    "asked for",
		    a->s->url, call->key);
	return MVC_OK;
}

static int
on_take(void *arg, const void *p, size_t n)
{
	struct attempt *a = arg;
	struct mvc_s3_call *call = a->call;
	size_t skip = call->skip < n ? (size_t)call->skip : n;
	uint64_t left = call->n - call->got;
	int err;

	call->skip -= skip;
	p = (const char *)p + skip;
	n -= skip;
	if (call->n != MVC_TO_END && n > left)
		n = (size_t)left;
	if (!n)
		return MVC_OK;
	/* What was not taken is an error, also of the last bytes. */
	err = call->take(call->arg, p, n);
	if (!err)
		call->got += n;
	return err;
}

static void
on_moved(void *arg, size_t n)
{
	const struct attempt *a = arg;

	mvc_rate_moved(a->s->b.rate, n);
}

/* ---- one try, and what comes of it ---- */

static int
attempt_do(struct attempt *a, struct mvc_http_reply *reply)
{
	struct mvc_s3_call *call = a->call;
	struct mvc_http_request rq = {.method = call->method,
	    .headers = a->headers,
	    .body = call->body,
	    .body_at = call->body_at,
	    .body_len = call->body_len,
	    .take = call->take ? on_take : NULL,
	    .begin = on_begin,
	    .moved = on_moved,
	    .arg = a};
	int err;

	err = prepare(a);
	if (err)
		return err;
	rq.url = a->url.data;
	atomic_fetch_add(&a->s->b.requests, 1);
	err = mvc_http_do(a->s->http, &rq, reply);
	atomic_fetch_add(&a->s->b.sent, reply->sent);
	atomic_fetch_add(&a->s->b.received, reply->received);
	return err;
}

enum verdict {
	DONE,
	FAILED,
	AGAIN, /* after a wait */
	BUSY, /* after a longer one */
	AT_ONCE, /* something was learned: the region, the time, a key */
};

static bool
is_one_of(const char *code, const char *const *codes)
{
	for (; *codes; codes++)
		if (!strcmp(code, *codes))
			return true;
	return false;
}

/* The server says where the bucket is: use that from now on. */
static bool
learn_region(struct attempt *a, const struct mvc_http_reply *reply,
    const struct mvc_s3_error *e)
{
	const char *region = mvc_http_header(reply, "x-amz-bucket-region");
	bool other;

	if (!region && e->region[0])
		region = e->region;
	if (!region || strlen(region) >= sizeof(a->s->region) ||
	    region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return false;
	other = strcmp(region, a->region) != 0;
	pthread_mutex_lock(&a->s->lock);
	snprintf(a->s->region, sizeof(a->s->region), "%s", region);
	pthread_mutex_unlock(&a->s->lock);
	return other;
}

/* The server's clock is another: sign by that. */
static bool
learn_time(struct attempt *a, const struct mvc_http_reply *reply)
{
	const char *date = mvc_http_header(reply, "date");
	struct tm tm = {0};
	int64_t skew;
	bool other;

	if (!date || !strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		return false;
	skew = (int64_t)timegm(&tm) - (int64_t)time(NULL);
	pthread_mutex_lock(&a->s->lock);
	other = llabs(skew - a->s->skew) > 5;
	a->s->skew = skew;
	pthread_mutex_unlock(&a->s->lock);
	return other;
}

static enum verdict
judge_error(struct attempt *a, const struct mvc_http_reply *reply,
    const struct mvc_s3_error *e)
{
	static const char *const busy[] = {"SlowDown", "SlowDownRead",
	    "SlowDownWrite", "ServiceUnavailable", "RequestLimitExceeded",
	    "TooManyRequests", "Throttling", NULL};
	static const char *const passing[] = {"InternalError", "RequestTimeout",
	    "BadDigest", "XAmzContentChecksumMismatch", "IncompleteBody",
	    "OperationAborted", NULL};
	static const char *const elsewhere[] = {"PermanentRedirect",
	    "AuthorizationHeaderMalformed",
	    "IllegalLocationConstraintException", "TemporaryRedirect", NULL};
	static const char *const expired[] = {
	    "ExpiredToken", "TokenRefreshRequired", NULL};

	if (reply->status == 429 || reply->status == 503 ||
	    is_one_of(e->code, busy))
		return BUSY;
	if ((reply->status >= 500 && reply->status != 501 &&
		reply->status != 507) ||
	    reply->status == 408 || is_one_of(e->code, passing))
		return AGAIN;
	if (reply->status == 301 || reply->status == 307 ||
	    is_one_of(e->code, elsewhere) ||
	    (reply->status == 400 && !e->code[0]))
		return learn_region(a, reply, e) ? AT_ONCE : FAILED;
	if (!strcmp(e->code, "RequestTimeTooSkewed"))
		return learn_time(a, reply) ? AT_ONCE : FAILED;
	if (!is_one_of(e->code, expired))
		return FAILED;
	mvc_aws_chain_forget(a->s->chain, &a->cred);
	return AT_ONCE;
}

static bool
is_complete(struct mvc_s3_call *call, const struct mvc_http_reply *reply)
{
	if (reply->status == 404 && call->missing_ok)
		return true;
	return reply->status / 100 == 2;
}

/* What the last try was; `err` gets its error's code and text. */
static enum verdict
judge(struct attempt *a, struct mvc_http_reply *reply, int *err)
{
	struct mvc_s3_call *call = a->call;
	struct mvc_s3_error e;
	enum verdict v;

	if (*err && call->take && call->got == call->n)
		return DONE;
	if (*err) {
		v = *err == MVC_EAGAIN ? AGAIN : FAILED;
		if (v == AGAIN || !reply->status)
			*err = mvc_fail_prefix(*err, "%s: %s%s%s", a->s->url,
			    call->what, call->key ? " " : "",
			    call->key ? call->key : "");
		return v;
	}
	/* Some servers answer 200 long before they know. */
	memset(&e, 0, sizeof(e));
	if (reply->text.len)
		mvc_s3_error_read(&e, reply->text.data, reply->text.len);
	if (is_complete(call, reply) &&
	    !(!strcmp(call->method, "POST") && !strcmp(call->what, "put") &&
		e.code[0]))
		return DONE;
	v = judge_error(a, reply, &e);
	*err = mvc_s3_error_fail(a->s, call, reply->status, &e);
	if (reply->status == 412 && call->got)
		*err = mvc_fail(MVC_EAGAIN,
		    "%s: get %s: it was replaced while it was being read",
		    a->s->url, call->key);
	return v;
}

/* Whether a failed call is worth another try, after the wait for it. */
static bool
is_worth(enum verdict v, struct mvc_retry *retry, unsigned *learned,
    const struct mvc_s3_call *call, const struct mvc_http_reply *reply)
{
	unsigned after;

	if (v == AT_ONCE)
		return ++*learned <= 3;
	if (v != AGAIN && v != BUSY)
		return false;
	/* Most often its name or address is wrong: nobody should wait long. */
	if (reply->dead && retry->tries >= DEAD_TRIES)
		return false;
	after = mvc_retry_after(
	    mvc_http_header(reply, "retry-after"), (int64_t)time(NULL));
	return mvc_retry_wait(retry, after, v == BUSY, call->got);
}

int
mvc_s3_call(
    struct mvc_s3 *s, struct mvc_s3_call *call, struct mvc_http_reply *reply)
{
	struct mvc_retry retry = {0};
	struct attempt a;
	unsigned learned = 0;
	enum verdict v;
	int err;

	do {
		attempt_init(&a, s, call);
		err = mvc_aws_chain_get(&a.cred, s->chain);
		if (err) {
			attempt_release(&a);
			return mvc_fail_prefix(err, "%s", s->url);
		}
		mvc_gate_enter(&s->gate);
		err = attempt_do(&a, reply);
		v = judge(&a, reply, &err);
		mvc_gate_leave(&s->gate, v == BUSY);
		attempt_release(&a);
	} while (is_worth(v, &retry, &learned, call, reply));
	return v == DONE ? MVC_OK : err;
}
