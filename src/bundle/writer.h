/*
 * struct mvc_archive_writer: entries into a tar (plain, gzip, zstd) or zip
 * archive. The same entries give the same bytes, by the same libarchive,
 * libzstd and zlib: no time, owner or mode but the executable bit is in them.
 * For one thread.
 */
#ifndef MVC_BUNDLE_WRITER_H
#define MVC_BUNDLE_WRITER_H

#include "object/tree.h"

enum mvc_archive_format {
	MVC_ARCHIVE_TAR = 1,
	MVC_ARCHIVE_TAR_GZ,
	MVC_ARCHIVE_TAR_ZST,
	MVC_ARCHIVE_ZIP,
};

/* By a file's suffix, or "tar.zst" alone; 0: none that we know. *stem is how
 * long the name is without it; may be NULL. */
enum mvc_archive_format mvc_archive_format_of(const char *name, size_t *stem);

struct mvc_archive_writer;

/* put() gets the archive's bytes in order; its failure is passed on. */
int mvc_archive_writer_new(struct mvc_archive_writer **out,
    enum mvc_archive_format format,
    int (*put)(void *arg, const void *p, size_t n), void *arg) MVC_MUST;
void mvc_archive_writer_free(struct mvc_archive_writer *w);
MVC_OWN_DEFINE(mvc_archive_writer)

/* A folder, a link, or a file, whose e->size bytes are written next. MVC_EINVALID
 * where the format has no such name. */
int mvc_archive_writer_add(struct mvc_archive_writer *w, const char *path,
    const struct mvc_entry *e) MVC_MUST;
int mvc_archive_writer_put(
    struct mvc_archive_writer *w, const void *p, size_t n) MVC_MUST;
/* The end; without it there is no archive. */
int mvc_archive_writer_finish(struct mvc_archive_writer *w) MVC_MUST;

#endif
