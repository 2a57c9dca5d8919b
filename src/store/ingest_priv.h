/* The parts of an ingest: ingest.c, ingest_small.c, ingest_big.c. */
#ifndef MVC_STORE_INGEST_PRIV_H
#define MVC_STORE_INGEST_PRIV_H

#include "chunk/cutter.h"
#include "chunk/layout.h"
#include "hash/digest.h"
#include "object/recipe.h"
#include "store/ingest.h"
#include "util/flow.h"

#include <pthread.h>

/* Files above this are read block by block. */
#define INGEST_BIG (UINT32_C(512) << 10)
#define INGEST_BLOCK (UINT32_C(1) << 20)
/* Small files are handled together, up to so many or so many bytes. */
#define INGEST_BATCH_FILES 128
#define INGEST_BATCH_BYTES (UINT32_C(1) << 20)
/* Folders that all batches under way hold open: 1,024 files are allowed by
 * default, and the caller has some. */
#define INGEST_FOLDERS 256

/* A chunk on its way into the writer. */
struct outgoing {
	const uint8_t *raw;
	struct mvc_oid id;
	uint32_t len, packed_len;
	size_t packed_at; /* in the job's packed bytes; raw is not copied */
	uint8_t check[16];
	enum mvc_codec codec;
	uint8_t width;
	bool known;
};

/* One file of a batch, or an item without one. */
struct small {
	struct mvc_dirref *dir; /* NULL: nothing to read */
	char *name;
	uint8_t *given; /* its bytes, of a stream; with `hint` of them */
	uint64_t hint;
	void *user;
	struct mvc_ingested res;
	char *text;
	uint32_t n_chunks; /* of the job's, in order */
};

struct big;

/* What goes through both flows: a batch of small files, or a block of a big
 * one, which becomes a run of its chunks. */
struct job {
	struct job *next; /* spare */
	struct small *smalls;
	uint32_t n_smalls;
	uint32_t n_dirs; /* that they hold */
	uint64_t hints;

	struct big *big;
	/* In bytes, MVC_GEAR_WINDOW before what is read; or the zeros of a
	 * hole, of which nothing is read. */
	const uint8_t *block;
	bool hole;
	uint64_t off;
	uint32_t len;
	bool last; /* of its file */
	int err;
	char *text;
	struct mvc_offsets found;
	uint8_t *carried; /* a chunk that began in an earlier block */

	struct mvc_buf bytes, packed;
	struct outgoing *out;
	uint32_t n_out, cap_out;
};

/* A file read block by block. Each of its jobs holds it. */
struct big {
	atomic_uint refs;
	bool streamed; /* its blocks are filled before they are pushed */
	struct mvc_dirref *dir;
	char *name;
	void *user;
	int fd;
	struct stat st;
	struct mvc_layout *layout;
	struct mvc_cutter cutter;
	struct mvc_digest digest;
	struct mvc_offsets found; /* candidates not passed yet */
	struct mvc_offsets cuts;
	uint64_t hole_from, hole_to; /* the hole that was found last */
	uint8_t *carry; /* bytes after the last cut */
	uint32_t n_carry;
	uint64_t before; /* the writer's packed bytes when it began */
	bool begun;
	struct mvc_ingested res;
	char *text;
};

struct mvc_ingest {
	struct mvc_ctx *ctx;
	struct mvc_writer *w; /* NULL: chunks are told */
	mvc_ingest_chunk *chunk;
	mvc_ingest_done *done;
	void *arg;
	struct mvc_gear gear;
	struct mvc_encoder **encoders; /* one a worker */
	struct mvc_recipe_builder *recipe;
	struct mvc_flow *scan, *encode;
	uint32_t batch_dirs; /* that a batch may hold */
	uint8_t *zeros; /* a block of a hole, made when there is one */
	struct mvc_oid zero_id; /* of the longest chunk in it */
	struct job *batch; /* being filled */
	pthread_mutex_t spare_lock;
	struct job *spare; /* done with; the next use their memory */
	uint64_t start; /* for the trace */
	uint64_t files; /* reported; by the thread that reports */
};

/* NULL without memory. */
struct job *ingest_job_new(struct mvc_ingest *in);
void ingest_job_drop(struct mvc_ingest *in, struct job *j);
/* Take the error of this thread into *text (for free()). */
int ingest_keep_error(int err, char **text);
/* A chunk of the job's; raw must live as long as the job. */
int ingest_add_chunk(
    struct job *j, const uint8_t *raw, uint32_t len, unsigned width) MVC_MUST;
int ingest_open(int *fd, struct mvc_dirref *dir, const char *name) MVC_MUST;
/* Put n chunks from *at on, into the writer and the recipe. */
int ingest_put_chunks(struct mvc_ingest *in, struct job *j, uint32_t at,
    uint32_t n, bool recipe) MVC_MUST;
/* The recipe of the chunks that were put since the last one. */
int ingest_put_recipe(struct mvc_ingest *in, const struct mvc_oid *id) MVC_MUST;
/* Bytes that were stored so far. */
uint64_t ingest_packed(const struct mvc_ingest *in);

/* Small files: read and cut on a worker; put and reported in order. */
int ingest_smalls_read(struct mvc_ingest *in, struct job *j) MVC_MUST;
int ingest_smalls_finish(struct mvc_ingest *in, struct job *j) MVC_MUST;

/* Big files: pushed by the caller's thread; a block is read on a worker, cut
 * in order; its chunks are put, and the file reported, in order. */
int ingest_big_push(struct mvc_ingest *in, struct mvc_dirref *dir,
    const char *name, void *user) MVC_MUST;
int ingest_block_read(struct mvc_ingest *in, struct job *j) MVC_MUST;
int ingest_block_cut(struct mvc_ingest *in, struct job *j) MVC_MUST;
int ingest_block_finish(struct mvc_ingest *in, struct job *j) MVC_MUST;
void ingest_big_drop(struct big *b);
/* A stream's blocks. */
int ingest_big_stream(struct mvc_ingest *in, uint64_t size,
    mvc_ingest_read *read, void *arg, void *user) MVC_MUST;
/* The job goes through both flows; it is taken over, also on failure. */
int ingest_push(struct mvc_ingest *in, struct job *j) MVC_MUST;

#endif
