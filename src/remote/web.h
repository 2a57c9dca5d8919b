/* Inside room remote: files that a web server has. */
#ifndef MVC_REMOTE_WEB_H
#define MVC_REMOTE_WEB_H

#include "store/backend.h"
#include "util/ctx.h"

/*
 * Get the one file at a URL, whole, by the rules of web.c. version: what the
 * server calls its state (an ETag, else a date; "" where it says neither); a
 * file that changes while it comes is MVC_ECHANGED.
 */
#define MVC_WEB_VERSION 128
int mvc_web_get(char version[MVC_WEB_VERSION], struct mvc_ctx *ctx,
    const char *url, mvc_take_fn take, void *arg) MVC_MUST;

#endif
