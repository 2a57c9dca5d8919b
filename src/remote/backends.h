/* Inside room remote: how each kind of place is opened (remote.h). */
#ifndef MVC_REMOTE_BACKENDS_H
#define MVC_REMOTE_BACKENDS_H

#include "remote/remote.h"

int mvc_dir_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place) MVC_MUST;
int mvc_s3_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place) MVC_MUST;
int mvc_web_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place) MVC_MUST;
int mvc_ssh_open(struct mvc_backend **out, struct mvc_ctx *ctx,
    const struct mvc_remote_place *place) MVC_MUST;

int mvc_s3_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg) MVC_MUST;
int mvc_web_file(char version[MVC_FILE_VERSION], struct mvc_ctx *ctx,
    const struct mvc_remote_place *place, const char *known, mvc_take_fn take,
    void *arg) MVC_MUST;

/* Percent signs, in place; false for one that says no byte, or NUL. */
bool mvc_url_decode(char *s);

#endif
