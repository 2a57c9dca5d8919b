/*
 * struct mvc_http: the engine that makes every HTTP request.
 *
 *     caller ── mvc_http_do() ──► [ started ] ──► one thread: curl multi ──► net
 *       ▲  body->read, take                            │
 *       └───────────── pipe, 512 KiB a request ◄───────┘
 *
 * One thread drives all transfers, on connections that are kept and used
 * again; callers block on their request. Bytes pass a bounded pipe, and all
 * of a request's callbacks run on the thread that called, so that reading,
 * checking and writing go on while others transfer, and whoever is slow stops
 * its own transfer only. A transfer that moves nothing for stall_seconds is
 * ended: a server that accepts and never answers costs that long.
 * Redirects are answers as others: who asks decides whether to go there.
 */
#ifndef MVC_REMOTE_HTTP_H
#define MVC_REMOTE_HTTP_H

#include "store/backend.h"
#include "util/own.h"

struct mvc_http;
struct mvc_http_reply;

struct mvc_http_options {
	const char *ca_file; /* PEM; NULL: the system's */
	const char *ca_variable; /* that can name one; for messages */
	unsigned stall_seconds; /* 0: MVC_TIMEOUT, else 30 */
	unsigned connect_seconds; /* 0: 15 */
};

/* Strings of the options are copied. */
int mvc_http_new(
    struct mvc_http **out, const struct mvc_http_options *options) MVC_MUST;
/* No request may be under way. */
void mvc_http_free(struct mvc_http *h);
MVC_OWN_DEFINE(mvc_http)

struct mvc_http_request {
	const char *method; /* GET, HEAD, PUT, POST, DELETE */
	const char *url;
	const char *const
	    *headers; /* "Name: value", NULL at the end; or NULL */
	const struct mvc_body *body; /* what PUT and POST send, from at */
	uint64_t body_at, body_len;
	/* Gets the body of an answer 200 or 206 (NULL: into reply->text, as
	 * all others); another answer than 0 ends the request. */
	mvc_take_fn take;
	/* Before the first take: the status and headers are there. 0: go on,
	 * else the request ends with that. May be NULL. */
	int (*begin)(void *arg, const struct mvc_http_reply *reply);
	/* So many bytes of a body were handed on: it may take its time. May be
	 * NULL. */
	void (*moved)(void *arg, size_t n);
	void *arg;
	unsigned seconds; /* for all of it; 0: as long as something moves */
	bool direct; /* through no proxy */
	bool netrc; /* with the user and password that ~/.netrc has for it */
};

struct mvc_http_reply {
	int status; /* 0: there was no answer */
	bool dead; /* nor a connection, or nothing moved on it */
	uint64_t sent, received; /* bytes of bodies */
	struct mvc_buf headers; /* "name\0value\0…", names in lower case */
	char *redirect; /* of an answer 3xx: the whole URL, NULL: none */
	struct mvc_buf text; /* body, where nobody took it: 16 MiB at most */
};
void mvc_http_reply_init(struct mvc_http_reply *reply);
void mvc_http_reply_release(struct mvc_http_reply *reply);

/* The value of a header, by its name in lower case; NULL if there is none. */
const char *
mvc_http_header(const struct mvc_http_reply *reply, const char *name);

/*
 * Make one request, once. 0 when an answer came whole, whatever its status.
 * MVC_EAGAIN when the network failed (the text names the host, and no more of
 * the URL), MVC_EDENIED where the server's certificate is not trusted,
 * else what a callback returned. Thread-safe.
 */
int mvc_http_do(struct mvc_http *h, const struct mvc_http_request *request,
    struct mvc_http_reply *reply) MVC_MUST;

#endif
