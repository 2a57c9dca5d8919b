/*
 * The numbers of a revision, or of the work tree: which files have them, and
 * what they say there. A record names the files of its run; of a revision count
 * the records that its pointers name.
 */
#ifndef MVC_LINEAGE_NUMBERS_H
#define MVC_LINEAGE_NUMBERS_H

#include "lineage/record.h"

struct mvc_view;

enum mvc_numbers {
	MVC_NUMBERS_METRICS,
	MVC_NUMBERS_PARAMS,
	MVC_NUMBERS_PLOTS, /* no record names them */
};

/* Add the paths of the files, each once, ascending. What a record names that is
 * not there is passed over. */
int mvc_numbers_find(
    struct mvc_names *out, struct mvc_view *v, enum mvc_numbers which) MVC_MUST;

/* Add what the file has there, ascending. MVC_ENOTFOUND: it is not there. */
int mvc_numbers_read(
    struct mvc_run_values *out, struct mvc_view *v, const char *path) MVC_MUST;

/* Append a file's bytes as they are there; MVC_ENOTFOUND, MVC_ETOOBIG. */
int mvc_numbers_text(
    struct mvc_buf *out, struct mvc_view *v, const char *path) MVC_MUST;

/* A number in the fewest digits that are read back as the same one. */
struct mvc_number {
	char s[40];
};
struct mvc_number mvc_number_of(double v);
/* How much more b is than a, in decimal digits as the two are written: 0.9 to
 * 0.912 is 0.012. */
struct mvc_number mvc_number_change(double a, double b);

#endif
