/*
 * What a remote was last seen to have: the oids of its roots, in a file of its
 * cache, for what is said of it offline. A hint: nothing that matters goes by
 * it.
 */
#ifndef MVC_REMOTE_KNOWN_H
#define MVC_REMOTE_KNOWN_H

#include "hash/oidset.h"

/* Add those of the cache's folder to the set (kind 1). A file that is not
 * there, or damaged, knows nothing. */
int mvc_known_load(struct mvc_oidset *out, const char *cache) MVC_MUST;
int mvc_known_save(const char *cache, const struct mvc_oidset *set) MVC_MUST;

#endif
