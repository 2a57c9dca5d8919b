#include "remote/http_priv.h"

#include <stdlib.h>
#include "util/banned.h"

/* Between the engine and a caller: two of libcurl's buffers. */
#define PIPE_SIZE (512u << 10)
#define TEXT_MAX (16u << 20)
#define HEADERS_MAX (64u << 10)
/* Kept open for the next requests. */
#define KEPT_CONNECTIONS 64L

static unsigned
default_stall(void)
{
	const char *given = getenv("MVC_TIMEOUT");
	unsigned long n = given ? strtoul(given, NULL, 10) : 0;

	return n && n < 86400 ? (unsigned)n : 30;
}

/* A static libcurl looks where the system that it was built on has the
 * certificates of those whom everybody trusts; others have them elsewhere. */
static const char *
system_ca_file(void)
{
#ifdef MVC_LINK_CURL
	static const char *const places[] = {
	    "/etc/ssl/certs/ca-certificates.crt",
	    "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
#endif
	return NULL;
}

int
mvc_http_new(struct mvc_http **out, const struct mvc_http_options *options)
{
	MVC_OWN(mvc_http) *h = calloc(1, sizeof(*h));
	const char *ca_file =
	    options->ca_file ? options->ca_file : system_ca_file();
	int err;

	*out = NULL;
	if (!h)
		return mvc_fail(MVC_ENOMEM, "no memory for a connection");
	pthread_mutex_init(&h->lock, NULL);
	h->options = *options;
	if (!h->options.stall_seconds)
		h->options.stall_seconds = default_stall();
	if (!h->options.ca_variable)
		h->options.ca_variable = "CURL_CA_BUNDLE";
	if (!h->options.connect_seconds)
		h->options.connect_seconds = 15;
	err = mvc_curl_load(&h->curl);
	if (err)
		return err;
	h->ca_file = ca_file ? strdup(ca_file) : NULL;
	h->multi = h->curl->multi_init();
	if (!h->multi || (ca_file && !h->ca_file))
		return mvc_fail(MVC_ENOMEM, "no memory for a connection");
	h->curl->multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, KEPT_CONNECTIONS);
	if (pthread_create(&h->thread, NULL, mvc_http_engine, h))
		return mvc_fail(MVC_ENOMEM, "start a thread for connections");
	h->started = true;
	*out = MVC_TAKE(h);
	return MVC_OK;
}

void
mvc_http_free(struct mvc_http *h)
{
	if (!h)
		return;
	if (h->started) {
		pthread_mutex_lock(&h->lock);
		h->stop = true;
		pthread_mutex_unlock(&h->lock);
		h->curl->multi_wakeup(h->multi);
		pthread_join(h->thread, NULL);
	}
	if (h->multi)
		h->curl->multi_cleanup(h->multi);
	pthread_mutex_destroy(&h->lock);
	free(h->ca_file);
	free(h);
}

void
mvc_http_reply_init(struct mvc_http_reply *reply)
{
	struct mvc_http_reply empty = {.headers = MVC_BUF_INIT(HEADERS_MAX),
	    .text = MVC_BUF_INIT(TEXT_MAX)};

	*reply = empty;
}

void
mvc_http_reply_release(struct mvc_http_reply *reply)
{
	mvc_buf_release(&reply->headers);
	mvc_buf_release(&reply->text);
	free(reply->redirect);
	reply->redirect = NULL;
}

const char *
mvc_http_header(const struct mvc_http_reply *reply, const char *name)
{
	const char *p = reply->headers.data, *end = p + reply->headers.len;

	while (p && p < end) {
		const char *value = p + strlen(p) + 1;

		if (!strcmp(p, name))
			return value;
		p = value + strlen(value) + 1;
	}
	return NULL;
}

/* ---- the caller's side of a transfer ---- */

static int
transfer_init(struct mvc_transfer *x, struct mvc_http *h,
    const struct mvc_http_request *rq, struct mvc_http_reply *rp)
{
	struct mvc_transfer empty = {.http = h, .rq = rq, .rp = rp};

	*x = empty;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->cond, NULL);
	if (rq->take || rq->body) {
		x->pipe.cap = PIPE_SIZE;
		x->pipe.p = malloc(PIPE_SIZE);
		if (!x->pipe.p)
			return mvc_fail(MVC_ENOMEM, "no memory for a request");
	}
	return mvc_http_set_up(x);
}

static void
transfer_release(struct mvc_transfer *x)
{
	if (x->easy)
		x->http->curl->easy_cleanup(x->easy);
	x->http->curl->slist_free_all(x->headers);
	pthread_cond_destroy(&x->cond);
	pthread_mutex_destroy(&x->lock);
	free(x->pipe.p);
}

/* Under x's lock: the engine goes on, or begins. */
static void
wake(struct mvc_transfer *x)
{
	x->paused = false;
	mvc_http_kick(x);
}

/* Give what waits in the pipe to the caller; under x's lock. */
static int
deliver(struct mvc_transfer *x, bool *begun)
{
	const void *p;
	size_t n;
	int err = MVC_OK;

	p = mvc_pipe_front(&x->pipe, &n);
	pthread_mutex_unlock(&x->lock);
	if (!*begun && x->rq->begin)
		err = x->rq->begin(x->rq->arg, x->rp);
	*begun = true;
	if (!err)
		err = x->rq->take(x->rq->arg, p, n);
	if (!err && x->rq->moved)
		x->rq->moved(x->rq->arg, n);
	pthread_mutex_lock(&x->lock);
	x->pipe.out += n;
	if (!x->done && x->paused && mvc_pipe_room(&x->pipe) >= PIPE_SIZE / 2)
		wake(x);
	return err;
}

/* Put the next bytes to send into the pipe; under x's lock. */
static int
supply(struct mvc_transfer *x, uint64_t *fed)
{
	const struct mvc_http_request *rq = x->rq;
	size_t n;
	void *to = mvc_pipe_back(&x->pipe, &n);
	int err;

	if (n > rq->body_len - *fed)
		n = (size_t)(rq->body_len - *fed);
	if (n > PIPE_SIZE / 4)
		n = PIPE_SIZE / 4;
	pthread_mutex_unlock(&x->lock);
	err = rq->body->read(rq->body->arg, rq->body_at + *fed, to, n);
	if (!err && rq->moved)
		rq->moved(rq->arg, n);
	pthread_mutex_lock(&x->lock);
	if (err)
		return err;
	x->pipe.in += n;
	*fed += n;
	if (!x->done && x->paused)
		wake(x);
	return MVC_OK;
}

/* Until the engine is done with it. */
static int
converse(struct mvc_transfer *x)
{
	const struct mvc_http_request *rq = x->rq;
	uint64_t fed = 0, len = rq->body ? rq->body_len : 0;
	bool begun = false;
	int err = MVC_OK;

	pthread_mutex_lock(&x->lock);
	wake(x);
	while (!err) {
		if (!x->done && fed < len &&
		    mvc_pipe_room(&x->pipe) >= PIPE_SIZE / 4)
			err = supply(x, &fed);
		else if (rq->take && mvc_pipe_waiting(&x->pipe) && fed == len)
			err = deliver(x, &begun);
		else if (x->done)
			break;
		else
			pthread_cond_wait(&x->cond, &x->lock);
	}
	if (err && !x->done) {
		x->cancel = true;
		wake(x);
	}
	while (!x->done)
		pthread_cond_wait(&x->cond, &x->lock);
	pthread_mutex_unlock(&x->lock);
	return err;
}

/* Scheme, host and port, as messages name a server. */
static int
host_length(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return (int)(host - url + (ptrdiff_t)strcspn(host, "/?#"));
}

static int
code_of(const struct mvc_transfer *x)
{
	if (x->too_big)
		return MVC_ETOOBIG;
	switch (x->result) {
	case CURLE_OK:
		return MVC_OK;
	case CURLE_OUT_OF_MEMORY:
		return MVC_ENOMEM;
	case CURLE_URL_MALFORMAT:
		return MVC_EINVALID;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		return MVC_EDENIED;
	default:
		return MVC_EAGAIN;
	}
}

static int
judge(const struct mvc_transfer *x)
{
	int host = host_length(x->rq->url), err = code_of(x);
	const char *said =
	    x->said[0] ? x->said : x->http->curl->easy_strerror(x->result);

	if (!err)
		return MVC_OK;
	if (x->too_big)
		return mvc_fail(
		    err, "%.*s: its answer is too long", host, x->rq->url);
	if (x->stalled)
		return mvc_fail(err, "%.*s: nothing moved for %u s", host,
		    x->rq->url, x->http->options.stall_seconds);
	if (err == MVC_EDENIED)
		return mvc_fail(err,
		    "%.*s: its certificate is not trusted: %s (%s can name a "
		    "file of certificates to trust)",
		    host, x->rq->url, said, x->http->options.ca_variable);
	return mvc_fail(err, "%.*s: %s", host, x->rq->url, said);
}

int
mvc_http_do(struct mvc_http *h, const struct mvc_http_request *request,
    struct mvc_http_reply *reply)
{
	struct mvc_transfer x;
	int err;

	reply->status = 0;
	reply->dead = false;
	reply->sent = reply->received = 0;
	mvc_buf_clear(&reply->headers);
	mvc_buf_clear(&reply->text);
	free(reply->redirect);
	reply->redirect = NULL;
	err = transfer_init(&x, h, request, reply);
	if (!err)
		err = converse(&x);
	if (!err)
		err = judge(&x);
	reply->dead = x.stalled || x.result == CURLE_COULDNT_CONNECT ||
	    x.result == CURLE_COULDNT_RESOLVE_HOST ||
	    x.result == CURLE_COULDNT_RESOLVE_PROXY;
	transfer_release(&x);
	return err;
}
