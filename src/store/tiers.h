/* Which segments are to become one, so that lookups go through few. */
#ifndef MVC_STORE_TIERS_H
#define MVC_STORE_TIERS_H

#include "store/segment.h"

/* Sort them, smallest first, and say how many of the first to merge (0 or 1:
 * none). */
size_t mvc_tiers_choose(struct mvc_segment **segs, size_t n);

#endif
