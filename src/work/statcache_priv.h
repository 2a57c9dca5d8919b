/* Between statcache.c and statupdate.c. */
#ifndef MVC_WORK_STATCACHE_PRIV_H
#define MVC_WORK_STATCACHE_PRIV_H

#include "work/statcache.h"

#define STATCACHE_BASE "statcache"
#define STATCACHE_DELTA "statcache.delta"
/* Base, delta, changes and roots. */
#define STATCACHE_LAYERS 4

struct mvc_statcache {
	char *git_dir;
	struct mvc_statlayer *base, *delta;
};

/* The base and its delta; NULL where there is none, or it is not sound. */
int statcache_layers(struct mvc_statlayer **base, struct mvc_statlayer **delta,
    int dirfd) MVC_MUST;

/* A cursor over n layers, the lowest first, before the first entry. `keep`: GONE
 * shows, for writing a delta. */
int statcache_cursor(struct mvc_statcursor **out, struct mvc_statlayer **layers,
    int n, bool keep) MVC_MUST;

#endif
