/* Inside room remote: what http.c and http_engine.c share. */
#ifndef MVC_REMOTE_HTTP_PRIV_H
#define MVC_REMOTE_HTTP_PRIV_H

#include "remote/curl.h"
#include "remote/http.h"
#include "remote/pipe.h"

#include <pthread.h>
#include <stdbool.h>

/* One request under way. Locks are taken in this order: its own, the
 * engine's. */
struct mvc_transfer {
	struct mvc_http *http;
	const struct mvc_http_request *rq;
	struct mvc_http_reply *rp;
	CURL *easy;
	struct curl_slist *headers;
	char said[CURL_ERROR_SIZE];

	pthread_mutex_t lock;
	pthread_cond_t cond; /* the pipe moved, or it is done */
	struct mvc_pipe pipe;
	bool paused; /* the engine waits for the pipe */
	bool cancel; /* the caller wants no more */
	bool done; /* the engine has forgotten it */
	bool too_big;
	bool stalled;
	CURLcode result;

	/* Of the engine's thread alone. */
	bool active;
	uint64_t moved;
	uint64_t moved_at; /* ms */
	struct mvc_transfer *next, **link; /* among the active */

	/* Under the engine's lock: it needs a look. */
	bool kicked;
	struct mvc_transfer *next_kicked;
};

struct mvc_http {
	const struct mvc_curl *curl;
	struct mvc_http_options options;
	char *ca_file;
	CURLM *multi;
	pthread_t thread;
	bool started;
	struct mvc_transfer *active;
	uint64_t looked_at; /* ms: for stalls */

	pthread_mutex_t lock;
	bool stop;
	struct mvc_transfer *kicked;
};

/* The engine's thread. */
void *mvc_http_engine(void *http);
/* Let the engine look at x: under x's lock. */
void mvc_http_kick(struct mvc_transfer *x);
/* The callbacks of libcurl and options of x. */
int mvc_http_set_up(struct mvc_transfer *x) MVC_MUST;

#endif
