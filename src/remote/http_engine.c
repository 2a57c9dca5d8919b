#include "remote/http_priv.h"
#include "util/clock.h"

#include <ctype.h>
#include <signal.h>
#include <strings.h>
#include "util/banned.h"

/* How often stalls are looked for. */
#define LOOK_MS 500

static uint64_t
now_ms(void)
{
	return (uint64_t)mvc_clock_ns(CLOCK_MONOTONIC) / 1000000;
}

void
mvc_http_kick(struct mvc_transfer *x)
{
	struct mvc_http *h = x->http;

	pthread_mutex_lock(&h->lock);
	if (!x->kicked) {
		x->kicked = true;
		x->next_kicked = h->kicked;
		h->kicked = x;
	}
	pthread_mutex_unlock(&h->lock);
	h->curl->multi_wakeup(h->multi);
}

/* ---- callbacks, on the engine's thread ---- */

static bool
is_content(int status)
{
	return status == 200 || status == 206;
}

/* An answer's body: all of the piece goes into the pipe, or it waits. */
static size_t
on_body(char *p, size_t one, size_t n, void *arg)
{
	struct mvc_transfer *x = arg;
	size_t put = 0;
	long status = 0;

	x->http->curl->easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	pthread_mutex_lock(&x->lock);
	/* Its caller may be reading it, once a body has begun. */
	if (!x->rp->status)
		x->rp->status = (int)status;
	if (!x->rq->take || !is_content(x->rp->status)) {
		x->too_big = mvc_buf_add(&x->rp->text, p, n) != MVC_OK;
		put = x->too_big ? 0 : n;
	} else if (mvc_pipe_room(&x->pipe) < n) {
		x->paused = true;
		put = CURL_WRITEFUNC_PAUSE;
	} else {
		while (put < n) {
			size_t k;
			void *to = mvc_pipe_back(&x->pipe, &k);

			k = k < n - put ? k : n - put;
			memcpy(to, p + put, k);
			x->pipe.in += k;
			put += k;
		}
		x->rp->received += n;
		pthread_cond_signal(&x->cond);
	}
	pthread_mutex_unlock(&x->lock);
	return put;
}

/* What is sent: whatever the pipe has, or it waits. */
static size_t
on_want(char *p, size_t one, size_t n, void *arg)
{
	struct mvc_transfer *x = arg;
	const void *from;
	size_t k, got = 0;

	pthread_mutex_lock(&x->lock);
	while (got < n && mvc_pipe_waiting(&x->pipe)) {
		from = mvc_pipe_front(&x->pipe, &k);
		k = k < n - got ? k : n - got;
		memcpy(p + got, from, k);
		x->pipe.out += k;
		got += k;
	}
	x->rp->sent += got;
	if (got)
		pthread_cond_signal(&x->cond);
	if (!got && x->rp->sent < x->rq->body_len) {
		x->paused = true;
		got = CURL_READFUNC_PAUSE;
	}
	pthread_mutex_unlock(&x->lock);
	return got;
}

static int
keep_header(struct mvc_buf *b, const char *p, size_t n)
{
	const char *colon = memchr(p, ':', n);
	size_t name;
	int err = MVC_OK;

	if (!colon || memchr(p, 0, n))
		return MVC_OK;
	name = (size_t)(colon - p);
	for (size_t i = 0; i < name && !err; i++)
		err = mvc_buf_add_char(b, (char)tolower((unsigned char)p[i]));
	if (!err)
		err = mvc_buf_add_char(b, 0);
	p += name + 1;
	n -= name + 1;
	while (n && isspace((unsigned char)*p))
		p++, n--;
	while (n && isspace((unsigned char)p[n - 1]))
		n--;
	if (!err)
		err = mvc_buf_add(b, p, n);
	return err ? err : mvc_buf_add_char(b, 0);
}

static size_t
on_header(char *p, size_t one, size_t n, void *arg)
{
	struct mvc_transfer *x = arg;
	bool fits = true;

	/* Its caller may be reading them once a body has begun. */
	if (x->rp->received || x->rp->text.len)
		return n;
	if (n >= 5 && !strncasecmp(p, "HTTP/", 5))
		mvc_buf_clear(&x->rp->headers);
	else
		fits = keep_header(&x->rp->headers, p, n) == MVC_OK;
	if (!fits)
		x->too_big = true;
	return fits ? n : 0;
}

/* ---- setting up ---- */

static const char *
protocols(const struct mvc_http_request *rq)
{
	return strncmp(rq->url, "https:", 6) ? "http" : "https";
}

static CURLcode
set_body(struct mvc_transfer *x)
{
	__typeof__(x->http->curl->easy_setopt) set = x->http->curl->easy_setopt;
	const char *method = x->rq->method;
	curl_off_t len = (curl_off_t)x->rq->body_len;
	CURLcode r = CURLE_OK;

	if (!strcmp(method, "PUT")) {
		r = set(x->easy, CURLOPT_UPLOAD, 1L);
		if (!r)
			r = set(x->easy, CURLOPT_INFILESIZE_LARGE, len);
	} else if (!strcmp(method, "POST")) {
		r = set(x->easy, CURLOPT_POST, 1L);
		if (!r)
			r = set(x->easy, CURLOPT_POSTFIELDSIZE_LARGE, len);
	} else if (!strcmp(method, "HEAD")) {
		r = set(x->easy, CURLOPT_NOBODY, 1L);
	} else if (strcmp(method, "GET") != 0) {
		r = set(x->easy, CURLOPT_CUSTOMREQUEST, method);
	}
	return r;
}

#define SET(option, value)                                          \
	do {                                                        \
		if (!r)                                             \
			r = c->easy_setopt(x->easy, option, value); \
	} while (0)

static CURLcode
set_callbacks(struct mvc_transfer *x)
{
	const struct mvc_curl *c = x->http->curl;
	CURLcode r = CURLE_OK;

	SET(CURLOPT_PRIVATE, x);
	SET(CURLOPT_ERRORBUFFER, x->said);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, x);
	SET(CURLOPT_READFUNCTION, on_want);
	SET(CURLOPT_READDATA, x);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, x);
	return r;
}

static CURLcode
set_options(struct mvc_transfer *x)
{
	const struct mvc_curl *c = x->http->curl;
	const struct mvc_http_options *o = &x->http->options;
	CURLcode r = set_callbacks(x);

	SET(CURLOPT_URL, x->rq->url);
	SET(CURLOPT_HTTPHEADER, x->headers);
	SET(CURLOPT_USERAGENT, "mvc/" MVC_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_BUFFERSIZE, 256L << 10);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
	SET(CURLOPT_CONNECTTIMEOUT, (long)o->connect_seconds);
	SET(CURLOPT_TIMEOUT, (long)x->rq->seconds);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, protocols(x->rq));
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	if (x->rq->netrc)
		SET(CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
	if (x->http->ca_file)
		SET(CURLOPT_CAINFO, x->http->ca_file);
	if (x->rq->direct)
		SET(CURLOPT_NOPROXY, "*");
	return r ? r : set_body(x);
}
#undef SET

int
mvc_http_set_up(struct mvc_transfer *x)
{
	const struct mvc_curl *c = x->http->curl;
	struct curl_slist *more;
	CURLcode r;

	x->easy = c->easy_init();
	/* No round trip of "may I send?" before a body. */
	x->headers = c->slist_append(NULL, "Expect:");
	if (!x->easy || !x->headers)
		return mvc_fail(MVC_ENOMEM, "no memory for a request");
	for (size_t i = 0; x->rq->headers && x->rq->headers[i]; i++) {
		more = c->slist_append(x->headers, x->rq->headers[i]);
		if (!more)
			return mvc_fail(MVC_ENOMEM, "no memory for a request");
		x->headers = more;
	}
	r = set_options(x);
	if (r)
		return mvc_fail(
		    MVC_EIO, "set up a request: %s", c->easy_strerror(r));
	return MVC_OK;
}

/* ---- the thread ---- */

static void
unlink_kicked(struct mvc_transfer *x)
{
	struct mvc_transfer **at = &x->http->kicked;

	for (; *at && *at != x; at = &(*at)->next_kicked)
		;
	if (*at)
		*at = x->next_kicked;
	x->kicked = false;
}

/* The last that the engine does with it. */
static void
finish(struct mvc_transfer *x, CURLcode result)
{
	struct mvc_http *h = x->http;
	char *redirect = NULL;
	long status = 0;

	h->curl->easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	h->curl->easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &redirect);
	if (x->active) {
		h->curl->multi_remove_handle(h->multi, x->easy);
		*x->link = x->next;
		if (x->next)
			x->next->link = x->link;
	}
	pthread_mutex_lock(&x->lock);
	pthread_mutex_lock(&h->lock);
	unlink_kicked(x);
	pthread_mutex_unlock(&h->lock);
	if (!x->rp->status)
		x->rp->status = (int)status;
	x->rp->redirect = redirect ? strdup(redirect) : NULL;
	x->result = redirect && !x->rp->redirect ? CURLE_OUT_OF_MEMORY : result;
	x->done = true;
	pthread_cond_signal(&x->cond);
	pthread_mutex_unlock(&x->lock);
}

static void
start(struct mvc_transfer *x)
{
	struct mvc_http *h = x->http;

	if (h->curl->multi_add_handle(h->multi, x->easy) != CURLM_OK) {
		finish(x, CURLE_FAILED_INIT);
		return;
	}
	x->active = true;
	x->moved_at = now_ms();
	x->next = h->active;
	x->link = &h->active;
	if (x->next)
		x->next->link = &x->next;
	h->active = x;
}

static struct mvc_transfer *
next_kicked(struct mvc_http *h, bool *stop)
{
	struct mvc_transfer *x;

	pthread_mutex_lock(&h->lock);
	*stop = h->stop;
	x = h->kicked;
	if (x) {
		h->kicked = x->next_kicked;
		x->kicked = false;
	}
	pthread_mutex_unlock(&h->lock);
	return x;
}

static void
look_at(struct mvc_transfer *x)
{
	bool cancel;

	pthread_mutex_lock(&x->lock);
	cancel = x->cancel;
	pthread_mutex_unlock(&x->lock);
	if (cancel)
		finish(x, CURLE_ABORTED_BY_CALLBACK);
	else if (!x->active)
		start(x);
	else
		x->http->curl->easy_pause(x->easy, CURLPAUSE_CONT);
}

static uint64_t
bytes_moved(struct mvc_transfer *x)
{
	const struct mvc_curl *c = x->http->curl;
	curl_off_t up = 0, down = 0;
	long head = 0, sent = 0;

	c->easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &up);
	c->easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &down);
	c->easy_getinfo(x->easy, CURLINFO_HEADER_SIZE, &head);
	c->easy_getinfo(x->easy, CURLINFO_REQUEST_SIZE, &sent);
	return (uint64_t)up + (uint64_t)down + (uint64_t)head + (uint64_t)sent;
}

/* End those that move nothing though their caller is ready. */
static void
end_stalled(struct mvc_http *h)
{
	uint64_t now = now_ms();
	struct mvc_transfer *next;

	if (now - h->looked_at < LOOK_MS)
		return;
	h->looked_at = now;
	for (struct mvc_transfer *x = h->active; x; x = next) {
		uint64_t moved = bytes_moved(x);
		bool ours;

		next = x->next;
		pthread_mutex_lock(&x->lock);
		ours = x->paused;
		pthread_mutex_unlock(&x->lock);
		if (ours || moved != x->moved) {
			x->moved = moved;
			x->moved_at = now;
		} else if (now - x->moved_at >
		    h->options.stall_seconds * 1000) {
			x->stalled = true;
			finish(x, CURLE_OPERATION_TIMEDOUT);
		}
	}
}

static void
gather(struct mvc_http *h)
{
	CURLMsg *m;
	int left;

	while ((m = h->curl->multi_info_read(h->multi, &left))) {
		struct mvc_transfer *x = NULL;
		CURLcode result = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		h->curl->easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x);
		finish(x, result);
	}
}

void *
mvc_http_engine(void *http)
{
	struct mvc_http *h = http;
	struct mvc_transfer *x;
	bool stop = false;
	sigset_t all;
	int running;

	/* Signals are for the program's own threads; SIGPIPE is for nobody. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	while (!stop) {
		while ((x = next_kicked(h, &stop)))
			look_at(x);
		h->curl->multi_perform(h->multi, &running);
		gather(h);
		end_stalled(h);
		if (!stop)
			h->curl->multi_poll(h->multi, NULL, 0, LOOK_MS, NULL);
	}
	return NULL;
}
