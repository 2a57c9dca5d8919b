/*
 * struct mvc_archive_reader: the entries of a tar (plain, gzip, zstd) or zip
 * archive, in its order, one after the other.
 *
 * Only what may be in a data set comes out: paths without "." and doubled
 * slashes, every name as mvc_name_check wants it and without control
 * characters, links that stay inside. Everything else is MVC_EINVALID, which
 * names the entry. Memory is bounded whatever the archive says. For one thread.
 */
#ifndef MVC_BUNDLE_READER_H
#define MVC_BUNDLE_READER_H

#include "object/tree.h"

struct mvc_archive_reader;

/* Where the archive's bytes are; fewer than n only at its end. */
struct mvc_archive_source {
	int (*pread)(void *arg, size_t *got, void *p, size_t n, uint64_t off);
	void *arg;
	uint64_t size;
};

struct mvc_archive_entry {
	enum mvc_entry_kind kind; /* 0: another name of the file `target` */
	const char *path;
	const char *target; /* of a link, or of another name */
	uint64_t size; /* files */
};

/* The source is copied; what it reads from must outlive the reader. */
int mvc_archive_reader_new(struct mvc_archive_reader **out,
    const struct mvc_archive_source *source) MVC_MUST;
void mvc_archive_reader_free(struct mvc_archive_reader *r);
MVC_OWN_DEFINE(mvc_archive_reader)

/* The next one, good until the next call; NULL at the end. */
int mvc_archive_next(const struct mvc_archive_entry **out,
    struct mvc_archive_reader *r) MVC_MUST;
/* The next n bytes of the entry, which must have them (an mvc_ingest_read).
 * MVC_ECORRUPT where it has fewer, or, after the last, more. */
int mvc_archive_read(void *reader, void *p, size_t n) MVC_MUST;

/* BLAKE3 of the archive itself: reads what was not read yet. */
int mvc_archive_id(struct mvc_oid *out, struct mvc_archive_reader *r) MVC_MUST;

#endif
