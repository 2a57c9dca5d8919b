/*
 * CSV (RFC 4180) and TSV, read whole: a table of texts whose first row names
 * the columns. Quotes are taken off, LF and CR LF end a row, empty lines and a
 * byte order mark are passed over. Pure.
 */
#ifndef MVC_TEXT_CSV_H
#define MVC_TEXT_CSV_H

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MVC_CSV_COLUMNS 10000
#define MVC_CSV_CELLS 4000000

struct mvc_csv {
	char *text; /* what the cells are in; owned */
	char **cell; /* row after row, the names first; owned */
	size_t columns, rows; /* the names not counted */
};
void mvc_csv_release(struct mvc_csv *t);

/* MVC_EINVALID says at which line. No row at all is a table without columns. */
int mvc_csv_parse(
    struct mvc_csv *out, const char *p, size_t n, char separator) MVC_MUST;

static inline const char *
mvc_csv_name(const struct mvc_csv *t, size_t column)
{
	return t->cell[column];
}
static inline const char *
mvc_csv_at(const struct mvc_csv *t, size_t row, size_t column)
{
	return t->cell[(row + 1) * t->columns + column];
}

enum mvc_csv_kind {
	MVC_CSV_TEXT,
	MVC_CSV_INT,
	MVC_CSV_REAL,
};
/* What a cell is, as JSON writes numbers: of 64 bits, or a finite real. */
enum mvc_csv_kind mvc_csv_scalar(const char *s, int64_t *whole, double *real);

#endif
