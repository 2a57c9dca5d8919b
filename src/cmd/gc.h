/* mvc gc: what of it does, here and on a remote. */
#ifndef MVC_CMD_GC_H
#define MVC_CMD_GC_H

#include "cmd/sharing.h"
#include "store/collect.h"

struct mvc_gc {
	struct mvc_env *env;
	struct mvc_collect c;
	/* On a remote. */
	struct mvc_sharing share;
	char holder[33]; /* whose roots go */
	char *who; /* who that is, as holders/ID has it */
	struct mvc_oidset dropped; /* kind 1: of our roots */
};

void mvc_gc_note(
    void *arg, enum mvc_collected what, const char *name, uint64_t bytes);

/* Collect on a remote; `forget`: another holder's roots, else NULL. */
int
mvc_gc_far(struct mvc_gc *g, const char *remote, const char *forget) MVC_MUST;
void mvc_gc_release(struct mvc_gc *g);

#endif
