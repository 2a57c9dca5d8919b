/*
 * Files into a writer: read, hashed, cut and encoded on all cores, stored and
 * reported in the order in which they were given.
 *
 *   file() ──► blocks ──► scan flow: read a block, find gear candidates
 *                          finish, in order: hash the file, choose cuts
 *                             │ batches of chunks, or of whole small files
 *                             ▼
 *                         encode flow: hash, have it? encode, verify
 *                          finish, in order: put into the writer, recipe,
 *                          done(file)
 *
 * Without a writer the chunks are hashed and told, and nothing is stored.
 */
#ifndef MVC_STORE_INGEST_H
#define MVC_STORE_INGEST_H

#include "store/writer.h"
#include "util/dirref.h"

#include <sys/stat.h>

struct mvc_ingest;

struct mvc_ingested {
	int err; /* MVC_OK, or why this one file could not be had:
			   * MVC_ECHANGED where it changed while being read
			   * (after a second try), MVC_ENOTFOUND, … */
	const char *text; /* the error's text, "" if none */
	struct mvc_oid oid;
	uint64_t size;
	struct stat st; /* of the file as it was read */
	uint64_t packed; /* bytes that it added to the store */
};

/* Called in order on one thread; `user` is what was given with the item, res
 * is NULL for mvc_ingest_pass. A nonzero result stops everything. */
typedef int
mvc_ingest_done(void *arg, void *user, const struct mvc_ingested *res);

/* A chunk of the file that is done next, or fails: as for done(). */
typedef int mvc_ingest_chunk(void *arg, const struct mvc_oid *id, uint32_t len);

/* The writer is the ingest's alone until it is finished or freed, but for
 * calls made from within done(). */
int mvc_ingest_new(struct mvc_ingest **out, struct mvc_ctx *ctx,
    struct mvc_writer *w, mvc_ingest_done *done, void *arg) MVC_MUST;
/* Stores nothing: chunk() is called instead. */
int mvc_ingest_new_dry(struct mvc_ingest **out, struct mvc_ctx *ctx,
    mvc_ingest_chunk *chunk, mvc_ingest_done *done, void *arg) MVC_MUST;
void mvc_ingest_free(struct mvc_ingest *in);
MVC_OWN_DEFINE(mvc_ingest)

/* A regular file `name` in an open folder, or a path below it; opened without
 * following links. size decides how it is read: one that has grown past it is
 * MVC_ECHANGED. Blocks while too much is under way; each folder stays open
 * until its files are read, so many files below one are given by their paths.
 */
int mvc_ingest_file(struct mvc_ingest *in, struct mvc_dirref *dir,
    const char *name, uint64_t size, void *user) MVC_MUST;

/*
 * The same of bytes that come in order and are nowhere a file: read() gives all
 * n of the next bytes or fails, and its failure stops everything. It is called
 * on this thread before this returns; `st` of what is told is zero but for the
 * size.
 */
typedef int mvc_ingest_read(void *arg, void *p, size_t n);
int mvc_ingest_stream(struct mvc_ingest *in, uint64_t size,
    mvc_ingest_read *read, void *arg, void *user) MVC_MUST;

/* Nothing to read: done(user, NULL) is called in its turn. */
int mvc_ingest_pass(struct mvc_ingest *in, void *user) MVC_MUST;

/* Until everything given is done. */
int mvc_ingest_wait(struct mvc_ingest *in) MVC_MUST;

#endif
