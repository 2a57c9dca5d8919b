/*
 * The far side of an ssh remote: what `mvc serve --stdio` does. It reads asks
 * from one handle and answers them on another, over a folder, as
 * mvc-protocol(5) says, until the first is closed.
 */
#ifndef MVC_REMOTE_SERVE_H
#define MVC_REMOTE_SERVE_H

#include "util/ctx.h"

struct mvc_serve_options {
	int in, out;
	const char *root; /* only what is below may be asked for; NULL: any */
	bool read_only;
};

/* With a root the current folder changes. MVC_EAGAIN: the other side is gone
 * or silent; MVC_EINVALID: it does not keep to the protocol. */
int mvc_serve(
    struct mvc_ctx *ctx, const struct mvc_serve_options *options) MVC_MUST;

#endif
