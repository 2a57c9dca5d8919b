/*
 * The pointer: NAME.mvc, the small text that Git keeps in place of NAME.
 *
 *     mvc pointer 1
 *     oid 6f1c…                64 hex digits
 *     type file | executable | tree
 *     size 607125504
 *     files 50000              trees only
 *     run 91ab…                only if `mvc run` made it
 *     source URL REV PATH      only if imported
 *     label KEY=VALUE          any number
 *
 * At most 4 KiB; LF is written, CRLF is read too; keys in this order. Unknown
 * keys are kept and written again after the known ones. Pure.
 */
#ifndef MVC_WORK_POINTER_H
#define MVC_WORK_POINTER_H

#include "hash/oid.h"
#include "util/buf.h"

#define MVC_POINTER_MAX 4096
#define MVC_POINTER_SUFFIX ".mvc"

enum mvc_pointer_type {
	MVC_POINTER_FILE = 1,
	MVC_POINTER_EXEC = 2,
	MVC_POINTER_TREE = 3,
};

/* Owned texts in order. */
struct mvc_lines {
	char **v;
	size_t n;
};

struct mvc_pointer {
	struct mvc_oid oid;
	enum mvc_pointer_type type;
	uint64_t size;
	uint64_t files; /* 1 unless a tree */
	bool has_run;
	struct mvc_oid run;
	char *source; /* "URL REV PATH", NULL if none; owned */
	bool has_imported; /* changed since it came from its source: */
	struct mvc_oid imported; /* what that was */
	struct mvc_lines labels; /* "KEY=VALUE" each */
	struct mvc_lines others; /* whole lines with keys unknown to us */
};
#define MVC_POINTER_INIT  \
	{                 \
		.type = 0 \
	}
/* Free what it owns and start anew. */
void mvc_pointer_release(struct mvc_pointer *p);

/*
 * Read a pointer's text; `name` is for messages only. MVC_ECONFLICT where Git
 * left conflict markers, MVC_EVERSION for a later version or keyed ids,
 * MVC_EINVALID for anything else. *out is empty on failure.
 */
int mvc_pointer_parse(struct mvc_pointer *out, const char *name,
    const char *text, size_t n) MVC_MUST;

/* Append the text. MVC_ETOOBIG over 4 KiB. */
int
mvc_pointer_format(struct mvc_buf *out, const struct mvc_pointer *p) MVC_MUST;

int
mvc_pointer_copy(struct mvc_pointer *out, const struct mvc_pointer *p) MVC_MUST;

/* Its content was `was`, and is another one now: what came from its source
 * stays known. */
void
mvc_pointer_keep_origin(struct mvc_pointer *now, const struct mvc_oid *was);

/* Set a label (NULL value: remove it). MVC_EINVALID for a malformed one. */
int mvc_pointer_label(
    struct mvc_pointer *p, const char *key, const char *value) MVC_MUST;
/* Keep a line whose key is unknown to us ("KEY VALUE"), last. */
int mvc_pointer_add_other(struct mvc_pointer *p, const char *line) MVC_MUST;
/* `to` has no labels yet. */
int mvc_pointer_copy_labels(
    struct mvc_pointer *to, const struct mvc_pointer *from) MVC_MUST;
/* A label's value, NULL if there is none; good until p changes. */
const char *mvc_pointer_get_label(const struct mvc_pointer *p, const char *key);

/* "data/x.mvc" is a pointer's path: a name, and the suffix. */
bool mvc_pointer_is_path(const char *path);
/*
 * Whether data may lie at this path of the work tree: not in .git or what some
 * file system takes for it, not in .mvc, and not where Git's or mvc's own files
 * or pointers are. MVC_EINVALID says why not.
 */
int mvc_data_check_path(const char *path) MVC_MUST;
/* The same for the data of the pointer at `path`, which it names. */
int mvc_pointer_check_path(const char *path) MVC_MUST;

/* Small files that stand for content which is elsewhere. */
enum mvc_foreign {
	MVC_FOREIGN_NONE = 0,
	MVC_FOREIGN_MVC,
	MVC_FOREIGN_LFS,
	MVC_FOREIGN_DVC,
	MVC_FOREIGN_ANNEX,
};
/* What a file that begins with these bytes stands for. n may be cut off at
 * MVC_POINTER_MAX. */
enum mvc_foreign mvc_foreign_of(const char *p, size_t n);
/* "a git-lfs pointer", for messages. */
const char *mvc_foreign_name(enum mvc_foreign f);

#endif
