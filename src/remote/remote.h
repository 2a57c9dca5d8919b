/*
 * Places for data somewhere else: what a URL says, and the backend for it.
 *
 *     path, file://PATH             dir.c
 *     s3://BUCKET[/PREFIX]          s3
 *     ssh://[USER@]HOST[:PORT]/PATH, [USER@]HOST:PATH    ssh
 *     https://…, http://…           http, to be read only
 */
#ifndef MVC_REMOTE_REMOTE_H
#define MVC_REMOTE_REMOTE_H

#include "store/backend.h"
#include "util/ctx.h"

enum mvc_url_kind {
	MVC_URL_DIR,
	MVC_URL_S3,
	MVC_URL_SSH,
	MVC_URL_HTTP,
};

/*
 * What a URL is; MVC_EINVALID for schemes that are none of these, for control
 * characters, and for what a program could take for an option. A colon before
 * any slash makes HOST:PATH, as for Git.
 */
int mvc_url_kind(enum mvc_url_kind *out, const char *url) MVC_MUST;

/* MVC_EINVALID where a URL holds a password, a key or a token, which must not
 * be written down; the text does not quote it. */
int mvc_url_no_secret(const char *url) MVC_MUST;

/* The path of a MVC_URL_DIR: without "file://", percent signs decoded. For
 * free(). MVC_EINVALID. */
int mvc_url_path(char **out, const char *url) MVC_MUST;

struct mvc_remote_place {
	const char *url;
	const char *base; /* relative paths are below it; NULL: the cwd */
	bool make; /* the folder, where it is not there */
	/* S3; NULL where nothing was said. */
	const char *endpoint, *region, *profile;
	/* What to run for ssh, a line for a shell; NULL: ssh. From the user's
	 * own configuration, never from a committed file. Copied. */
	const char *ssh;
};

/*
 * A backend over the place, which need not hold a store yet. ctx and the
 * strings must outlive it. MVC_ENOTFOUND: the folder is not there;
 * MVC_EINVALID, MVC_EDENIED, MVC_EAGAIN (network).
 */
int mvc_remote_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place) MVC_MUST;

/*
 * One file at an s3:// or https:// URL, whole; no key of a store. version is
 * what the server calls its state now (an ETag, else a date; "" where it says
 * neither). MVC_EEXISTS, and nothing is taken, where that is `known` (may be
 * NULL); MVC_ECHANGED where it was replaced meanwhile.
 */
#define MVC_FILE_VERSION 128
int mvc_remote_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg) MVC_MUST;

struct mvc_formatfile;

/*
 * The `format` of the store at a place. With `make` one is made where nothing
 * at all is there; MVC_EINVALID where there is something else, MVC_ENOTFOUND
 * without `make`.
 */
int mvc_remote_format(
    struct mvc_formatfile *out, struct mvc_backend *b, bool make) MVC_MUST;

#endif
