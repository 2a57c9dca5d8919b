/*
 * Something that comes into being beside its place, in a hidden folder there,
 * and is moved to it when it is whole: nobody sees half of it. The folder is
 * locked; one that a killed process left is removed by the next that is made
 * beside it, or by gc.
 */
#ifndef MVC_CMD_ASIDE_H
#define MVC_CMD_ASIDE_H

#include "util/error.h"
#include "util/ctx.h"
#include "util/own.h"

#include <stdbool.h>

struct mvc_aside {
	char *target; /* absolute */
	char *folder; /* beside it; NULL: there is none */
	int lock; /* the folder, open */
};
/* Removes the folder, and all that is in it. */
void mvc_aside_release(struct mvc_aside *a);

/* For a target relative to the current folder. MVC_EEXISTS where there is
 * something, unless `force`. */
int mvc_aside_make(struct mvc_aside *a, struct mvc_ctx *ctx, const char *target,
    bool force) MVC_MUST;
/* A folder of its own in another, for what stays nowhere. */
int mvc_aside_in(
    struct mvc_aside *a, struct mvc_ctx *ctx, const char *folder) MVC_MUST;

/* "FOLDER/NAME", for free(). */
int mvc_aside_path(
    char **out, const struct mvc_aside *a, const char *name) MVC_MUST;

/* Move what is at `from` to the target. What was there goes, with `force`;
 * else it is MVC_EEXISTS, also where it came meanwhile. */
int
mvc_aside_publish(struct mvc_aside *a, const char *from, bool force) MVC_MUST;

#endif
