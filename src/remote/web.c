/*
 * Static files behind a web server or a content delivery network, as a backend
 * that can only be read. A key is the rest of a URL; nothing but GET and HEAD,
 * with a Range where a part is wanted. Nothing lists there but roots/index.
 *
 * https, or http on this machine. A redirect is followed from https to https,
 * or from this machine to where the URL itself may lead; the user and password
 * of ~/.netrc go to the URL's own scheme, host and port only, and what stands
 * in a redirect (it may be signed) is in no message. A body must come as it
 * lies there: one with a Content-Encoding is refused.
 */
#include "remote/backends.h"
#include "remote/http.h"
#include "remote/retry.h"
#include "store/rootindex.h"

#include <time.h>
#include "util/rate.h"
#include "util/banned.h"

#define CALLS 16
#define REDIRECTS_MAX 5
/* Most often its name or address is wrong: nobody should wait long. */
#define DEAD_TRIES 4
/* take's answer: all that was wanted is there. */
#define ENOUGH 1

struct web {
	struct mvc_backend b;
	struct mvc_ctx *ctx;
	struct mvc_http *http;
	struct mvc_gate gate;
	char *url; /* without a '/' at its end */
	bool one_file; /* the URL is the file, there are no keys */
	_Atomic bool seen; /* something could be read there */
	_Atomic bool warned; /* that it sends no parts */
	pthread_mutex_t lock; /* of the index */
	bool has_index;
	struct mvc_rootindex index;
};

struct call {
	struct web *w;
	const char *key;
	const char *method;
	mvc_take_fn take;
	void *arg;
	uint64_t off, n, got;
	uint64_t skip; /* bytes of an answer that was to begin later */
	char version[MVC_FILE_VERSION];
	const char *known; /* a version that is not wanted again */
	char range[80];
};

static struct web *
of(struct mvc_backend *b)
{
	return (struct web *)b;
}

static int
fail(const struct call *c, int code, const char *what)
{
	return mvc_fail(
	    code, "%s%s%s: %s", c->w->url, *c->key ? "/" : "", c->key, what);
}

/* ---- where a request may go ---- */

static size_t
host_of(const char **host, const char *url)
{
	*host = strstr(url, "://");
	*host = *host ? *host + 3 : url;
	return strcspn(*host, "/?#");
}

static bool
is_loopback(const char *url)
{
	const char *host;
	size_t n = host_of(&host, url), bare;

	bare = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
	if (bare > n || (bare < n && host[bare] != ':'))
		return false;
	return (bare == 9 && !strncmp(host, "localhost", 9)) ||
	    (bare == 5 && !strncmp(host, "[::1]", 5)) ||
	    (bare >= 7 && !strncmp(host, "127.", 4) &&
		strspn(host, "0123456789.") == bare);
}

static bool
is_https(const char *url)
{
	return !strncmp(url, "https://", 8);
}

static int
check_redirect(const struct call *c, const char *from, const char *to)
{
	const char *host;
	size_t n;

	if (!to)
		return fail(c, MVC_EIO, "it redirects to nowhere");
	n = host_of(&host, to);
	if (memchr(host, '@', n))
		return fail(c, MVC_EDENIED,
		    "it redirects with a user's name, which is not followed");
	if (is_https(to) ||
	    (!is_https(from) && is_loopback(from) &&
		!strncmp(to, "http://", 7) && is_loopback(to)))
		return MVC_OK;
	return fail(c, MVC_EDENIED,
	    "it redirects to a place without https, which is not followed");
}

static bool
is_same_origin(const char *a, const char *b)
{
	const char *host;
	size_t n = host_of(&host, a);

	n += (size_t)(host - a);
	return !strncmp(a, b, n) && (!b[n] || strchr("/?#", b[n]));
}

/* ---- an answer's bytes ---- */

/* As it lies there, and no other packing of it; a .gz is often called what it
 * is. */
static bool
is_plain(const struct call *c, const struct mvc_http_reply *reply)
{
	const char *how = mvc_http_header(reply, "content-encoding");
	size_t n = strlen(c->w->url);

	if (!how || !*how || !strcmp(how, "identity"))
		return true;
	return c->w->one_file &&
	    ((n > 3 && !strcmp(c->w->url + n - 3, ".gz")) ||
		(n > 4 && !strcmp(c->w->url + n - 4, ".tgz")));
}

/* The same file as at the first try. */
static int
check_version(struct call *c, const struct mvc_http_reply *reply)
{
	const char *version = mvc_http_header(reply, "etag");

	if (!version)
		version = mvc_http_header(reply, "last-modified");
	if (!version || strlen(version) >= sizeof(c->version))
		version = "";
	if (c->known && *version && !strcmp(version, c->known))
		return mvc_fail(MVC_EEXISTS, "it has not changed");
	if (!c->got)
		snprintf(c->version, sizeof(c->version), "%s", version);
	else if (c->w->one_file && strcmp(version, c->version) != 0)
		return fail(
		    c, MVC_ECHANGED, "it was replaced while it was being read");
	return MVC_OK;
}

static int
on_begin(void *arg, const struct mvc_http_reply *reply)
{
	struct call *c = arg;
	const char *range = mvc_http_header(reply, "content-range");
	uint64_t want = c->off + c->got;
	int err;

	if (!is_plain(c, reply))
		return fail(c, MVC_EIO,
		    "the server packs it anew (Content-Encoding): that has to "
		    "be switched off for these files");
	err = check_version(c, reply);
	if (err)
		return err;
	if (reply->status == 200) {
		c->skip = want;
		if (want && !atomic_exchange(&c->w->warned, true))
			mvc_warn(c->w->ctx,
			    "%s sends whole files where parts are asked for: "
			    "that takes long",
			    c->w->url);
		return MVC_OK;
	}
	if (!range || strncmp(range, "bytes ", 6) ||
	    strtoull(range + 6, NULL, 10) != want)
		return fail(c, MVC_EIO,
		    "the server sends another range than was asked for");
	c->skip = 0;
	return MVC_OK;
}

static int
on_take(void *arg, const void *p, size_t n)
{
	struct call *c = arg;
	size_t skip = c->skip < n ? (size_t)c->skip : n;
	uint64_t left = c->n - c->got;
	int err;

	c->skip -= skip;
	p = (const char *)p + skip;
	n -= skip;
	if (c->n != MVC_TO_END && n > left)
		n = (size_t)left;
	if (!n)
		return MVC_OK;
	err = c->take(c->arg, p, n);
	if (err)
		return err;
	c->got += n;
	return c->got == c->n ? ENOUGH : MVC_OK;
}

/* ---- one try, and what comes of it ---- */

/* What is still to come. */
static void
set_range(struct call *c)
{
	uint64_t from = c->off + c->got;

	c->range[0] = 0;
	if (!c->take)
		return;
	if (c->n != MVC_TO_END)
		snprintf(c->range, sizeof(c->range), "Range: bytes=%llu-%llu",
		    (unsigned long long)from,
		    (unsigned long long)(c->off + c->n - 1));
	else if (from)
		snprintf(c->range, sizeof(c->range), "Range: bytes=%llu-",
		    (unsigned long long)from);
}

static void
on_moved(void *arg, size_t n)
{
	const struct call *c = arg;

	mvc_rate_moved(c->w->b.rate, n);
}

static int
ask(struct call *c, const char *url, struct mvc_http_reply *reply)
{
	const char *headers[] = {
	    "Accept-Encoding: identity", c->range[0] ? c->range : NULL, NULL};
	struct mvc_http_request rq = {.method = c->method,
	    .url = url,
	    .headers = headers,
	    .take = c->take ? on_take : NULL,
	    .begin = on_begin,
	    .moved = on_moved,
	    .arg = c,
	    .netrc = is_same_origin(c->w->url, url)};
	int err;

	atomic_fetch_add(&c->w->b.requests, 1);
	err = mvc_http_do(c->w->http, &rq, reply);
	atomic_fetch_add(&c->w->b.received, reply->received);
	return err;
}

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308;
}

static int
attempt(struct call *c, struct mvc_http_reply *reply)
{
	MVC_OWN_MEM char *url = NULL;
	int err;

	set_range(c);
	if (asprintf(&url, "%s%s%s", c->w->url, *c->key ? "/" : "", c->key) < 0)
		url = NULL;
	if (!url)
		return mvc_fail(MVC_ENOMEM, "no memory for a URL");
	for (int i = 0; i <= REDIRECTS_MAX; i++) {
		err = ask(c, url, reply);
		if (err || !is_redirect(reply->status))
			return err;
		err = check_redirect(c, url, reply->redirect);
		if (err)
			return err;
		free(url);
		url = MVC_TAKE(reply->redirect);
	}
	return fail(c, MVC_EIO, "it redirects again and again");
}

/* An answer that is none. */
static int
refusal(const struct call *c, const struct mvc_http_reply *reply)
{
	char text[80];

	switch (reply->status) {
	case 404:
	case 410:
		return fail(c, MVC_ENOTFOUND, "it is not there");
	case 401:
	case 407:
		return fail(c, MVC_EDENIED,
		    "the server asks who you are: ~/.netrc can say so");
	case 403:
		/* So buckets answer that let nobody list. */
		return c->w->seen
		    ? fail(c, MVC_ENOTFOUND,
			  "it is not there, or not for you (403)")
		    : fail(c, MVC_EDENIED, "the server does not allow it");
	case 416:
		return fail(c, MVC_ECORRUPT, "it is too short");
	}
	snprintf(text, sizeof(text), "the server answers %d", reply->status);
	return fail(c,
	    reply->status >= 500 || reply->status == 429 || reply->status == 408
		? MVC_EAGAIN
		: MVC_EIO,
	    text);
}

static bool
is_busy(const struct mvc_http_reply *reply)
{
	return reply->status == 429 || reply->status == 503;
}

static int
judge(const struct call *c, struct mvc_http_reply *reply, int err)
{
	if (c->take && c->got == c->n)
		return MVC_OK;
	/* The engine names the host alone. */
	if (err == MVC_EAGAIN)
		return mvc_fail_prefix(
		    err, "%s%s%s", c->w->url, *c->key ? "/" : "", c->key);
	if (err)
		return err;
	return reply->status == 200 || reply->status == 206 ? MVC_OK
							    : refusal(c, reply);
}

static bool
is_worth(struct mvc_retry *retry, const struct call *c,
    const struct mvc_http_reply *reply)
{
	unsigned after;

	if (reply->dead && retry->tries >= DEAD_TRIES)
		return false;
	after = mvc_retry_after(
	    mvc_http_header(reply, "retry-after"), (int64_t)time(NULL));
	return mvc_retry_wait(retry, after, is_busy(reply), c->got);
}

static int
call(struct call *c, struct mvc_http_reply *reply)
{
	struct mvc_retry retry = {0};
	int err;

	do {
		mvc_gate_enter(&c->w->gate);
		err = judge(c, reply, attempt(c, reply));
		mvc_gate_leave(&c->w->gate, is_busy(reply));
	} while (err == MVC_EAGAIN && is_worth(&retry, c, reply));
	if (!err)
		c->w->seen = true;
	return err;
}

/* ---- the backend's calls ---- */

static int
web_get(struct mvc_backend *b, const char *key, uint64_t off, uint64_t n,
    mvc_take_fn take, void *arg)
{
	struct call c = {.w = of(b),
	    .key = key,
	    .method = "GET",
	    .take = take,
	    .arg = arg,
	    .off = off,
	    .n = n};
	MVC_SCOPED(mvc_http_reply) reply;
	int err;

	mvc_http_reply_init(&reply);
	err = call(&c, &reply);
	if (!err && n != MVC_TO_END && c.got < n)
		err = fail(&c, MVC_ECORRUPT, "it is too short");
	return err;
}

static int
web_stat(struct mvc_backend *b, const char *key, struct mvc_keystat *out)
{
	struct call c = {.w = of(b), .key = key, .method = "HEAD"};
	MVC_SCOPED(mvc_http_reply) reply;
	const char *size, *modified;
	struct tm tm = {0};
	int err;

	mvc_http_reply_init(&reply);
	err = call(&c, &reply);
	if (err)
		return err;
	size = mvc_http_header(&reply, "content-length");
	modified = mvc_http_header(&reply, "last-modified");
	if (!size || !is_plain(&c, &reply))
		return fail(&c, MVC_EIO, "the server does not tell its size");
	out->size = strtoull(size, NULL, 10);
	out->modified = 0;
	if (modified && strptime(modified, "%a, %d %b %Y %H:%M:%S GMT", &tm))
		out->modified = (int64_t)timegm(&tm);
	return MVC_OK;
}

/* What it says is kept as long as the place is open. */
static int
read_index(struct web *w)
{
	int err = MVC_OK;

	pthread_mutex_lock(&w->lock);
	if (!w->has_index)
		err = mvc_rootindex_read(&w->index, &w->b);
	w->has_index = !err;
	pthread_mutex_unlock(&w->lock);
	return err == MVC_ENOTFOUND
	    ? mvc_fail(err,
		  "%s has no " MVC_ROOTINDEX_KEY
		  ", which names what is there: whoever can write there makes "
		  "it by mvc remote publish",
		  w->url)
	    : err;
}

static int
list_one(const char *prefix, const char *after, const char *key,
    mvc_key_fn each, void *arg)
{
	const struct mvc_keystat unknown = {0};

	if (strncmp(key, prefix, strlen(prefix)) ||
	    (after && strcmp(key, after) <= 0))
		return MVC_OK;
	return each(arg, key, &unknown);
}

static int
web_list(struct mvc_backend *b, const char *prefix, const char *after,
    mvc_key_fn each, void *arg)
{
	struct web *w = of(b);
	bool roots = prefix[0] == 'r';
	char key[MVC_KEY_MAX + 1], last[MVC_KEY_MAX + 1] = "";
	int err = read_index(w);

	for (size_t i = 0; !err && i < w->index.n; i++) {
		if (roots)
			snprintf(
			    key, sizeof(key), "roots/%s", w->index.names[i]);
		else
			snprintf(key, sizeof(key), "holders/%.32s",
			    w->index.names[i]);
		if (strcmp(key, last) != 0)
			err = list_one(prefix, after, key, each, arg);
		snprintf(last, sizeof(last), "%s", key);
	}
	return err;
}

static void
web_free(struct mvc_backend *b)
{
	struct web *w = of(b);

	mvc_http_free(w->http);
	mvc_gate_release(&w->gate);
	pthread_mutex_destroy(&w->lock);
	mvc_rootindex_release(&w->index);
	free(w->url);
	free(w);
}

static const struct mvc_backend_ops web_ops = {
    .get = web_get,
    .list = web_list,
    .stat = web_stat,
    .free = web_free,
};

/* ---- opening ---- */

static int
check_url(const char *url)
{
	const char *host;
	int err = mvc_url_no_secret(url);

	if (!err && !host_of(&host, url))
		err = mvc_fail(MVC_EINVALID, "%s names no host", url);
	if (!err && !is_https(url) && !is_loopback(url))
		err = mvc_fail(MVC_EINVALID,
		    "%s: http is for this machine alone: use https://", url);
	return err;
}

/* As curl and OpenSSL name it. */
static const char *
ca_file(void)
{
	const char *file = getenv("CURL_CA_BUNDLE");

	if (!file || !*file)
		file = getenv("SSL_CERT_FILE");
	return file && *file ? file : NULL;
}

static int
open_web(struct web **out, struct mvc_ctx *ctx, const char *url)
{
	struct mvc_http_options options = {.ca_file = ca_file()};
	size_t n = strlen(url);
	struct web *w;
	int err = check_url(url);

	*out = NULL;
	if (err)
		return err;
	w = calloc(1, sizeof(*w));
	if (!w)
		return mvc_fail(MVC_ENOMEM, "no memory for a remote");
	pthread_mutex_init(&w->lock, NULL);
	mvc_gate_init(&w->gate, CALLS);
	while (n && url[n - 1] == '/')
		n--;
	w->ctx = ctx;
	w->url = strndup(url, n);
	w->b.ops = &web_ops;
	w->b.url = w->url;
	w->b.can = MVC_CAN_LIST_ROOTS;
	w->b.calls = CALLS;
	err = w->url ? mvc_http_new(&w->http, &options)
		     : mvc_fail(MVC_ENOMEM, "no memory for a remote");
	if (err)
		web_free(&w->b);
	else
		*out = w;
	return err;
}

int
mvc_web_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place)
{
	struct web *w;
	int err = open_web(&w, ctx, place->url);

	*out = err ? NULL : &w->b;
	return err;
}

int
mvc_web_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg)
{
	MVC_SCOPED(mvc_http_reply) reply;
	struct call c = {.key = "",
	    .method = "GET",
	    .take = take,
	    .arg = arg,
	    .n = MVC_TO_END,
	    .known = known};
	int err;

	mvc_http_reply_init(&reply);
	err = open_web(&c.w, ctx, place->url);
	if (err)
		return err;
	c.w->one_file = true;
	err = call(&c, &reply);
	if (!err)
		memcpy(version, c.version, MVC_FILE_VERSION);
	web_free(&c.w->b);
	return err;
}
