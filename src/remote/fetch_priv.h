/* A fetch under way, shared by the files fetch*.c. */
#ifndef MVC_REMOTE_FETCH_PRIV_H
#define MVC_REMOTE_FETCH_PRIV_H

#include "remote/fetch.h"
#include "store/writer.h"
#include "util/flow.h"

/* An object to be had, and what it is for. */
struct mvc_want {
	struct mvc_oid id;
	struct mvc_oid old; /* trees: what stood there in the base */
	const char *inner; /* trees: only what lies at this path; NULL: all */
	uint64_t size; /* files: to tell a chunk from a recipe */
	uint64_t off; /* recipes' parts and chunks: in the file */
	uint32_t file; /* the taker's number; 0: none */
	uint32_t item;
	uint8_t kind; /* 0: a file's blob, stored either way */
	uint8_t level; /* parts: below this level; else 0 */
	bool has_old;
	struct mvc_far_place at; /* where the remote has it */
};

struct mvc_wants {
	struct mvc_want *v;
	size_t n, cap;
};
int mvc_wants_add(struct mvc_wants *l, const struct mvc_want *w) MVC_MUST;

struct mvc_fetching {
	struct mvc_fetch *f;
	struct mvc_backend *b;
	struct mvc_writer *w;
	struct mvc_flow *flow;
	struct mvc_decoder **decoders; /* one a thread */
	unsigned n_threads;
	char **scratch; /* one a thread, of what is not kept; or NULL */
	/* Trees and recipes to be read next; chunks that can wait. */
	struct mvc_wants meta, chunks;
	struct mvc_wants again; /* of packs that did not come whole */
	bool no_whole;
	struct mvc_oidset done; /* of a walk: what was expanded whole */
	uint64_t since_flush; /* bytes taken since then */
	size_t faults; /* objects that could not be had, of a walk */
	bool tell; /* of faults */
};

/* fetch_walk.c: bring all that is below the wants in g->meta. */
int mvc_fetch_walk(struct mvc_fetching *g) MVC_MUST;
/* What a tree, recipe or part wants; raw is its bytes. */
int mvc_fetch_expand(struct mvc_fetching *g, const struct mvc_want *w,
    const void *raw, size_t n) MVC_MUST;

/* fetch_jobs.c: bring the wants, which have their places; trees, recipes and
 * parts are expanded. All is in the writer on return. */
int mvc_fetch_batch(struct mvc_fetching *g, struct mvc_wants *wants) MVC_MUST;

/* Give a chunk's bytes, checked, to who can use them; for any thread. */
int mvc_fetch_give(struct mvc_fetching *g, const struct mvc_want *w,
    const void *raw, size_t n);

/* fetch.c: an object that could not be had; the text says why. */
void mvc_fetch_fault(struct mvc_fetching *g, const struct mvc_want *w);

#endif
