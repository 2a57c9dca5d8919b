/* A pack opened by name or path, whose objects are read and checked one by
 * one. */
#ifndef MVC_CMD_PACKFILE_H
#define MVC_CMD_PACKFILE_H

#include "store/pack.h"
#include "util/buf.h"

struct mvc_env;

struct mvc_packfile {
	int fd;
	char *path;
	struct mvc_pack_index ix;
	struct mvc_decoder *dec;
	struct mvc_buf packed, raw; /* of the object read last */
};
#define MVC_PACKFILE_INIT                               \
	{                                               \
		.fd = -1, .packed.max = MVC_OBJECT_MAX, \
		.raw.max = MVC_OBJECT_MAX               \
	}
void mvc_packfile_release(struct mvc_packfile *f);

/* A file's path, or 64 hex digits: the store's pack of that name. The index is
 * checked. */
int mvc_packfile_open(
    struct mvc_packfile *f, struct mvc_env *env, const char *arg) MVC_MUST;

/* Read an object into f->packed and f->raw, checked against its checksum, and
 * its id (recipes: their form). MVC_ECORRUPT. */
int mvc_packfile_read(
    struct mvc_packfile *f, const struct mvc_pack_entry *e) MVC_MUST;

const char *mvc_codec_word(enum mvc_codec codec);

#endif
