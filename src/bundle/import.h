/* An archive's content into a store, as a tree; nothing is unpacked. */
#ifndef MVC_BUNDLE_IMPORT_H
#define MVC_BUNDLE_IMPORT_H

#include "bundle/reader.h"
#include "store/writer.h"

struct mvc_imported {
	struct mvc_oid oid;
	uint64_t size, files;
};

/*
 * Put all entries into the writer, which is flushed and claims nothing. The
 * entries come in any order; what is there twice, files that are folders too,
 * links to files that are not there and other tools' pointers are MVC_EINVALID.
 * Memory is bounded whatever the archive holds.
 */
int mvc_archive_import(struct mvc_imported *out, struct mvc_ctx *ctx,
    struct mvc_store *s, struct mvc_writer *w,
    struct mvc_archive_reader *r) MVC_MUST;

#endif
