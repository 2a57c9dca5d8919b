/*
 * What is to be drawn: a table of cells out of a file of Git's.
 *
 *     CSV, TSV                   as they are
 *     [{"step": 1, …}, …]        a row each, a column for each name
 *     [1, 2, …]                  a column "value"
 *     {"log": [{…}, …], …}       the first member that is such a list
 *     {"a": [1, …], "b": […]}    a column each
 *     {"a": 1, "b": 2}           columns "name" and "value"
 *
 * YAML as JSON. Pure.
 */
#ifndef MVC_LINEAGE_POINTS_H
#define MVC_LINEAGE_POINTS_H

#include "text/csv.h"
#include "text/jsontree.h"
#include "util/buf.h"
#include "work/work.h"

#define MVC_POINTS_FILE_MAX (16 << 20)

struct mvc_point {
	double v; /* NAN: no number */
	const char *text; /* NULL: it is a number, or nothing */
};

struct mvc_points {
	struct mvc_names names; /* of the columns */
	size_t rows;
	struct mvc_point *at; /* row after row; owned */
	struct mvc_csv csv; /* whose texts they are, */
	struct mvc_jval *doc; /* or whose */
};
void mvc_points_release(struct mvc_points *p);

/* The path's ending says what it is written in. MVC_EINVALID. */
int mvc_points_parse(struct mvc_points *out, const char *path,
    const struct mvc_buf *text) MVC_MUST;

static inline const struct mvc_point *
mvc_points_at(const struct mvc_points *p, size_t row, size_t column)
{
	return &p->at[row * p->names.n + column];
}
/* The column of a name; names.n: there is none. */
size_t mvc_points_column(const struct mvc_points *p, const char *name);
/* Whether a column has numbers, and no texts. */
bool mvc_points_numeric(const struct mvc_points *p, size_t column);

#endif
