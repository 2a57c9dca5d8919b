/* The names in a folder of the work tree, sorted, what is ignored left out. */
#ifndef MVC_WORK_LISTING_H
#define MVC_WORK_LISTING_H

#include "util/dirref.h"
#include "work/ignorefile.h"

#include <stdatomic.h>
#include <stdint.h>

#define MVC_IGNORE_FILE ".mvcignore"

struct mvc_listed {
	uint64_t key; /* for sorting */
	uint32_t at; /* of the name in text */
	bool dir;
};

/* Shared by several threads, freed by the last. */
struct mvc_listing {
	atomic_uint refs;
	struct mvc_dirref *dir;
	char *path; /* relative to the work tree, "" is itself */
	struct mvc_listed *v;
	size_t n;
	char *text; /* the names, each with its NUL */
	bool has_rules; /* MVC_IGNORE_FILE is there */
};

/*
 * Read the folder. Names that begin with MVC_TMP_PREFIX are left out, but
 * nothing is ignored yet.
 */
int mvc_listing_read(struct mvc_listing **out, struct mvc_dirref *dir,
    const char *path) MVC_MUST;
/* A listing of just one name, which is no folder. */
int mvc_listing_one(struct mvc_listing **out, struct mvc_dirref *dir,
    const char *path, const char *name) MVC_MUST;
struct mvc_listing *mvc_listing_hold(struct mvc_listing *l);
void mvc_listing_drop(struct mvc_listing *l); /* NULL is fine */
static inline const char *
mvc_listing_name(const struct mvc_listing *l, size_t i)
{
	return l->text + l->v[i].at;
}

/* Push the rules of the folder's MVC_IGNORE_FILE, if it has one. */
int mvc_listing_rules(
    struct mvc_ignore *ig, int dirfd, const char *path, bool *pushed) MVC_MUST;

#endif
