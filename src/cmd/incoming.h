/*
 * What import and update bring into the store: a path of a Git repository, or
 * a file at a URL, with the pointer that tracks it.
 */
#ifndef MVC_CMD_INCOMING_H
#define MVC_CMD_INCOMING_H

#include "cmd/origin.h"

struct mvc_incoming {
	struct mvc_env *env; /* its repository and store are open */
	struct mvc_origin o;
	struct mvc_writer *w; /* in which it is, or was found */
	struct mvc_pointer now; /* content and source */
	bool same; /* it is what `known` was: nothing was brought */
	uint64_t received;
	const char *from; /* as it is printed; borrowed */
	uint64_t begun; /* ns */
};
void mvc_incoming_init(struct mvc_incoming *in, struct mvc_env *env);
void mvc_incoming_release(struct mvc_incoming *in);

/* `known`: the commit that is here; may be NULL. */
int mvc_incoming_git(struct mvc_incoming *in, const char *url, const char *path,
    const char *rev, const char *known) MVC_MUST;
/* `known`: the version that is here, as the server called it; may be NULL. */
int mvc_incoming_file(
    struct mvc_incoming *in, const char *url, const char *known) MVC_MUST;

/* Whether it is a URL of a file: s3:// or https://. */
bool mvc_incoming_is_url(const char *word);

#endif
